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
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Measures, against a real API server and with both programs as processes of their own: the time from the API server's
 * answer to the creation of an Ingress until the first request that is served by it, with {@value #PRESENT} Ingresses present;
 * any answer that is neither 404 (the old state) nor 200 (the new) is an error. Then the resident size of both programs.
 */
public final class Propagation {

    private static final int PRESENT = 1_000;
    private static final int SAMPLES = 100;
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration BOUND = Duration.ofMinutes(2);
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
    private final KubernetesClient client;
    private final ApiServerCluster cluster;
    private final Deque<Process> processes = new ArrayDeque<>();

    private Propagation(Path program, ApiServerCluster cluster) throws IOException {
        this.program = program;
        this.cluster = cluster;
        this.client = cluster.client();
        this.folder = Files.createTempDirectory("propagation");
    }

    /** Arguments: the gatehouse program, and the file for the results. */
    public static void main(String[] args) throws Exception {
        try (ApiServerCluster cluster = ApiServerCluster.start(Path.of("bench/target/api-server"))) {
            Propagation run = new Propagation(Path.of(args[0]).toAbsolutePath(), cluster);
            try {
                run.run(Path.of(args[1]));
            } finally {
                run.stop();
            }
        }
    }

    private void run(Path results) throws Exception {
        cluster.applyCrds(ClusterBuild.repository().resolve("crds/src/main/resources/crds"));
        apply(SET_UP);
        try (NamedBackend backend = new NamedBackend("bench")) {
            apply(backend.serviceYaml("bench", "bench"));
            for (int i = 0; i < PRESENT; i++) {
                apply(ingress("present-" + i));
            }
            Process controller = start(
                    "controller",
                    "--kubeconfig=" + cluster.kubeconfig(),
                    "--admin-port=19190",
                    "--snapshot-port=19191",
                    "--publish-address=203.0.113.1",
                    "--bind-address=127.0.0.1");
            until("the controller serves snapshots", () -> answers(19190, "/readyz"));
            Process dataPlane = start(
                    "dataplane",
                    "--controller=localhost:19191",
                    "--token-file=" + token(),
                    "--ca-file=" + certificates(),
                    "--http-port=19180",
                    "--https-port=0",
                    "--admin-port=19192",
                    "--bind-address=127.0.0.1");
            until("the data plane serves", () -> answers(19192, "/readyz"));
            until("everything is served", () -> status("present-" + (PRESENT - 1)) == 200);

            double[] millis = sample();
            long controllerBytes = resident(controller);
            long dataPlaneBytes = resident(dataPlane);
            report(results, millis, controllerBytes, dataPlaneBytes);
        }
    }

    private double[] sample() throws Exception {
        double[] millis = new double[SAMPLES];
        int warm = 10; // the first ones pay for what Java has not compiled yet; they are shown apart
        double first = 0;
        for (int i = -warm; i < SAMPLES; i++) {
            String name = "sample-" + (i + warm);
            HasMetadata object = load(ingress(name)).getFirst();
            try (RawClient connection = RawClient.connect(19180)) {
                requireStatus(ask(connection, name), 404);
                client.resource(object).create();
                long written = System.nanoTime();
                while (ask(connection, name) != 200) {
                    if (System.nanoTime() - written > BOUND.toNanos()) {
                        throw new IllegalStateException(name + " was never served");
                    }
                    Thread.sleep(POLL);
                }
                double took = (System.nanoTime() - written) / 1e6;
                if (i < 0) {
                    first = Math.max(first, took);
                } else {
                    millis[i] = took;
                }
            }
            Thread.sleep(Duration.ofMillis(50));
        }
        System.out.printf(Locale.ROOT, "(slowest of the first %d, before that: %.1f ms)%n", warm, first);
        Arrays.sort(millis);
        return millis;
    }

    private static int ask(RawClient connection, String name) {
        connection.send("GET / HTTP/1.1\r\nHost: " + name + ".example.com\r\n\r\n");
        int status = connection.readResponse().status();
        if (status != 200 && status != 404) {
            throw new IllegalStateException(name + ": status " + status + " is of neither state");
        }
        return status;
    }

    private static void requireStatus(int status, int wanted) {
        if (status != wanted) {
            throw new IllegalStateException("status " + status + " before anything was written");
        }
    }

    private void report(Path file, double[] millis, long controllerBytes, long dataPlaneBytes) throws IOException {
        double median = millis[SAMPLES / 2];
        double p99 = millis[SAMPLES * 99 / 100];
        System.out.printf(Locale.ROOT, "| with %d Ingresses present | figure |%n|---|---|%n", PRESENT);
        System.out.printf(
                Locale.ROOT,
                "| Ingress created -> first 200, %d times: p50 / p99 / max | %.1f / %.1f / %.1f ms |%n",
                SAMPLES,
                median,
                p99,
                millis[SAMPLES - 1]);
        System.out.printf(
                Locale.ROOT,
                "| resident: controller / data plane | %d / %d MiB |%n",
                controllerBytes >> 20,
                dataPlaneBytes >> 20);
        Files.writeString(
                file,
                String.format(
                        Locale.ROOT,
                        "{\"present\":%d,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"controller_mib\":%d,\"dataplane_mib\":%d}%n",
                        PRESENT,
                        median,
                        p99,
                        millis[SAMPLES - 1],
                        controllerBytes >> 20,
                        dataPlaneBytes >> 20));
    }

    private static long resident(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IllegalStateException("process " + process.pid() + " has ended");
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

    private void stop() {
        processes.forEach(Process::destroy);
        client.close();
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

    private void apply(String yaml) {
        load(yaml).forEach(object -> client.resource(object).create());
    }

    private List<HasMetadata> load(String yaml) {
        return client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items();
    }

    private static String ingress(String name) {
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

    private static int status(String name) {
        try (RawClient connection = RawClient.connect(19180)) {
            return ask(connection, name);
        }
    }

    private static boolean answers(int port, String path) {
        try (RawClient connection = RawClient.connect(port)) {
            connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return connection.readResponse().status() == 200;
        }
    }

    private static void until(String what, BooleanSupplier condition) throws InterruptedException {
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
