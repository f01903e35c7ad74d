package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.WebClient;
import dev.gatehouse.testkit.cluster.NodeCluster;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeClusterIT {

    @Test
    void podsRunAndAreReachedThroughAService() {
        try (var cluster = NodeCluster.start(Path.of("target/node"));
                var client = cluster.client()) {
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
                      ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
                    """.getBytes(StandardCharsets.UTF_8)))
                    .serverSideApply();
            await().atMost(Duration.ofSeconds(60))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(new WebClient(cluster.nodeAddress(), 30080, 30080)
                                    .get("echo", "/x")
                                    .rawBody())
                            .contains("\"pod\": \"echo\""));
        }
    }
}
