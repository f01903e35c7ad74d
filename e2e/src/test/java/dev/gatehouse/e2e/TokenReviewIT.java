package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.controller.publish.Authenticator;
import dev.gatehouse.controller.publish.NodeIdentity;
import dev.gatehouse.controller.publish.TokenReviewer;
import dev.gatehouse.controller.trust.AuthoritySecret;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
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
            TokenReviewer reviewer = new TokenReviewer(vertx, gatehouse.client());
            NodeIdentity identity = reviewer.authenticate(gatehouse.token("default-dataplane", "gatehouse-controller"))
                    .await(10, TimeUnit.SECONDS);
            assertThat(identity.serves(Gatehouse.FLEET)).isTrue();

            gatehouse.apply("""
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {namespace: gatehouse-system, name: somebody}
                    """);
            assertThat(reviewer.authenticate(gatehouse.token("somebody", "gatehouse-controller"))
                            .await(10, TimeUnit.SECONDS)
                            .serves(Gatehouse.FLEET))
                    .isFalse();
            for (String bad : List.of(gatehouse.token("default-dataplane", "somewhere-else"), "garbage", "a.b.c")) {
                assertThatThrownBy(() -> reviewer.authenticate(bad).await(10, TimeUnit.SECONDS))
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
            vertx.close().await(5, TimeUnit.SECONDS);
        }
    }
}
