package dev.gatehouse.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A network namespace that a node lives in, joined to this machine by a pair of interfaces, so that tests reach its pods,
 * Services and NodePorts by address, and nothing of it reaches further.
 */
final class NodeNetwork implements AutoCloseable {

    private final String name;
    private final String link;
    private final int number;

    /** That of a slot, which may not exist yet. */
    NodeNetwork(NodeSlot slot) {
        this.name = slot.name();
        this.number = slot.number();
        this.link = "ghn" + number; // the kernel allows 15 characters
    }

    void create() {
        Shell.run("ip netns add " + name);
        Shell.run("ip link add " + link + "h type veth peer name " + link + "n netns " + name);
        Shell.run("ip addr add " + host() + "/30 dev " + link + "h");
        Shell.run("ip link set " + link + "h up");
        inside("ip link set lo up");
        inside("ip addr add " + address() + "/30 dev " + link + "n");
        inside("ip link set " + link + "n up");
        inside("ip route add default via " + host());
        Shell.run(command(List.of("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")));
        Shell.run("ip route replace " + pods() + " via " + address());
        Shell.run("ip route replace " + services() + " via " + address());
    }

    String address() {
        return "10.99." + number + ".2";
    }

    private String host() {
        return "10.99." + number + ".1";
    }

    String pods() {
        return "10.98." + number + ".0/24";
    }

    String services() {
        return "10.97." + number + ".0/24";
    }

    /** The Service of the API server: always the first address. */
    String apiService() {
        return "10.97." + number + ".1";
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
        Shell.tryRun("ip link del " + link + "h");
        Shell.tryRun("ip netns del " + name);
    }

    /** Unmounts what containers and volumes had mounted below the folder. */
    static void unmount(Path folder) {
        try {
            List<String> mounts = Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                    .map(line -> line.split(" ")[1])
                    .filter(target -> target.startsWith(folder + "/"))
                    .toList();
            mounts.reversed().forEach(target -> Shell.tryRun("umount -l " + target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
