package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.publish.Authenticator;
import dev.gatehouse.controller.publish.NodeIdentity;
import dev.gatehouse.controller.publish.TokenReviewer;
import dev.gatehouse.controller.trust.AuthoritySecret;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who a data plane is, and the authority that replicas share, by a real API server. */
class TokenReviewIT {

    @Test
    void tokensAreWhatTheApiServerSaysAndReplicasShareOneAuthority() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (Gatehouse gatehouse = Gatehouse.start(Path.of("target/token-review"))) {
            TokenReviewer reviewer = new TokenReviewer(vertx, gatehouse.client(), true);
            NodeIdentity identity = reviewer.authenticate(gatehouse.token("default-dataplane", "gatehouse-controller"))
                    .await(60, TimeUnit.SECONDS);
            assertThat(identity.fleet()).isEqualTo(Gatehouse.FLEET);
            assertThat(identity.isPod()).isFalse();

            gatehouse.apply("""
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {namespace: gatehouse-system, name: somebody}
                    """);
            for (String bad : List.of(
                    gatehouse.token("somebody", "gatehouse-controller"),
                    gatehouse.token("default-dataplane", "somewhere-else"),
                    "garbage",
                    "a.b.c")) {
                assertThatThrownBy(() -> reviewer.authenticate(bad).await(60, TimeUnit.SECONDS))
                        .isInstanceOf(Authenticator.DeniedException.class);
            }

            try (var replicas = Executors.newFixedThreadPool(4)) {
                List<Callable<String>> starts = IntStream.range(0, 4)
                        .<Callable<String>>mapToObj(i -> () -> new AuthoritySecret(
                                        gatehouse.client(), Gatehouse.NAMESPACE, Clock.systemUTC(), List.of())
                                .load()
                                .trusted())
                        .toList();
                List<Future<String>> trusted = replicas.invokeAll(starts);
                for (Future<String> one : trusted) {
                    assertThat(one.get()).isEqualTo(trusted.getFirst().get()).contains("BEGIN CERTIFICATE");
                }
            }
        } finally {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
    }

    /** Against a whole controller: what it is shown here is judged by the API server. */
    @Test
    void onlyATokenOfALivingPodOfTheFleetOpensAnything() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (Gatehouse gatehouse = Gatehouse.start(Path.of("target/hostile-tokens"))) {
            Controller controller = gatehouse.controller("hostile");
            gatehouse.apply("""
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {namespace: shop, name: default-dataplane}
                    ---
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {namespace: gatehouse-system, name: other-dataplane}
                    ---
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {namespace: gatehouse-system, name: somebody}
                    """);
            NodeByHand node = new NodeByHand(vertx, controller.port("snapshot"), gatehouse.authority());
            Pod good = pod(gatehouse, "gatehouse-system", "default-dataplane");
            Pod removed = pod(gatehouse, "gatehouse-system", "default-dataplane");
            String removedToken = gatehouse.token(removed);
            gatehouse.client().resource(removed).withGracePeriod(0).delete();

            Map<String, String> hostile = new LinkedHashMap<>();
            hostile.put("garbage", "garbage");
            hostile.put("expired", gatehouse.aged(gatehouse.token(good), Duration.ofHours(2)));
            hostile.put("audience", gatehouse.token("default-dataplane", "somewhere-else"));
            hostile.put("pod that is gone", removedToken);
            hostile.put("namespace", gatehouse.token(pod(gatehouse, "shop", "default-dataplane")));
            hostile.put(
                    "fleet that is not there", gatehouse.token(pod(gatehouse, "gatehouse-system", "other-dataplane")));
            hostile.put("ServiceAccount", gatehouse.token(pod(gatehouse, "gatehouse-system", "somebody")));
            for (Map.Entry<String, String> token : hostile.entrySet()) {
                for (String path : List.of(Frames.ENROLL_PATH, Frames.STREAM_PATH)) {
                    byte[] message = path.equals(Frames.ENROLL_PATH)
                            ? NodeByHand.enrolment(NodeByHand.keys())
                            : NodeByHand.hello(Gatehouse.FLEET.toString());
                    NodeByHand.Answer answer =
                            node.call(path, Optional.of(token.getValue()), Optional.empty(), message);
                    assertThat(answer.bytes()).as(token.getKey()).isEmpty();
                    assertThat(answer.status())
                            .as(token.getKey())
                            .isIn(Optional.of(GrpcStatus.UNAUTHENTICATED), Optional.of(GrpcStatus.NOT_FOUND));
                }
            }

            // The right one is served, until its pod is deleted.
            HttpClient client =
                    node.client(Optional.of(node.enrol(gatehouse.aged(gatehouse.token(good), Duration.ZERO))));
            Buffer received = Buffer.buffer();
            var ended = node.stream(client, Gatehouse.FLEET.toString(), received::appendBuffer);
            await().atMost(Duration.ofSeconds(60)).until(() -> received.length() > 0);
            gatehouse.client().resource(good).withGracePeriod(0).delete();
            assertThat(ended.await(60, TimeUnit.SECONDS)).contains(GrpcStatus.UNAUTHENTICATED);
            client.close().await(60, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
    }

    private static Pod pod(Gatehouse gatehouse, String namespace, String account) {
        return gatehouse
                .client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withGenerateName(account + "-")
                        .addToLabels("gatehouse.dev/fleet", "default")
                        .endMetadata()
                        .withNewSpec()
                        .withServiceAccountName(account)
                        .addNewContainer()
                        .withName("dataplane")
                        .withImage("gatehouse:test")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }
}
