package dev.gatehouse.testkit.cluster;

import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole node built from Go modules, in a network namespace of its own: etcd, API server, controller manager, scheduler,
 * containerd, kubelet, kube-proxy and CoreDNS. Real pods with real probes, Services, rolling updates and garbage collection.
 */
public final class NodeCluster implements Cluster {

    private static final Logger LOG = LoggerFactory.getLogger(NodeCluster.class);
    private static final Duration BOUND = Duration.ofMinutes(3);
    private static final String NODE = "node-1";
    private static final String ADMIN_TOKEN = "admin-token";

    private final Path bin;
    private final Path logs;
    private final NodeSlot slot;
    private final Path folder;
    private final NodeNetwork network;
    private final NodeProcesses containers;
    private final Deque<Daemon> daemons = new ArrayDeque<>();
    private final Map<String, Duration> steps = new LinkedHashMap<>();
    private final Thread hook = new Thread(this::stop, "stop-node");
    private boolean stopped;

    private NodeCluster(Path home, Path logs, NodeSlot slot) {
        this.bin = home.resolve("bin");
        this.logs = logs;
        this.slot = slot;
        this.folder = slot.folder();
        this.network = new NodeNetwork(slot);
        this.containers = new NodeProcesses(slot.name());
    }

    /**
     * Starts one, building its programs first if need be; blocks until the node is ready and knows the images {@code
     * gatehouse.test/echo:1} and {@code gatehouse.test/pause:1}. Several may run at once, of this process and of others.
     *
     * @param logs folder for the logs of its programs and, below {@code pods}, of its pods
     * @throws ClusterBuild.LackingException if this machine cannot
     * @throws IllegalStateException with the name and the end of the log of the program that failed
     */
    public static NodeCluster start(Path logs) {
        Path home = ClusterBuild.home(ClusterBuild.Extent.NODE);
        NodeCluster cluster = new NodeCluster(home, logs.toAbsolutePath().normalize(), NodeSlot.claim());
        Runtime.getRuntime().addShutdownHook(cluster.hook);
        try {
            cluster.step("clearing up", cluster::clear); // after a run that was killed
            cluster.startAll(home);
            LOG.info("{} is ready: {}", cluster.slot.name(), cluster.steps);
            return cluster;
        } catch (RuntimeException | IOException e) {
            cluster.closeAfter(e);
            throw e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
        }
    }

    /** How long each step of the start took, in their order. */
    public Map<String, Duration> steps() {
        return Collections.unmodifiableMap(steps);
    }

    private void step(String name, Runnable work) {
        long start = System.nanoTime();
        work.run();
        steps.put(name, Duration.ofMillis((System.nanoTime() - start) / 1_000_000));
    }

    private void await(Daemon daemon, String what, BooleanSupplier condition) {
        step(
                daemon + " " + what,
                () -> daemon.await(what, BOUND, () -> {
                    daemons.forEach(Daemon::requireRunning); // one that waits for another is not the one to blame
                    return condition.getAsBoolean();
                }));
    }

    private void startAll(Path home) throws IOException {
        Files.createDirectories(folder);
        step("network", network::create);
        containers.create();
        TestCertificate certificate = TestCertificate.of(
                "kubernetes.default.svc", "localhost", network.address(), network.apiService(), "127.0.0.1");
        write("api.crt", certificate.certificatePem());
        write("api.key", certificate.keyPem());
        ApiServerCluster.writeServiceAccountKey(file("sa.key"));
        write("tokens.csv", ADMIN_TOKEN + ",admin,admin,system:masters\n");
        write("kubeconfig", kubeconfigText(certificate));
        write("containerd.toml", NodeFiles.containerd(folder, bin));
        write("cni/10-pods.conflist", NodeFiles.podNetwork(folder, network.pods()));
        write("kubelet.yaml", NodeFiles.kubelet(folder, network.address(), slot.name(), logs.resolve("pods")));
        write("resolv.conf", "nameserver " + network.address() + "\n");
        write("Corefile", NodeFiles.dns(folder));

        start("etcd", "--data-dir=" + file("etcd"), "--unsafe-no-fsync");
        Daemon containerd = start("containerd", "--config=" + file("containerd.toml"));
        Daemon api = start(
                "kube-apiserver",
                "--etcd-servers=http://127.0.0.1:2379",
                "--bind-address=0.0.0.0",
                "--advertise-address=" + network.address(),
                "--tls-cert-file=" + file("api.crt"),
                "--tls-private-key-file=" + file("api.key"),
                "--service-cluster-ip-range=" + network.services(),
                "--service-account-key-file=" + file("sa.key"),
                "--service-account-signing-key-file=" + file("sa.key"),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--token-auth-file=" + file("tokens.csv"),
                "--authorization-mode=Node,RBAC",
                "--kubelet-preferred-address-types=InternalIP",
                "--allow-privileged=true");
        await(containerd, "answering", () -> succeeds(ctr("version")));
        step("images loaded", () -> {
            load(home.resolve("pods/pause.tar"));
            load(home.resolve("pods/echo.tar"));
        });
        await(api, "ready", this::apiReady);
        start(
                "kube-controller-manager",
                "--kubeconfig=" + kubeconfig(),
                "--leader-elect=false",
                "--service-account-private-key-file=" + file("sa.key"),
                "--root-ca-file=" + file("api.crt"));
        start("kube-scheduler", "--kubeconfig=" + kubeconfig(), "--leader-elect=false");
        start(
                "kube-proxy",
                "--kubeconfig=" + kubeconfig(),
                "--hostname-override=" + NODE,
                "--proxy-mode=iptables",
                "--cluster-cidr=" + network.pods(),
                "--conntrack-max-per-core=0",
                "--conntrack-tcp-timeout-established=0",
                "--conntrack-tcp-timeout-close-wait=0");
        start("coredns", "-conf=" + file("Corefile"));
        Daemon kubelet = start(
                "kubelet",
                "--kubeconfig=" + kubeconfig(),
                "--config=" + file("kubelet.yaml"),
                "--hostname-override=" + NODE,
                "--node-ip=" + network.address(),
                "--root-dir=" + file("kubelet"),
                "--cert-dir=" + file("kubelet-pki"));
        await(kubelet, "ready", this::nodeReady);
    }

    private Daemon start(String name, String... arguments) {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", bin + ":" + System.getenv("PATH"));
        List<String> command =
                new java.util.ArrayList<>(List.of(bin.resolve(name).toString()));
        command.addAll(List.of(arguments));
        Daemon daemon = Daemon.start(name, logs, environment, network.command(command));
        daemons.push(daemon);
        return daemon;
    }

    private List<String> ctr(String... arguments) {
        List<String> command = new java.util.ArrayList<>(
                List.of(bin.resolve("ctr").toString(), "--address=" + file("containerd.sock"), "--namespace=k8s.io"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean succeeds(List<String> command) {
        try {
            Shell.run(command);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private boolean apiReady() {
        try (KubernetesClient client = client()) {
            return "ok".equals(client.raw("/readyz"));
        } catch (RuntimeException e) {
            return false;
        }
    }

    private boolean nodeReady() {
        try (KubernetesClient client = client()) {
            var node = client.nodes().withName(NODE).get();
            return node != null
                    && node.getStatus().getConditions().stream()
                            .anyMatch(c ->
                                    c.getType().equals("Ready") && c.getStatus().equals("True"))
                    && client.serviceAccounts()
                                    .inNamespace("default")
                                    .withName("default")
                                    .get()
                            != null;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private void write(String name, String content) throws IOException {
        Files.createDirectories(file(name).getParent());
        Files.writeString(file(name), content);
    }

    private String kubeconfigText(TestCertificate certificate) {
        return ApiServerCluster.kubeconfigText(
                "https://" + network.address() + ":6443",
                Base64.getEncoder()
                        .encodeToString(certificate.certificatePem().getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                ADMIN_TOKEN);
    }

    @Override
    public KubernetesClient client() {
        Config config = Config.fromKubeconfig(kubeconfig().toFile());
        config.setRequestRetryBackoffLimit(0);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @Override
    public Path kubeconfig() {
        return file("kubeconfig");
    }

    @Override
    public void load(Path imageTar) {
        Shell.run(ctr("images", "import", "--all-platforms", imageTar.toString()));
    }

    @Override
    public String nodeAddress() {
        return network.address();
    }

    @Override
    public Path program(String name) {
        return bin.resolve(name);
    }

    private void closeAfter(Exception failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Ends every program and every container of the node, waits until they have ended, and removes their files. */
    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs already.
        }
    }

    private synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        daemons.forEach(Daemon::ask); // all at once: each takes some time
        while (!daemons.isEmpty()) {
            daemons.pop().close();
        }
        clear();
        slot.close();
    }

    /** Ends and removes all that runs or lies under the name of this node. */
    private void clear() {
        network.close(); // programs first: kubelet would start the containers again
        containers.end();
        NodeNetwork.unmount(folder);
        Shell.run("rm -rf --one-file-system " + folder);
    }
}
