package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.crds.RouteRuleStatus;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.RawClient;
import io.fabric8.kubernetes.api.model.Condition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** Two ProxyRoutes of one host and path on a real API server, with requests that never stop. */
class TakeoverIT {

    private static final int CLIENTS = 2;
    private static final int REQUESTS = 200;

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong asked = new AtomicLong();

    private static ConditionFactory within() {
        return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(20));
    }

    private static String route(String name, String service) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: %s}
                spec:
                  ingressClassName: gatehouse
                  hosts: [taken.example.com]
                  rules:
                  - matches: [{path: {prefix: /%s-alone}}]
                    backends: [{service: %s, port: 80}]
                  - matches: [{path: {prefix: /}}]
                    backends: [{service: %s, port: 80}]
                """.formatted(name, name, service, service);
    }

    @Test
    void theYoungerIsToldTheWinnerAndTakesOverWithoutAWrongAnswerWhenThatGoes() throws Exception {
        try (Gatehouse gatehouse = Gatehouse.start(Path.of("target/takeover"));
                NamedBackend old = new NamedBackend("old");
                NamedBackend young = new NamedBackend("young");
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            gatehouse.apply(old.serviceYaml("shop", "old"));
            gatehouse.apply(young.serviceYaml("shop", "young"));
            DataPlane plane = gatehouse.dataPlane(gatehouse.controller("one"), "node");
            gatehouse.apply(route("a-older", "old"));
            gatehouse.apply(route("b-younger", "young")); // younger also within the same second, by name
            within().untilAsserted(() -> {
                assertThat(lost(gatehouse)).singleElement().satisfies(rule -> {
                    assertThat(rule.rule()).isEqualTo("spec.rules[1]");
                    assertThat(rule.conditions()).singleElement().satisfies(condition -> {
                        assertThat(condition.getType()).isEqualTo("Accepted");
                        assertThat(condition.getReason()).isEqualTo("HostPathTaken");
                        assertThat(condition.getMessage()).contains("ProxyRoute shop/a-older");
                    });
                });
                assertThat(Gatehouse.web(plane)
                                .get("taken.example.com", "/b-younger-alone")
                                .rawBody())
                        .as("what nobody else asks for")
                        .isEqualTo("young");
            });

            List<CompletableFuture<List<String>>> answers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> answers(plane), clients));
            }
            try {
                within().until(() -> asked.get() > REQUESTS);
                gatehouse
                        .client()
                        .resources(ProxyRoute.class)
                        .inNamespace("shop")
                        .withName("a-older")
                        .delete();
                within().untilAsserted(() -> assertThat(Gatehouse.web(plane)
                                .get("taken.example.com", "/")
                                .rawBody())
                        .isEqualTo("young"));
                within().untilAsserted(() -> assertThat(lost(gatehouse)).isEmpty());
                long before = asked.get();
                within().until(() -> asked.get() > before + REQUESTS);
            } finally {
                stopped.set(true);
            }
            for (CompletableFuture<List<String>> each : answers) {
                assertThat(each.join()).as("who answered, one after the other").containsExactly("200 old", "200 young");
            }
        }
    }

    private static List<RouteRuleStatus> lost(Gatehouse gatehouse) {
        ProxyRoute younger = gatehouse
                .client()
                .resources(ProxyRoute.class)
                .inNamespace("shop")
                .withName("b-younger")
                .get();
        List<Condition> conditions = younger.getStatus().conditions();
        assertThat(conditions).as("a status that speaks of it").isNotEmpty();
        return younger.getStatus().rules();
    }

    /** The answers that a client gets, those that are as the one before left out. */
    private List<String> answers(DataPlane plane) {
        List<String> changes = new ArrayList<>();
        while (!stopped.get()) {
            try (RawClient client = RawClient.connect(plane.port("http"))) {
                boolean kept = true;
                while (kept && !stopped.get()) {
                    client.send("GET / HTTP/1.1\r\nHost: taken.example.com\r\n\r\n");
                    RawClient.Response response = client.readResponse();
                    String answer = response.status() + " " + response.rawBody();
                    if (changes.isEmpty() || !changes.getLast().equals(answer)) {
                        changes.add(answer);
                    }
                    kept = !response.head()
                            .toLowerCase(Locale.ROOT)
                            .contains("connection: close"); // after so many requests
                    asked.incrementAndGet();
                }
            }
        }
        return changes;
    }
}
