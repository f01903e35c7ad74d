package dev.gatehouse.dataplane.control;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the snapshot in force in a file, so that this data plane can begin anew without a controller. It is written a moment
 * after a change, on a thread of its own: changes that follow each other cost one file. Thread-safe.
 */
public final class SnapshotKeeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);

    /** From a change to the file: what a process that is killed has lost at most. */
    private static final Duration AFTER = Duration.ofSeconds(2);

    private static final Duration LAST_BOUND = Duration.ofSeconds(5);

    private final Path file;
    private final SnapshotReceiver receiver;
    private final AtomicBoolean due = new AtomicBoolean();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("snapshot-keeper").daemon().factory());
    private Optional<Digest> written = Optional.empty();
    private volatile Optional<Instant> restored = Optional.empty();

    private SnapshotKeeper(Path file, SnapshotReceiver receiver) {
        this.file = file;
        this.receiver = receiver;
    }

    /**
     * Puts what is kept in force, if there is anything, and keeps what follows. Empty, and the log says why, where nothing may
     * be kept: snapshots hold private keys, which are written to memory only.
     *
     * @param folder may be shared by data planes of several fleets
     * @param fleet {@code namespace/name}
     */
    public static Optional<SnapshotKeeper> open(Path folder, String fleet, SnapshotReceiver receiver) {
        try {
            if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
                LOG.warn(
                        "event=snapshot_not_kept folder={} reason=\"it is no folder that can be written to\""
                                + " action=\"mount an emptyDir with medium Memory there\"",
                        folder);
                return Optional.empty();
            }
            if (!KeptSnapshot.staysInMemory(folder)) {
                LOG.warn(
                        "event=snapshot_not_kept folder={} reason=\"it is on {}, and private keys are written to memory only\""
                                + " action=\"mount an emptyDir with medium Memory, or another tmpfs, there\"",
                        folder,
                        Files.getFileStore(folder).type());
                return Optional.empty();
            }
        } catch (IOException e) {
            LOG.warn("event=snapshot_not_kept folder={} reason=\"{}\"", folder, e.toString());
            return Optional.empty();
        }
        // A namespace cannot have an underscore.
        SnapshotKeeper keeper = new SnapshotKeeper(folder.resolve(fleet.replace('/', '_') + ".snapshot"), receiver);
        keeper.restore();
        receiver.observe((result, took) -> keeper.look());
        return Optional.of(keeper);
    }

    private void restore() {
        if (!Files.exists(file)) {
            return;
        }
        try {
            KeptSnapshot kept = KeptSnapshot.read(file);
            ApplyResult result = receiver.restore(kept.shards(), kept.root());
            if (result.error().isPresent()) {
                throw new CorruptShardException(result.error().get());
            }
            restored = Optional.of(kept.written());
            written = Optional.of(kept.root());
            LOG.info(
                    "event=kept_snapshot_in_force root={} shards={} refused={} kept_at={}",
                    kept.root(),
                    kept.shards().size(),
                    result.refused().size(),
                    kept.written());
        } catch (CorruptShardException | IllegalArgumentException e) {
            LOG.error(
                    "event=kept_snapshot_refused file={} reason=\"{}\" note=\"starting without it\"",
                    file,
                    e.getMessage());
        } catch (IOException e) {
            LOG.error(
                    "event=kept_snapshot_refused file={} reason=\"{}\" note=\"starting without it\"",
                    file,
                    e.toString());
        }
    }

    /** When what this data plane began with was written; empty if it began with nothing. */
    public Optional<Instant> restored() {
        return restored;
    }

    private void look() {
        if (due.compareAndSet(false, true)) {
            // The first one at once: there is nothing to begin anew with yet.
            var _ = thread.schedule(this::write, written.isEmpty() ? 0 : AFTER.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void write() {
        due.set(false);
        Snapshot held = receiver.held();
        if (written.filter(held.root()::equals).isPresent()) {
            return;
        }
        try {
            KeptSnapshot.write(file, held);
            written = Optional.of(held.root());
            LOG.debug("event=snapshot_kept root={} file={}", held.root(), file);
        } catch (IOException e) {
            LOG.warn("event=snapshot_not_kept file={} reason=\"{}\"", file, e.toString());
        }
    }

    /** Writes what is not written yet. */
    @Override
    public void close() {
        thread.execute(this::write);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LAST_BOUND.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("event=snapshot_not_kept file={} reason=\"it took longer than {}\"", file, LAST_BOUND);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
