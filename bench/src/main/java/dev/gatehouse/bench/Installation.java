package dev.gatehouse.bench;

import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.cluster.ApiServerCluster;
import dev.gatehouse.testkit.cluster.ClusterBuild;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A real API server, a backend, and Gatehouse's programs as processes of their own, on fixed ports of loopback. */
final class Installation implements AutoCloseable {

    static final int HTTP_PORT = 19180;
    static final int HTTPS_PORT = 19143;
    static final int DATA_PLANE_ADMIN_PORT = 19192;
    static final int CONTROLLER_ADMIN_PORT = 19190;
    private static final int SNAPSHOT_PORT = 19191;
    private static final Duration BOUND = Duration.ofMinutes(3);

    /** What the backend answers, and the Service's name. */
    static final String BACKEND = "bench";

    /** More than by default: thousands of Ingresses get their first status before anything is measured. */
    private static final int STATUS_RATE = 500;

    private static final String SET_UP = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: gatehouse-system}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: bench}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {namespace: gatehouse-system, name: default-dataplane}
            ---
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            """;

    private final Path program;
    private final Path folder;
    private final ApiServerCluster cluster;
    private final KubernetesClient client;
    private final NamedBackend backend;
    private final Deque<Process> processes = new ArrayDeque<>();
    private Optional<Path> token = Optional.empty();

    /** @param program {@code bin/gatehouse} of a distribution */
    Installation(Path program) throws IOException {
        this.program = program.toAbsolutePath();
        this.folder = Files.createTempDirectory("bench");
        this.cluster = ApiServerCluster.start(Path.of("bench/target/api-server"));
        this.client = cluster.client();
        this.backend = new NamedBackend(BACKEND);
        cluster.applyCrds(ClusterBuild.repository().resolve("crds/src/main/resources/crds"));
        apply(SET_UP);
        apply(backend.serviceYaml("bench", BACKEND));
    }

    KubernetesClient client() {
        return client;
    }

    /** What all routes lead to, unless they say otherwise. */
    NamedBackend backend() {
        return backend;
    }

    /** Starts it; blocks until it serves snapshots. */
    Process startController() throws IOException, InterruptedException {
        Process controller = launchController();
        until("the controller serves snapshots", () -> answers(CONTROLLER_ADMIN_PORT, "/readyz"));
        return controller;
    }

    /** Starts it and returns at once. */
    Process launchController() throws IOException {
        return start(
                "controller",
                "--kubeconfig=" + cluster.kubeconfig(),
                "--admin-port=" + CONTROLLER_ADMIN_PORT,
                "--snapshot-port=" + SNAPSHOT_PORT,
                "--publish-address=203.0.113.1",
                "--outside-nodes",
                "--status-rate=" + STATUS_RATE,
                "--bind-address=127.0.0.1");
    }

    /** Ends one of the programs and waits until it is gone. */
    static void end(Process process) throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("process " + process.pid() + " does not end");
        }
    }

    /** Waits until no status is left to be written. */
    static void awaitStatuses() throws InterruptedException {
        until(
                "all statuses are written",
                () -> metric(CONTROLLER_ADMIN_PORT, "gatehouse_controller_status_queue") == 0);
    }

    /** The value of a metric without labels. */
    static double metric(int adminPort, String name) {
        try (RawClient connection = RawClient.connect(adminPort)) {
            connection.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return connection
                    .readResponse()
                    .rawBody()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("port " + adminPort + " shows no metric " + name));
        }
    }

    /** Starts it and returns at once. The first call asks the API server for its credentials. */
    Process startDataPlane() throws IOException {
        if (token.isEmpty()) {
            token = Optional.of(token());
        }
        return start(
                "dataplane",
                "--controller=localhost:" + SNAPSHOT_PORT,
                "--token-file=" + token.get(),
                "--ca-file=" + certificates(),
                "--http-port=" + HTTP_PORT,
                "--https-port=" + HTTPS_PORT,
                "--admin-port=" + DATA_PLANE_ADMIN_PORT,
                "--bind-address=127.0.0.1",
                "--event-loops=1",
                "--drain-delay=PT0S");
    }

    void awaitDataPlane() throws InterruptedException {
        until("the data plane serves", () -> answers(DATA_PLANE_ADMIN_PORT, "/readyz"));
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Path.of("bench/target/" + arguments[0] + ".log").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        processes.push(process);
        return process;
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
        processes.forEach(process -> process.onExit()
                .completeOnTimeout(process, BOUND.toSeconds(), TimeUnit.SECONDS)
                .join()); // whoever comes next wants their ports
        client.close();
        backend.close();
        cluster.close();
    }

    private Path token() throws IOException {
        return Files.writeString(
                folder.resolve("token"),
                client.serviceAccounts()
                        .inNamespace("gatehouse-system")
                        .withName("default-dataplane")
                        .tokenRequest(new TokenRequestBuilder()
                                .withNewSpec()
                                .withAudiences("gatehouse-controller")
                                .withExpirationSeconds(7200L)
                                .endSpec()
                                .build())
                        .getStatus()
                        .getToken());
    }

    private Path certificates() throws IOException {
        String encoded = client.secrets()
                .inNamespace("gatehouse-system")
                .withName("gatehouse-ca")
                .require()
                .getData()
                .get("ca.crt");
        return Files.write(folder.resolve("ca.crt"), Base64.getDecoder().decode(encoded));
    }

    void apply(String yaml) {
        load(yaml).forEach(object -> client.resource(object).create());
    }

    List<HasMetadata> load(String yaml) {
        return client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items();
    }

    /** An Ingress of the host {@code NAME.example.com}. */
    static String ingress(String name) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: bench, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: %1$s.example.com
                    http:
                      paths:
                      - {path: /, pathType: Prefix, backend: {service: {name: bench, port: {number: 80}}}}
                """.formatted(name);
    }

    static boolean answers(int port, String path) {
        try (RawClient connection = RawClient.connect(port)) {
            connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return connection.readResponse().status() == 200;
        }
    }

    static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + BOUND.toNanos();
        while (System.nanoTime() < end) {
            try {
                if (condition.getAsBoolean()) {
                    return;
                }
            } catch (RuntimeException | AssertionError e) {
                // not yet
            }
            Thread.sleep(Duration.ofMillis(100));
        }
        throw new IllegalStateException("not within " + BOUND + ": " + what + "; see bench/target/*.log");
    }
}
