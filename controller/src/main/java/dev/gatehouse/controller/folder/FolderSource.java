package dev.gatehouse.controller.folder;

import dev.gatehouse.controller.model.ObjectKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects of a folder: its files {@code *.yaml}, {@code *.yml} and {@code *.json}, hidden ones and those of folders
 * within left out, as {@code kubectl apply -f} reads a folder. A file may hold several documents, and Lists.
 *
 * <p>A broken file is refused with file and line, and what it said before stays. An edit is seen within a fraction of a
 * second: through the operating system's notices where it gives them, by looking again and again where it does not
 * (network and container file systems).
 */
public final class FolderSource implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FolderSource.class);
    private static final long IDLE_MS = 250;
    private static final long UNSETTLED_MS = 30;

    private final Path folder;
    private final FolderState state = new FolderState();
    private final Map<Path, Content> contents = new TreeMap<>();
    private boolean first = true;
    private List<FolderProblem> known = List.of();
    private Optional<Watch> watch = Optional.empty();
    private boolean closed;

    private record Watch(Thread thread, WatchService notices) {}

    /** A file's text as of a version of its metadata. */
    private record Content(FileVersion version, String text) {}

    private record FileVersion(long size, long modifiedNanos, Object fileKey) {}

    /**
     * Reads nothing yet.
     *
     * @throws IllegalArgumentException if it is no folder
     */
    public FolderSource(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + " is no folder");
        }
        this.folder = folder;
    }

    /**
     * Looks at the folder now. The first look takes files as they are; later ones wait for a file that is being written to
     * become quiet.
     *
     * @throws UncheckedIOException if the folder cannot be listed
     */
    public synchronized FolderBatch look() {
        FolderBatch batch = state.look(texts(), System.nanoTime(), !first);
        first = false;
        known = batch.problems();
        return batch;
    }

    /** The objects that were taken over from the folder, by key. */
    public synchronized Map<ObjectKey, FolderObject> objects() {
        return state.served();
    }

    /**
     * Looks at the folder whenever something happens to it, until {@link #close()}.
     *
     * @param consumer is called on the watching thread with every batch that has changes or other problems than the last
     * @throws UncheckedIOException if the folder cannot be listed or watched
     */
    public synchronized void watch(Consumer<FolderBatch> consumer) {
        if (closed || watch.isPresent()) {
            throw new IllegalStateException("a folder is watched once");
        }
        List<FolderProblem> before = known;
        FolderBatch start = look();
        try {
            WatchService notices = folder.getFileSystem().newWatchService();
            folder.register(
                    notices,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            Thread thread = Thread.ofPlatform()
                    .name("folder-watch")
                    .daemon()
                    .start(() -> run(notices, before, start, consumer));
            watch = Optional.of(new Watch(thread, notices));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(
            WatchService notices, List<FolderProblem> before, FolderBatch start, Consumer<FolderBatch> consumer) {
        List<FolderProblem> reported = report(start, before, consumer);
        try {
            while (!Thread.currentThread().isInterrupted()) {
                reported = step(notices, reported, consumer);
            }
        } catch (ClosedWatchServiceException e) {
            LOG.debug("folder {} is no longer watched", folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<FolderProblem> report(
            FolderBatch batch, List<FolderProblem> reported, Consumer<FolderBatch> consumer) {
        if (!batch.changes().isEmpty() || !batch.problems().equals(reported)) {
            consumer.accept(batch);
        }
        return batch.problems();
    }

    private List<FolderProblem> step(WatchService notices, List<FolderProblem> reported, Consumer<FolderBatch> consumer)
            throws InterruptedException {
        WatchKey key = notices.poll(isUnsettled() ? UNSETTLED_MS : IDLE_MS, TimeUnit.MILLISECONDS);
        if (key != null) {
            key.pollEvents();
            key.reset();
        }
        try {
            return report(look(), reported, consumer);
        } catch (UncheckedIOException e) {
            // The folder itself may be replaced, as a mounted ConfigMap is: what was read stays, and it is looked for
            // again.
            LOG.warn("folder {} cannot be read: {}; what was read stays", folder, e.getMessage());
            return reported;
        }
    }

    private synchronized boolean isUnsettled() {
        return state.isUnsettled();
    }

    private Map<Path, String> texts() {
        Map<Path, String> texts = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, FolderSource::isManifest)) {
            for (Path entry : entries) {
                text(entry).ifPresent(text -> texts.put(folder.relativize(entry), text));
            }
        } catch (DirectoryIteratorException e) {
            throw new UncheckedIOException(e.getCause());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        contents.keySet().removeIf(file -> !texts.containsKey(folder.relativize(file)));
        return texts;
    }

    /** Empty if it is gone, or no file. */
    private Optional<String> text(Path file) throws IOException {
        try {
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            FileVersion version = new FileVersion(
                    attributes.size(),
                    attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                    attributes.fileKey() == null ? "" : attributes.fileKey());
            Content before = contents.get(file);
            // Two writes within one tick of the file system's clock look alike: a recent file is read again.
            boolean recent =
                    System.currentTimeMillis() - attributes.lastModifiedTime().toMillis() < 2_000;
            if (before == null || recent || !before.version.equals(version)) {
                contents.put(file, new Content(version, new String(Files.readAllBytes(file), StandardCharsets.UTF_8)));
            }
            return Optional.ofNullable(contents.get(file)).map(Content::text);
        } catch (FileSystemException e) {
            return Optional.empty();
        }
    }

    private static boolean isManifest(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
    }

    /** Stops watching. The thread has ended when this returns, unless it is the one that calls. */
    @Override
    public void close() {
        Optional<Watch> running;
        synchronized (this) {
            closed = true;
            running = watch;
        }
        running.ifPresent(FolderSource::end);
    }

    private static void end(Watch watch) {
        try {
            // Closing the notices wakes the thread; an interrupt could hit the consumer in the middle of its work.
            watch.notices.close();
            if (watch.thread != Thread.currentThread()) {
                watch.thread.join();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
