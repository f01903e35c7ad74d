package dev.gatehouse.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The cgroup that holds all containers of one node. Containers outlive containerd by design, and their shims when those are
 * killed: the cgroup is what still knows them.
 */
final class NodeProcesses {

    private static final Duration BOUND = Duration.ofSeconds(60);

    private final String name;

    NodeProcesses(String name) {
        this.name = name;
    }

    /** Makes the cgroup; kubelet starts only if its root exists in every hierarchy. */
    void create() {
        try {
            for (Path hierarchy : hierarchies()) {
                Path subtree = hierarchy.resolve("cgroup.subtree_control");
                if (Files.exists(subtree)) {
                    delegate(hierarchy, subtree);
                }
                Files.createDirectories(hierarchy.resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** cgroup v2 gives a child only those controllers that its parent passes on. */
    private static void delegate(Path hierarchy, Path subtree) throws IOException {
        for (String controller : Files.readString(hierarchy.resolve("cgroup.controllers"))
                .strip()
                .split(" ")) {
            try {
                Files.writeString(subtree, "+" + controller);
            } catch (IOException e) {
                // kubelet names the controllers that it lacks; not every one can be passed on, and not every one is
                // needed.
            }
        }
    }

    /** The ids of all processes in containers of the node. */
    Set<Long> pids() {
        Set<Long> pids = new TreeSet<>();
        for (Path group : groups()) {
            try {
                Files.readAllLines(group.resolve("cgroup.procs")).forEach(pid -> pids.add(Long.valueOf(pid)));
            } catch (IOException e) {
                // The cgroup went with its last process.
            }
        }
        return pids;
    }

    /** Ends them, and removes the cgroup. */
    void end() {
        long bound = System.nanoTime() + BOUND.toNanos();
        while (!pids().isEmpty() || !removed()) {
            pids().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            if (System.nanoTime() > bound) {
                throw new IllegalStateException("processes of the cgroup " + name + " do not end: " + pids());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private boolean removed() {
        for (Path group : groups()) {
            try {
                Files.deleteIfExists(group);
            } catch (IOException e) {
                return false; // a process in it is still ending
            }
        }
        return true;
    }

    /** The cgroup and all below it, in every hierarchy, the deepest first. */
    private List<Path> groups() {
        return hierarchies().stream()
                .map(hierarchy -> hierarchy.resolve(name))
                .filter(Files::isDirectory)
                .flatMap(NodeProcesses::tree)
                .toList();
    }

    private static Stream<Path> tree(Path root) {
        try (Stream<Path> all = Files.find(root, Integer.MAX_VALUE, (path, attributes) -> attributes.isDirectory())) {
            return all.sorted(Comparator.reverseOrder()).toList().stream();
        } catch (IOException | UncheckedIOException e) {
            return Stream.of(root); // one went while it was listed
        }
    }

    private static List<Path> hierarchies() {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> line.split(" "))
                    .filter(mount -> mount[2].equals("cgroup") || mount[2].equals("cgroup2"))
                    .map(mount -> Path.of(mount[1]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
