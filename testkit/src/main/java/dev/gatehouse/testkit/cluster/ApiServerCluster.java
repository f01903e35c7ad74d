package dev.gatehouse.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * etcd and kube-apiserver on loopback: everything about objects is real (schema, CEL, admission, RBAC, server-side apply,
 * watches, TokenReview), nothing runs. No controller manager: nobody makes EndpointSlices or deletes by owner.
 */
public final class ApiServerCluster implements AutoCloseable {

    private static final Duration BOUND = Duration.ofMinutes(3);
    private static final String ADMIN_TOKEN = "admin-token";
    private static final int FIRST_PORT = 12_000;
    private static final int LAST_PORT = 28_000;

    private final Path folder;
    private final Path bin;
    private final Path logs;
    private final List<Daemon> daemons = new ArrayList<>();
    private final int port;
    private final int etcdPort;
    private final Thread hook;

    private ApiServerCluster(Path folder, Path bin, Path logs) throws IOException {
        this.folder = folder;
        this.bin = bin;
        this.logs = logs;
        this.port = freePort();
        this.etcdPort = freePort();
        this.hook = new Thread(this::stop, "stop-api-server");
    }

    /**
     * Starts one; building the programs first, if need be.
     *
     * @param logs folder for the logs of its programs
     * @throws ClusterBuild.LackingException if this machine cannot
     */
    public static ApiServerCluster start(Path logs) {
        Path bin = ClusterBuild.home(ClusterBuild.Extent.API).resolve("bin");
        try {
            ApiServerCluster cluster =
                    new ApiServerCluster(Files.createTempDirectory("api-server"), bin, logs.toAbsolutePath());
            Runtime.getRuntime().addShutdownHook(cluster.hook);
            try {
                cluster.startAll();
                return cluster;
            } catch (RuntimeException | IOException e) {
                cluster.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void startAll() throws IOException {
        int peerPort = freePort();
        Files.writeString(folder.resolve("tokens.csv"), ADMIN_TOKEN + ",admin,admin,system:masters\n");
        writeServiceAccountKey(folder.resolve("sa.key"));
        TestCertificate certificate = TestCertificate.of("localhost", "127.0.0.1");
        Files.writeString(folder.resolve("api.crt"), certificate.certificatePem());
        Files.writeString(folder.resolve("api.key"), certificate.keyPem());
        String etcd = etcd();
        String peer = "http://127.0.0.1:" + peerPort;
        daemons.add(Daemon.start(
                "etcd",
                logs,
                Map.of(),
                List.of(
                        bin.resolve("etcd").toString(),
                        "--data-dir=" + folder.resolve("etcd"),
                        "--unsafe-no-fsync",
                        "--listen-client-urls=" + etcd,
                        "--advertise-client-urls=" + etcd,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=default=" + peer)));
        startApiServer();
        Files.writeString(folder.resolve("kubeconfig"), kubeconfigText());
    }

    private String etcd() {
        return "http://127.0.0.1:" + etcdPort;
    }

    /** Starts it, at the start and again after {@link #stopApiServer}; blocks until it is ready. */
    public synchronized void startApiServer() {
        Daemon api = Daemon.start(
                "kube-apiserver",
                logs,
                Map.of(),
                List.of(
                        bin.resolve("kube-apiserver").toString(),
                        "--etcd-servers=" + etcd(),
                        "--secure-port=" + port,
                        "--bind-address=127.0.0.1",
                        "--tls-cert-file=" + folder.resolve("api.crt"),
                        "--tls-private-key-file=" + folder.resolve("api.key"),
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--service-account-key-file=" + folder.resolve("sa.key"),
                        "--service-account-signing-key-file=" + folder.resolve("sa.key"),
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--token-auth-file=" + folder.resolve("tokens.csv"),
                        "--authorization-mode=Node,RBAC",
                        "--endpoint-reconciler-type=none"));
        daemons.add(api);
        api.await("ready", BOUND, this::ready);
    }

    /** Kills it: every connection to it breaks, and the next ones are refused. etcd goes on. */
    public synchronized void stopApiServer() {
        daemons.removeLast().kill();
    }

    /**
     * Makes etcd forget every revision but the present one. Whoever asks for changes since an older one is told 410 Gone, as soon as the
     * API server has nothing of them in its own memory either: when it was started anew.
     */
    public void compactEtcd() {
        try {
            JsonNode range = etcd("kv/range", "{\"key\":\"AA==\",\"limit\":1}");
            etcd(
                    "kv/compaction",
                    "{\"revision\":" + range.at("/header/revision").asLong() + ",\"physical\":true}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode etcd(String call, String body) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(etcd() + "/v3/" + call).toURL().openConnection();
        connection.setDoOutput(true);
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        try (InputStream in = connection.getInputStream()) {
            return Serialization.unmarshal(in, JsonNode.class);
        }
    }

    private boolean ready() {
        try (KubernetesClient client = client()) {
            return "ok".equals(client.raw("/readyz"))
                    && client.namespaces().withName("default").get() != null;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** A client of the cluster's administrator. The caller closes it. */
    public KubernetesClient client() {
        return new KubernetesClientBuilder().withConfig(config()).build();
    }

    /** What a client of the administrator needs. */
    public Config config() {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl("https://127.0.0.1:" + port)
                .withCaCertFile(folder.resolve("api.crt").toString())
                .withOauthToken(ADMIN_TOKEN)
                .withRequestRetryBackoffLimit(0)
                .build();
    }

    /** A kubeconfig file of the administrator. */
    public Path kubeconfig() {
        return folder.resolve("kubeconfig");
    }

    /** Creates the CustomResourceDefinitions in a folder's YAML files and waits until they are served. */
    public void applyCrds(Path crds) {
        try (KubernetesClient client = client();
                Stream<Path> files = Files.list(crds)) {
            for (Path file : files.filter(
                            f -> f.toString().endsWith(".yml") || f.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    client.load(in).items().forEach(crd -> {
                        client.resource(crd).serverSideApply();
                        client.resource(crd)
                                .waitUntilCondition(
                                        ApiServerCluster::established,
                                        BOUND.toMillis(),
                                        java.util.concurrent.TimeUnit.MILLISECONDS);
                        daemons.getLast().await("serving " + file, BOUND, () -> isServed(client, crd));
                    });
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The handler of the objects hears of the definition a little after it was said to be established. */
    private static boolean isServed(KubernetesClient client, HasMetadata definition) {
        var spec = ((CustomResourceDefinition) definition).getSpec();
        try {
            return spec.getVersions().stream()
                    .allMatch(version -> client.raw("/apis/" + spec.getGroup() + "/" + version.getName() + "/"
                                    + spec.getNames().getPlural())
                            != null);
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    private static boolean established(HasMetadata object) {
        return object instanceof CustomResourceDefinition crd
                && crd.getStatus() != null
                && crd.getStatus().getConditions() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(c -> c.getType().equals("Established")
                                && c.getStatus().equals("True"));
    }

    private String kubeconfigText() throws IOException {
        String ca = Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("api.crt")));
        return kubeconfigText("https://127.0.0.1:" + port, ca, ADMIN_TOKEN);
    }

    /**
     * A kubeconfig file of somebody who is let in with a token.
     *
     * @param server port of the loopback address that leads to the API server
     */
    public Path kubeconfig(int server, String token) {
        try {
            String ca = Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("api.crt")));
            return Files.writeString(
                    Files.createTempFile(folder, "kubeconfig", ""),
                    kubeconfigText("https://127.0.0.1:" + server, ca, token));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The API server's. */
    public int port() {
        return port;
    }

    static String kubeconfigText(String server, String ca, String token) {
        return """
                apiVersion: v1
                kind: Config
                clusters:
                - name: test
                  cluster: {server: "%s", certificate-authority-data: %s}
                users:
                - name: admin
                  user: {token: %s}
                contexts:
                - name: test
                  context: {cluster: test, user: admin}
                current-context: test
                """.formatted(server, ca, token);
    }

    static void writeServiceAccountKey(Path file) throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair pair = generator.generateKeyPair();
            String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(pair.getPrivate().getEncoded());
            Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has RSA", e);
        }
    }

    /**
     * A port that nobody listens on now. Not one that the kernel gives to whoever connects: it stays free until the program is there,
     * also when that is started anew.
     */
    static int freePort() throws IOException {
        for (int tries = 0; tries < 1_000; tries++) {
            try (ServerSocket socket =
                    new ServerSocket(ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT))) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // Somebody is there already.
            }
        }
        throw new IOException("no port between " + FIRST_PORT + " and " + LAST_PORT + " is free");
    }

    /** A program that comes with it: {@code kubectl}. */
    public Path program(String name) {
        return ClusterBuild.home(ClusterBuild.Extent.API).resolve("bin").resolve(name);
    }

    /** Ends both programs and removes their files. */
    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs or has run.
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void stop() {
        daemons.reversed().forEach(Daemon::close);
        daemons.clear();
    }
}
