package dev.gatehouse.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A network namespace that a node lives in, joined to this machine by a pair of interfaces, so that tests reach its pods,
 * Services and NodePorts by address, and nothing of it reaches further.
 */
final class NodeNetwork implements AutoCloseable {

    static final String POD_CIDR = "10.98.0.0/16";
    static final String SERVICE_CIDR = "10.96.0.0/16";

    private static final String HOST = "10.99.0.1";
    private static final String NODE = "10.99.0.2";

    private final String name;

    private NodeNetwork(String name) {
        this.name = name;
    }

    /** Makes one; takes down what a run that was killed has left. */
    static NodeNetwork create(String name) {
        NodeNetwork network = new NodeNetwork(name);
        network.close();
        Shell.run("ip netns add " + name);
        Shell.run("ip link add " + name + "-h type veth peer name " + name + "-n netns " + name);
        Shell.run("ip addr add " + HOST + "/30 dev " + name + "-h");
        Shell.run("ip link set " + name + "-h up");
        network.inside("ip link set lo up");
        network.inside("ip addr add " + NODE + "/30 dev " + name + "-n");
        network.inside("ip link set " + name + "-n up");
        network.inside("ip route add default via " + HOST);
        Shell.run(network.command(List.of("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")));
        Shell.run("ip route replace " + POD_CIDR + " via " + NODE);
        Shell.run("ip route replace " + SERVICE_CIDR + " via " + NODE);
        return network;
    }

    String address() {
        return NODE;
    }

    /** A command that runs in the namespace. Not {@code ip netns exec}: that hides the cgroup mounts. */
    List<String> command(List<String> inner) {
        return Stream.concat(Stream.of("nsenter", "--net=/run/netns/" + name), inner.stream())
                .toList();
    }

    private void inside(String inner) {
        Shell.run(command(List.of(inner.split(" "))));
    }

    /** Ends whatever still runs in the namespace, by pid, and takes it down. */
    @Override
    public void close() {
        if (!Files.exists(Path.of("/run/netns/" + name))) {
            return;
        }
        for (String pid : Shell.run("ip netns pids " + name).lines().toList()) {
            Shell.tryRun("kill -KILL " + pid);
        }
        Shell.tryRun("ip link del " + name + "-h");
        Shell.tryRun("ip netns del " + name);
    }

    /** Ends the shims of containers, which outlive containerd by design, and unmounts what they mounted. */
    static void sweep(Path folder) {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes
                    .filter(p -> p.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                if (commandLine(process).contains(folder.toString())) {
                    Shell.tryRun("kill -KILL " + process.getFileName());
                }
            }
            List<String> mounts = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
                String target = line.split(" ")[1];
                if (target.startsWith(folder + "/")) {
                    mounts.add(target);
                }
            }
            mounts.reversed().forEach(target -> Shell.tryRun("umount -l " + target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
