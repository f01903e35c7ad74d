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
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole node built from Go modules, in a network namespace of its own: etcd, API server, controller manager, scheduler,
 * containerd, kubelet, kube-proxy and CoreDNS. Real pods with real probes, Services, rolling updates and garbage collection.
 */
public final class NodeCluster implements Cluster {

    private static final Duration BOUND = Duration.ofSeconds(90);
    private static final String NAMESPACE = "gatehouse-e2e";
    private static final String NODE = "node-1";
    private static final String API_SERVICE = "10.96.0.1";
    private static final String ADMIN_TOKEN = "admin-token";

    private final Path bin;
    private final Path folder;
    private final Path logs;
    private final NodeNetwork network;
    private final Deque<Daemon> daemons = new ArrayDeque<>();
    private final Thread hook = new Thread(this::stop, "stop-node");

    private NodeCluster(Path home, Path folder, Path logs) {
        this.bin = home.resolve("bin");
        this.folder = folder;
        this.logs = logs;
        this.network = NodeNetwork.create(NAMESPACE);
    }

    /**
     * Starts one, building its programs first if need be; blocks until the node is ready and knows the images {@code
     * gatehouse.test/echo:1} and {@code gatehouse.test/pause:1}.
     *
     * @param logs folder for the logs of its programs
     * @throws ClusterBuild.LackingException if this machine cannot
     */
    public static NodeCluster start(Path logs) {
        Path home = ClusterBuild.home(ClusterBuild.Extent.NODE);
        Path folder = Path.of("/tmp", NAMESPACE);
        NodeNetwork.sweep(folder); // of a run that was killed
        Shell.run("rm -rf " + folder);
        try {
            Files.createDirectories(folder);
            NodeCluster cluster = new NodeCluster(home, folder, logs.toAbsolutePath());
            Runtime.getRuntime().addShutdownHook(cluster.hook);
            try {
                cluster.startAll(home);
                return cluster;
            } catch (RuntimeException | IOException e) {
                cluster.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void startAll(Path home) throws IOException {
        TestCertificate certificate =
                TestCertificate.of("kubernetes.default.svc", "localhost", network.address(), API_SERVICE, "127.0.0.1");
        write("api.crt", certificate.certificatePem());
        write("api.key", certificate.keyPem());
        ApiServerCluster.writeServiceAccountKey(file("sa.key"));
        write("tokens.csv", ADMIN_TOKEN + ",admin,admin,system:masters\n");
        write("kubeconfig", kubeconfigText(certificate));
        write("containerd.toml", NodeFiles.containerd(folder, bin));
        write("cni/10-pods.conflist", NodeFiles.podNetwork());
        write("kubelet.yaml", NodeFiles.kubelet(folder, network.address()));
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
                "--service-cluster-ip-range=" + NodeNetwork.SERVICE_CIDR,
                "--service-account-key-file=" + file("sa.key"),
                "--service-account-signing-key-file=" + file("sa.key"),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--token-auth-file=" + file("tokens.csv"),
                "--authorization-mode=Node,RBAC",
                "--kubelet-preferred-address-types=InternalIP",
                "--allow-privileged=true");
        containerd.await("answering", BOUND, () -> succeeds(ctr("version")));
        load(home.resolve("pods/pause.tar"));
        load(home.resolve("pods/echo.tar"));
        api.await("ready", BOUND, this::apiReady);
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
                "--cluster-cidr=" + NodeNetwork.POD_CIDR,
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
        kubelet.await("ready", BOUND, this::nodeReady);
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
        while (!daemons.isEmpty()) {
            daemons.pop().close();
        }
        network.close();
        NodeNetwork.sweep(folder);
        Shell.tryRun("rm -rf " + folder);
    }
}
