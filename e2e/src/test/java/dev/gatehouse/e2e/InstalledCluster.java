package dev.gatehouse.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.WebClient;
import dev.gatehouse.testkit.cluster.Cluster;
import dev.gatehouse.testkit.cluster.ClusterBuild;
import dev.gatehouse.testkit.cluster.Clusters;
import dev.gatehouse.testkit.cluster.Shell;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/**
 * A whole node with Gatehouse installed by its Helm chart, as a user has it. One for all tests of the run: it ends with the
 * process. Every test uses a namespace or hosts of its own and leaves Gatehouse installed.
 */
final class InstalledCluster {

    static final String NAMESPACE = "gatehouse-system";
    static final int HTTP = 30080;
    static final int HTTPS = 30443;

    /** Four Java programs start at once, on a machine that may have other things to do. */
    private static final Duration INSTALLED = Duration.ofMinutes(5);

    private static final Path REPOSITORY = ClusterBuild.repository();

    private static @Nullable InstalledCluster shared;

    private final Cluster cluster;
    private final KubernetesClient client;

    private InstalledCluster() {
        cluster = Clusters.node(Path.of("target/node"));
        client = cluster.client();
        Path image = Path.of("target/gatehouse-image.tar").toAbsolutePath();
        Shell.run(List.of(REPOSITORY.resolve("scripts/image").toString(), "gatehouse:test", image.toString()));
        cluster.load(image);
        install();
    }

    /** The one there is; made on first use. Where it cannot be made, the tests that need it are skipped with the reason. */
    static synchronized InstalledCluster get() {
        InstalledCluster known = shared;
        if (known == null) {
            known = new InstalledCluster();
            shared = known;
        }
        return known;
    }

    KubernetesClient client() {
        return client;
    }

    /** Through the NodePorts of the fleet's Service. */
    WebClient web() {
        return new WebClient(cluster.nodeAddress(), HTTP, HTTPS);
    }

    /** Straight to one data-plane pod. */
    static WebClient web(Pod pod) {
        return new WebClient(pod.getStatus().getPodIP(), 8080, 8443);
    }

    void install() {
        helm(
                "install",
                "gatehouse",
                REPOSITORY.resolve("charts/gatehouse").toString(),
                "--namespace=" + NAMESPACE,
                "--create-namespace",
                "--set=image.tag=test,image.pullPolicy=Never,fleet.spec.service.type=NodePort",
                "--set=fleet.spec.service.httpNodePort=" + HTTP + ",fleet.spec.service.httpsNodePort=" + HTTPS);
        within().atMost(INSTALLED).untilAsserted(() -> {
            assertReady(2, "app.kubernetes.io/name", "gatehouse-controller");
            assertReady(2, "gatehouse.dev/fleet", "default");
        });
    }

    private void assertReady(int count, String label, String value) {
        List<Pod> pods = pods(NAMESPACE, label, value);
        if (pods.size() != count || !pods.stream().allMatch(Readiness::isPodReady)) {
            throw new AssertionError(value + ": "
                    + pods.stream()
                            .map(pod -> pod.getMetadata().getName() + " ready=" + Readiness.isPodReady(pod))
                            .toList());
        }
    }

    void uninstall() {
        helm("uninstall", "gatehouse", "--namespace=" + NAMESPACE);
    }

    private void helm(String... arguments) {
        List<String> command = new java.util.ArrayList<>(
                List.of(cluster.program("helm").toString(), "--kubeconfig=" + cluster.kubeconfig()));
        command.addAll(List.of(arguments));
        Shell.run(command);
    }

    /** Runs {@code kubectl apply -f -} with a manifest, as a user does. */
    void kubectlApply(String yaml) {
        try {
            Path file = Files.createTempFile("manifest", ".yaml");
            Files.writeString(file, yaml);
            Shell.run(List.of(
                    cluster.program("kubectl").toString(),
                    "--kubeconfig=" + cluster.kubeconfig(),
                    "apply",
                    "-f",
                    file.toString()));
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Pods that are not on their way out. */
    List<Pod> pods(String namespace, String label, String value) {
        return client.pods().inNamespace(namespace).withLabel(label, value).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .toList();
    }

    List<Pod> dataPlanes() {
        return pods(NAMESPACE, "gatehouse.dev/fleet", "default");
    }

    void apply(String yaml) {
        client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(object -> client.resource(object)
                        .fieldManager("kubectl")
                        .forceConflicts()
                        .serverSideApply());
    }

    /** A namespace. */
    void namespace(String name) {
        apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n");
    }

    /** A Deployment of echo servers and its Service with port 8080 named http; waits until its pods are ready and listed. */
    void backend(String namespace, String name, int replicas) {
        apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {namespace: %1$s, name: %2$s}
                spec:
                  replicas: %3$d
                  selector: {matchLabels: {app: %2$s}}
                  template:
                    metadata: {labels: {app: %2$s}}
                    spec:
                      containers:
                      - name: echo
                        image: gatehouse.test/echo:1
                        imagePullPolicy: Never
                        ports: [{name: web, containerPort: 8080}]
                        readinessProbe: {httpGet: {path: /healthz, port: web}, periodSeconds: 1}
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: %1$s, name: %2$s}
                spec:
                  selector: {app: %2$s}
                  ports: [{name: http, port: 8080, targetPort: web}]
                """.formatted(namespace, name, replicas));
        within().untilAsserted(() -> {
            List<Pod> pods = pods(namespace, "app", name);
            if (pods.size() != replicas || !pods.stream().allMatch(Readiness::isPodReady)) {
                throw new AssertionError(name + " has " + pods.size() + " pods, not all ready");
            }
            // Whoever balances is told of them by their slices, a little later.
            long listed = client
                    .discovery()
                    .v1()
                    .endpointSlices()
                    .inNamespace(namespace)
                    .withLabel("kubernetes.io/service-name", name)
                    .list()
                    .getItems()
                    .stream()
                    .flatMap(slice -> slice.getEndpoints().stream())
                    .filter(endpoint ->
                            Boolean.TRUE.equals(endpoint.getConditions().getReady()))
                    .count();
            if (listed != replicas) {
                throw new AssertionError(name + " has " + listed + " endpoints that are ready");
            }
        });
    }

    /** What an echo server received. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Echo(String pod, String method, String path, String host, Map<String, List<String>> headers) {

        static Echo of(RawClient.Response response) {
            if (response.status() != 200) {
                throw new AssertionError("not from a backend: " + response.head());
            }
            return Serialization.unmarshal(body(response), Echo.class);
        }

        private static String body(RawClient.Response response) {
            String raw = response.rawBody();
            return raw.substring(raw.indexOf('{'), raw.lastIndexOf('}') + 1); // without the framing of chunks
        }

        /** The Deployment whose pod it was. */
        String deployment() {
            return pod.replaceFirst("-[a-z0-9]+-[a-z0-9]+$", "");
        }
    }

    static ConditionFactory within() {
        return await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions();
    }
}
