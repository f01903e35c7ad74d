package dev.gatehouse.dataplane.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.dataplane.fixture.TestSnapshot;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Snapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot survives in a file, and nothing else is ever taken for one. */
class KeptSnapshotTest {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("edge_default.snapshot");
    }

    private static Snapshot snapshot(int hosts) {
        TestSnapshot made = new TestSnapshot();
        for (int i = 0; i < hosts; i++) {
            made.host("h" + i + ".example.com").prefix("/").to("s" + i);
            made.service("s" + i, new InetSocketAddress("10.0.0.1", i + 1));
        }
        return made.snapshot();
    }

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        Snapshot snapshot = snapshot(9_000); // more than one part
        KeptSnapshot.write(file, snapshot(3));
        KeptSnapshot.write(file, snapshot);
        KeptSnapshot kept = KeptSnapshot.read(file);
        assertThat(kept.root()).isEqualTo(snapshot.root());
        assertThat(Snapshot.of(kept.shards()).root()).isEqualTo(snapshot.root());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aFileThatIsCutOffIsRefusedWhereverItWasCut() throws Exception {
        KeptSnapshot.write(file, snapshot(4));
        byte[] all = Files.readAllBytes(file);
        for (int length = 0; length < all.length; length++) {
            Files.write(file, Arrays.copyOf(all, length));
            assertThatThrownBy(() -> KeptSnapshot.read(file))
                    .as("%s of %s bytes", length, all.length)
                    .isInstanceOf(CorruptShardException.class);
        }
        Files.write(file, Arrays.copyOf(all, all.length + 1));
        assertThatThrownBy(() -> KeptSnapshot.read(file)).hasMessageContaining("something follows its end");
    }

    /** Whichever byte differs, the file is refused, or its content does not lead to its root. */
    @Test
    void aFileThatIsDamagedIsRefusedWhereverItIsDamaged() throws Exception {
        Snapshot snapshot = snapshot(4);
        KeptSnapshot.write(file, snapshot);
        byte[] all = Files.readAllBytes(file);
        Random random = new Random(7);
        for (int at = 0; at < all.length; at++) {
            byte[] damaged = all.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            int byteAt = at;
            assertThat(refusedOrHarmless(snapshot))
                    .as("byte %s of %s", byteAt, all.length)
                    .isTrue();
        }
    }

    private boolean refusedOrHarmless(Snapshot snapshot) throws IOException {
        try {
            KeptSnapshot kept = KeptSnapshot.read(file);
            boolean leads = Snapshot.of(kept.shards()).root().equals(kept.root());
            // A bit of a number that nobody reads, such as a sequence, changes nothing.
            return !leads || kept.root().equals(snapshot.root());
        } catch (CorruptShardException | IllegalArgumentException e) {
            return true;
        }
    }

    @Test
    void onlyFoldersInMemoryAreWrittenTo() throws Exception {
        assertThat(KeptSnapshot.staysInMemory(Path.of("/dev/shm"))).isTrue();
        assertThat(KeptSnapshot.staysInMemory(Path.of("/"))).isFalse();
    }
}
