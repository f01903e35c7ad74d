package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.CarefulFleet.HOLD;
import static dev.gatehouse.e2e.CarefulFleet.body;
import static dev.gatehouse.e2e.CarefulFleet.gatehouseCommand;
import static dev.gatehouse.e2e.CarefulFleet.route;
import static dev.gatehouse.e2e.TwoReplicas.admin;
import static dev.gatehouse.e2e.TwoReplicas.root;
import static dev.gatehouse.e2e.TwoReplicas.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.snapshot.Digest;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What protects from slips of a hand, and what tells who serves what, against a real API server with two replicas. */
class CautionIT {

    private static final int SHOPS = 20;

    private static Gatehouse gatehouse;
    private static CarefulFleet fleet;
    private static TwoReplicas replicas;

    @BeforeAll
    static void start() throws Exception {
        gatehouse = Gatehouse.start(Path.of("target/caution"));
        fleet = new CarefulFleet(gatehouse);
        replicas = fleet.replicas();
    }

    @AfterAll
    static void stop() {
        gatehouse.close();
    }

    private static String ingress(String name, String service) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: %1$s.example.com
                    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %2$s, port: {number: 80}}}}]}
                """.formatted(name, service);
    }

    private static void shops(String service) {
        gatehouse.apply(IntStream.range(0, SHOPS)
                .mapToObj(i -> ingress("s" + i, service))
                .collect(Collectors.joining("---\n")));
    }

    private static void deleteShops(int from, int to) {
        for (int i = from; i < to; i++) {
            gatehouse
                    .client()
                    .resources(Ingress.class)
                    .inNamespace("shop")
                    .withName("s" + i)
                    .delete();
        }
    }

    @Test
    void kubectlWaitsUntilAllDataPlanesServeIt() throws Exception {
        gatehouse.apply(route("waited", "storefront"));
        fleet.kubectl("wait", "-n", "shop", "proxyroute/waited", "--for=condition=Programmed", "--timeout=60s");
        // Both serve it at that moment, whichever replica they are connected to.
        assertThat(body(replicas.web(), "waited")).isEqualTo("storefront");
        assertThat(body(replicas.otherWeb(), "waited")).isEqualTo("storefront");
        assertThat(fleet.routeCondition("waited", "Programmed").getMessage())
                .matches("2/2 data planes at [0-9a-f]{12} in [0-9]+ ms");
        fleet.kubectl(
                "wait", "-n", "gatehouse-system", "proxyfleet/default", "--for=condition=Programmed", "--timeout=60s");

        gatehouse.apply(ingress("waited-ingress", "storefront"));
        within().untilAsserted(() -> assertThat(fleet.events("Ingress", "waited-ingress", "Programmed"))
                .singleElement()
                .satisfies(note -> assertThat(note)
                        .matches("generation 1 is served: 2/2 data planes at [0-9a-f]{12} in [0-9]+ ms")));
    }

    @Test
    void theCommandsTellWhoServesWhatSinceWhenAndWhy() throws Exception {
        gatehouse.apply(route("told", "storefront"));
        within().until(() ->
                fleet.routeCondition("told", "Programmed").getStatus().equals("True"));
        Digest before = root(replicas.first());
        gatehouse.apply(route("told", "elsewhere"));
        within().untilAsserted(() -> assertThat(body(replicas.web(), "told")).isEqualTo("elsewhere"));
        within().untilAsserted(() -> {
            String status = gatehouseCommand(0, "status", "--admin", admin(replicas.first()));
            assertThat(status)
                    .contains("replica first, the leader is ", "fleet gatehouse-system/default: 2/2 data planes at ")
                    .contains("replicas first, second")
                    .containsPattern("node-1 .*first .*[0-9]+ ms .*current")
                    .containsPattern("node-2 .*second .*[0-9]+ ms .*current");
        });

        assertThat(gatehouseCommand(0, "snapshot", "list", "--admin", admin(replicas.first())))
                .contains("as replica first published it", before.shortHex())
                .containsPattern(root(replicas.first()).shortHex()
                        + " .*host/told.example.com.*ProxyRoute shop/told generation 2");
        assertThat(gatehouseCommand(
                        3,
                        "snapshot",
                        "diff",
                        before.shortHex(),
                        root(replicas.first()).shortHex(),
                        "--admin",
                        admin(replicas.first())))
                .contains("~ host told.example.com", "was", "storefront", "now", "elsewhere");
        assertThat(gatehouseCommand(0, "snapshot", "show", before.shortHex(), "--admin", admin(replicas.first())))
                .contains("+ host told.example.com", "storefront")
                .doesNotContain("elsewhere");
        assertThat(gatehouseCommand(1, "snapshot", "show", "0".repeat(12), "--admin", admin(replicas.first())))
                .contains("this replica (first) knows no root");
    }

    @Test
    void manyHostsThatAreDeletedAtOnceAreServedUntilASecondLookOrAWord() throws Exception {
        shops("storefront");
        within().untilAsserted(() -> {
            for (int i = 0; i < SHOPS; i++) {
                assertThat(body(replicas.web(), "s" + i)).isEqualTo("storefront");
                assertThat(body(replicas.otherWeb(), "s" + i)).isEqualTo("storefront");
            }
        });
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        Thread traffic = Thread.ofVirtual().start(() -> {
            while (!over.get()) {
                try {
                    asked.incrementAndGet();
                    // One that is deleted last: held back by every replica, however the deletions were gathered.
                    if (!body(replicas.web(), "s" + (SHOPS - 1)).equals("storefront")) {
                        wrong.incrementAndGet();
                    }
                } catch (IOException e) {
                    wrong.incrementAndGet();
                }
            }
        });
        Instant began = Instant.now();
        deleteShops(0, SHOPS);
        within().untilAsserted(() -> {
            assertThat(fleet.fleetCondition("Held")).hasValueSatisfying(condition -> {
                assertThat(condition.getStatus()).isEqualTo("True");
                assertThat(condition.getMessage()).contains("hosts away at once", "gatehouse.dev/release-hold");
            });
            assertThat(fleet.events("ProxyFleet", "default", "Held")).isNotEmpty();
        });
        assertThat(gatehouseCommand(3, "status", "--admin", admin(replicas.first())))
                .contains("HELD BACK: a change would take ");
        assertThat(web(replicas.first(), "/metrics")).containsPattern("gatehouse_controller_held_hosts [1-9]");
        // Nothing else is held up.
        gatehouse.apply(route("meanwhile", "storefront"));
        within().untilAsserted(
                        () -> assertThat(body(replicas.web(), "meanwhile")).isEqualTo("storefront"));
        over.set(true);
        traffic.join();
        assertThat(wrong).as("of %s", asked).hasValue(0);
        assertThat(asked.get()).isPositive();

        // A second look that agrees.
        within().untilAsserted(() -> {
            assertThat(replicas.web().get("s19.example.com", "/").status()).isEqualTo(404);
            assertThat(replicas.otherWeb().get("s19.example.com", "/").status()).isEqualTo(404);
            assertThat(fleet.fleetCondition("Held")).isEmpty();
        });
        assertThat(Duration.between(began, Instant.now())).isGreaterThan(HOLD.minusSeconds(1));

        // A word.
        shops("storefront");
        within().untilAsserted(() -> assertThat(body(replicas.web(), "s19")).isEqualTo("storefront"));
        within().untilAsserted(
                        () -> assertThat(body(replicas.otherWeb(), "s19")).isEqualTo("storefront"));
        shops("elsewhere");
        within().untilAsserted(() -> assertThat(fleet.fleetCondition("Held")).isPresent());
        assertThat(body(replicas.web(), "s19")).isEqualTo("storefront");
        fleet.annotate("gatehouse.dev/release-hold=" + Instant.now().toEpochMilli());
        within().untilAsserted(() -> {
            assertThat(body(replicas.web(), "s19")).isEqualTo("elsewhere");
            assertThat(body(replicas.otherWeb(), "s19")).isEqualTo("elsewhere");
            assertThat(fleet.fleetCondition("Held")).isEmpty();
        });
    }

    private static String web(Controller controller, String path) throws Exception {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            return client.send(
                            java.net.http.HttpRequest.newBuilder(java.net.URI.create(admin(controller) + path))
                                    .build(),
                            java.net.http.HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
