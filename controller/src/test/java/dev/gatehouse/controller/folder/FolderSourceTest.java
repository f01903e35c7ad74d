package dev.gatehouse.controller.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.model.ObjectKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {

    private static final ObjectKey API = ObjectKey.service("default", "api");

    @TempDir
    Path folder;

    private final List<FolderBatch> batches = new CopyOnWriteArrayList<>();

    private static String service(int port) {
        return "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{port: " + port + "}]}\n";
    }

    /** In one step: who stalls between emptying a file and writing it has shown an empty one. */
    private void write(String name, String text) throws IOException {
        Path next = Files.writeString(folder.resolve(name + ".next"), text);
        Files.move(next, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** As many editors do; the text must be as long as the one before. */
    private void writeInPlace(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text, StandardOpenOption.WRITE);
    }

    private void awaitBatches(int count) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(batches).hasSizeGreaterThanOrEqualTo(count));
    }

    @Test
    void aFileIsWhatItWasCalledNotWhatItHappensToHold() throws Exception {
        write("web.yaml", service(80));
        write(".web.yaml.swp", service(81));
        write(".hidden.yaml", service(81));
        write("notes.txt", service(81));
        try (FolderSource source = new FolderSource(folder)) {
            assertThat(source.look().changes()).extracting(Change::key).containsExactly(API);
            assertThat(source.objects().get(API)).isNotNull();
        }
    }

    @Test
    void editsArriveWhileTheFolderIsWatched() throws Exception {
        write("web.yaml", service(80));
        try (FolderSource source = new FolderSource(folder)) {
            source.watch(batches::add);
            awaitBatches(1);
            assertThat(batches.getFirst().changes()).hasSize(1);

            writeInPlace("web.yaml", service(81));
            awaitBatches(2);
            assertThat(batches.get(1).changes()).hasSize(1);

            write("web.yaml", service(82));
            awaitBatches(3);
            assertThat(batches.get(2).changes()).hasSize(1);

            write("web.yaml", "kind: [\n");
            awaitBatches(4);
            assertThat(batches.get(3).changes()).isEmpty();
            assertThat(batches.get(3).problems()).hasSize(1);
            assertThat(source.objects()).containsKey(API);

            Files.delete(folder.resolve("web.yaml"));
            awaitBatches(5);
            assertThat(batches.get(4).changes()).containsExactly(new Change.Delete(API));
        }
    }

    @Test
    void whatALookHasReportedIsNotReportedAgain() throws Exception {
        write("web.yaml", "kind: [\n");
        try (FolderSource source = new FolderSource(folder)) {
            assertThat(source.look().problems()).hasSize(1);
            source.watch(batches::add);

            write("web.yaml", service(80));
            awaitBatches(1);
            assertThat(batches.getFirst().problems()).isEmpty();
            assertThat(batches.getFirst().changes()).hasSize(1);
        }
    }

    @Test
    void aFolderThatIsNoneIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("x.yaml"), "");

        assertThatIllegalArgumentException().isThrownBy(() -> new FolderSource(file));
    }

    @Test
    void closingEndsTheThread() throws Exception {
        FolderSource source = new FolderSource(folder);
        source.watch(batches::add);

        source.close();

        write("web.yaml", service(80));
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("folder-watch"));
    }
}
