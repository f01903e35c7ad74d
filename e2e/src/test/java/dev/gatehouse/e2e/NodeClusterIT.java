package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.WebClient;
import dev.gatehouse.testkit.cluster.NodeCluster;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The node that the end-to-end tests stand on, beside whatever node other tests of the run have. */
class NodeClusterIT {

    private static final int NODE_PORT = 30080;

    @Test
    void podsAreReachedByAddressAndThroughServicesAndEndWithTheNode() throws IOException {
        String uid;
        try (NodeCluster cluster = NodeCluster.start(Path.of("target/node-of-its-own"));
                KubernetesClient client = cluster.client()) {
            client.load(new ByteArrayInputStream("""
                    apiVersion: v1
                    kind: Pod
                    metadata: {namespace: default, name: echo, labels: {app: echo}}
                    spec:
                      containers:
                      - name: echo
                        image: gatehouse.test/echo:1
                        imagePullPolicy: Never
                        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {namespace: default, name: echo}
                    spec:
                      type: NodePort
                      selector: {app: echo}
                      ports: [{port: 80, targetPort: 8080, nodePort: %d}]
                    """.formatted(NODE_PORT).getBytes(StandardCharsets.UTF_8)))
                    .serverSideApply();
            answers(cluster.nodeAddress(), NODE_PORT);
            Pod pod = Objects.requireNonNull(
                    client.pods().inNamespace("default").withName("echo").get());
            answers(pod.getStatus().getPodIP(), 8080);
            answers(
                    Objects.requireNonNull(client.services()
                                    .inNamespace("default")
                                    .withName("echo")
                                    .get())
                            .getSpec()
                            .getClusterIP(),
                    80);
            uid = pod.getMetadata().getUid();
            assertThat(processesOf(uid)).isNotEmpty();
        }
        assertThat(processesOf(uid)).isEmpty();
    }

    private static void answers(String address, int port) {
        await().atMost(Duration.ofMinutes(3))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(new WebClient(address, port, port)
                                .get("echo", "/x")
                                .rawBody())
                        .contains("\"pod\": \"echo\""));
    }

    /** Whoever their parents are: a container outlives its shim. Not those that only wait to be reaped by init. */
    private static List<Path> processesOf(String podUid) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(process -> read(process.resolve("cgroup")).contains(podUid)
                            && !read(process.resolve("cmdline")).isEmpty())
                    .toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // no process, or one that has ended
        }
    }
}
