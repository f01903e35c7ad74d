package dev.gatehouse.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A node's claim to its name, folder and addresses on this machine. Held by a file lock, which ends with the process however
 * that ends: so whatever exists under a name that can be claimed belongs to nobody, and two nodes never share a name.
 */
final class NodeSlot implements AutoCloseable {

    private static final int SLOTS = 8;
    private static final Path PARENT = Path.of("/tmp");

    private final int number;
    private final FileChannel lock;

    private NodeSlot(int number, FileChannel lock) {
        this.number = number;
        this.lock = lock;
    }

    static NodeSlot claim() {
        try {
            for (int number = 1; number <= SLOTS; number++) {
                FileChannel channel = FileChannel.open(
                        PARENT.resolve(name(number) + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (locked(channel)) {
                    return new NodeSlot(number, channel);
                }
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException(
                SLOTS + " nodes run on this machine already: end one of the test runs that started them");
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock taken = channel.tryLock();
            return taken != null;
        } catch (OverlappingFileLockException e) {
            return false; // by another node of this process
        }
    }

    private static String name(int number) {
        return "gatehouse-node-" + number;
    }

    /** Of the folder, the cgroup and the network namespace. */
    String name() {
        return name(number);
    }

    Path folder() {
        return PARENT.resolve(name());
    }

    int number() {
        return number;
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
