package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.boot.ControllerConfig;
import dev.gatehouse.controller.compile.BlastRadius;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What protects from slips of a hand, and what tells who serves what, against a real API server with two replicas. */
class CautionIT {

    private static final int SHOPS = 20;
    /** Long enough for all that is looked at meanwhile, a Java program included, on a slow machine too. */
    private static final Duration HOLD = Duration.ofSeconds(45);

    private static Gatehouse gatehouse;
    private static Controller first;
    private static Controller second;
    private static DataPlane plane;
    private static DataPlane otherPlane;
    private static WebClient web;
    private static WebClient otherWeb;
    private static NamedBackend backend;
    private static NamedBackend other;

    @BeforeAll
    static void start() throws Exception {
        gatehouse = Gatehouse.start(Path.of("target/caution"));
        backend = new NamedBackend("storefront");
        other = new NamedBackend("elsewhere");
        gatehouse.apply(backend.serviceYaml("shop", "storefront"));
        gatehouse.apply(other.serviceYaml("shop", "elsewhere"));
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: gatehouse-system, name: default}
                spec: {replicas: 0}
                """);
        ControllerConfig.Caution caution =
                new ControllerConfig.Caution(new BlastRadius(30, 10), HOLD, Optional.empty());
        first = gatehouse.controller("first", caution);
        second = gatehouse.controller("second", caution);
        plane = gatehouse.dataPlane(first, "node-1");
        otherPlane = gatehouse.dataPlane(second, "node-2");
        web = Gatehouse.web(plane);
        otherWeb = Gatehouse.web(otherPlane);
        // Each replica has told the other of its data plane.
        within().untilAsserted(() -> assertThat(
                        gatehouse.client().leases().inNamespace(Gatehouse.NAMESPACE).list().getItems().stream()
                                .map(lease -> String.valueOf(lease.getMetadata().getAnnotations()))
                                .collect(Collectors.joining()))
                .contains("node-1", "node-2"));
    }

    @AfterAll
    static void stop() {
        backend.close();
        other.close();
        gatehouse.close();
    }

    private static ConditionFactory within() {
        return await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions();
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

    private static String route(String name, String service) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  hosts: [%1$s.example.com]
                  rules: [{backends: [{service: %2$s, port: 80}]}]
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

    private static Optional<Condition> fleetCondition(String type) {
        return gatehouse
                .client()
                .resources(ProxyFleet.class)
                .inNamespace("gatehouse-system")
                .withName("default")
                .get()
                .getStatus()
                .conditions()
                .stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    private static Condition routeCondition(String name, String type) {
        return gatehouse
                .client()
                .resources(ProxyRoute.class)
                .inNamespace("shop")
                .withName(name)
                .get()
                .getStatus()
                .conditions()
                .stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> events(String kind, String name, String reason) {
        return gatehouse.client().resources(Event.class).inAnyNamespace().list().getItems().stream()
                .filter(event -> event.getRegarding().getKind().equals(kind)
                        && event.getRegarding().getName().equals(name)
                        && event.getReason().equals(reason))
                .map(Event::getNote)
                .toList();
    }

    private static void annotate(String annotation) throws Exception {
        kubectl("annotate", "proxyfleet", "default", "-n", "gatehouse-system", "--overwrite", annotation);
    }

    private static String kubectl(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                gatehouse.program("kubectl").toString(),
                "--kubeconfig",
                gatehouse.kubeconfig().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    /** What a command says. */
    private static String gatehouseCommand(int code, String... arguments) throws Exception {
        try (Program program = Program.start(arguments)) {
            assertThat(program.exitCode()).as(program.output()).isEqualTo(code);
            return program.output();
        }
    }

    private static String admin(Controller controller) {
        return "http://127.0.0.1:" + controller.port("admin");
    }

    private static Digest root(Controller controller) {
        return controller.publisher().snapshot(Gatehouse.FLEET).orElseThrow().root();
    }

    private static String body(WebClient client, String name) throws IOException {
        return client.get(name + ".example.com", "/").rawBody();
    }

    @Test
    void kubectlWaitsUntilAllDataPlanesServeIt() throws Exception {
        gatehouse.apply(route("waited", "storefront"));
        kubectl("wait", "-n", "shop", "proxyroute/waited", "--for=condition=Programmed", "--timeout=60s");
        // Both serve it at that moment, whichever replica they are connected to.
        assertThat(body(web, "waited")).isEqualTo("storefront");
        assertThat(body(otherWeb, "waited")).isEqualTo("storefront");
        assertThat(routeCondition("waited", "Programmed").getMessage())
                .matches("2/2 data planes at [0-9a-f]{12} in [0-9]+ ms");
        kubectl("wait", "-n", "gatehouse-system", "proxyfleet/default", "--for=condition=Programmed", "--timeout=60s");

        gatehouse.apply(ingress("waited-ingress", "storefront"));
        within().untilAsserted(() -> assertThat(events("Ingress", "waited-ingress", "Programmed"))
                .singleElement()
                .satisfies(note -> assertThat(note)
                        .matches("generation 1 is served: 2/2 data planes at [0-9a-f]{12} in [0-9]+ ms")));
    }

    @Test
    void theCommandsTellWhoServesWhatSinceWhenAndWhy() throws Exception {
        gatehouse.apply(route("told", "storefront"));
        within().until(() -> routeCondition("told", "Programmed").getStatus().equals("True"));
        Digest before = root(first);
        gatehouse.apply(route("told", "elsewhere"));
        within().untilAsserted(() -> assertThat(body(web, "told")).isEqualTo("elsewhere"));
        within().untilAsserted(() -> {
            String status = gatehouseCommand(0, "status", "--admin", admin(first));
            assertThat(status)
                    .contains("replica first, the leader is ", "fleet gatehouse-system/default: 2/2 data planes at ")
                    .contains("replicas first, second")
                    .containsPattern("node-1 .*first .*[0-9]+ ms .*current")
                    .containsPattern("node-2 .*second .*[0-9]+ ms .*current");
        });

        assertThat(gatehouseCommand(0, "snapshot", "list", "--admin", admin(first)))
                .contains("as replica first published it", before.shortHex())
                .containsPattern(
                        root(first).shortHex() + " .*host/told.example.com.*ProxyRoute shop/told generation 2");
        assertThat(gatehouseCommand(
                        3, "snapshot", "diff", before.shortHex(), root(first).shortHex(), "--admin", admin(first)))
                .contains("~ host told.example.com", "was", "storefront", "now", "elsewhere");
        assertThat(gatehouseCommand(0, "snapshot", "show", before.shortHex(), "--admin", admin(first)))
                .contains("+ host told.example.com", "storefront")
                .doesNotContain("elsewhere");
        assertThat(gatehouseCommand(1, "snapshot", "show", "0".repeat(12), "--admin", admin(first)))
                .contains("this replica (first) knows no root");
    }

    @Test
    void aRollbackHoldsForAllReplicasAndForThoseThatStartLaterUntilItIsReleased() throws Exception {
        gatehouse.apply(route("back", "storefront") + "---\n" + route("ahead", "storefront"));
        within().untilAsserted(() -> {
            assertThat(body(web, "back")).isEqualTo("storefront");
            assertThat(body(web, "ahead")).isEqualTo("storefront");
        });
        Digest good = root(first);
        gatehouse.apply(route("back", "elsewhere") + "---\n" + route("ahead", "elsewhere"));
        within().untilAsserted(() -> assertThat(body(web, "ahead")).isEqualTo("elsewhere"));

        // Not on the list of the other replica, perhaps: one that knows it is enough.
        gatehouseCommand(
                0,
                "rollback",
                good.shortHex(),
                "--host",
                "back.example.com",
                "--kubeconfig",
                gatehouse.kubeconfig().toString());

        within().untilAsserted(() -> {
            assertThat(body(web, "back")).isEqualTo("storefront");
            assertThat(body(otherWeb, "back")).isEqualTo("storefront");
            assertThat(root(second)).isEqualTo(root(first));
        });
        assertThat(body(web, "ahead")).isEqualTo("elsewhere");
        kubectl("wait", "-n", "gatehouse-system", "proxyfleet/default", "--for=condition=RolledBack", "--timeout=60s");
        within().untilAsserted(() -> {
            assertThat(routeCondition("back", "Programmed").getReason()).isEqualTo("RolledBack");
            assertThat(routeCondition("back", "Programmed").getMessage())
                    .contains("served as it was at " + good.shortHex(), "gatehouse rollback --release");
            assertThat(events("ProxyFleet", "default", "RolledBack")).isNotEmpty();
        });
        assertThat(gatehouseCommand(3, "status", "--admin", admin(second)))
                .contains("ROLLED BACK to " + good.shortHex() + " back.example.com");

        // A change of it waits, and a replica that starts now serves the same.
        gatehouse.apply(route("back", "storefront") + "---\n" + route("later", "storefront"));
        within().untilAsserted(() -> assertThat(body(web, "later")).isEqualTo("storefront"));
        gatehouse.apply(route("back", "elsewhere"));
        try (Controller third = gatehouse.controller("third")) {
            within().untilAsserted(() -> assertThat(root(third)).isEqualTo(root(first)));
        }
        assertThat(body(web, "back")).isEqualTo("storefront");

        gatehouseCommand(
                0,
                "rollback",
                "--release",
                "--kubeconfig",
                gatehouse.kubeconfig().toString());
        within().untilAsserted(() -> {
            assertThat(body(web, "back")).isEqualTo("elsewhere");
            assertThat(body(otherWeb, "back")).isEqualTo("elsewhere");
            assertThat(fleetCondition("RolledBack")).isEmpty();
            assertThat(routeCondition("back", "Programmed").getStatus()).isEqualTo("True");
        });
    }

    @Test
    void aRootThatNobodyKnowsIsSaidAndChangesNothing() throws Exception {
        Digest before = root(first);
        annotate("gatehouse.dev/rollback-to=0123456789ab");
        within().untilAsserted(() -> assertThat(fleetCondition("RolledBack")).hasValueSatisfying(condition -> {
            assertThat(condition.getStatus()).isEqualTo("False");
            assertThat(condition.getMessage()).contains("knows the root 0123456789ab", "gatehouse snapshot list");
        }));
        assertThat(root(first)).isEqualTo(before);
        annotate("gatehouse.dev/rollback-to-");
        within().untilAsserted(() -> assertThat(fleetCondition("RolledBack")).isEmpty());
    }

    @Test
    void manyHostsThatAreDeletedAtOnceAreServedUntilASecondLookOrAWord() throws Exception {
        shops("storefront");
        within().untilAsserted(() -> {
            for (int i = 0; i < SHOPS; i++) {
                assertThat(body(web, "s" + i)).isEqualTo("storefront");
                assertThat(body(otherWeb, "s" + i)).isEqualTo("storefront");
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
                    if (!body(web, "s" + (SHOPS - 1)).equals("storefront")) {
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
            assertThat(fleetCondition("Held")).hasValueSatisfying(condition -> {
                assertThat(condition.getStatus()).isEqualTo("True");
                assertThat(condition.getMessage()).contains("hosts away at once", "gatehouse.dev/release-hold");
            });
            assertThat(events("ProxyFleet", "default", "Held")).isNotEmpty();
        });
        assertThat(gatehouseCommand(3, "status", "--admin", admin(first))).contains("HELD BACK: a change would take ");
        assertThat(web(first, "/metrics")).containsPattern("gatehouse_controller_held_hosts [1-9]");
        // Nothing else is held up.
        gatehouse.apply(route("meanwhile", "storefront"));
        within().untilAsserted(() -> assertThat(body(web, "meanwhile")).isEqualTo("storefront"));
        over.set(true);
        traffic.join();
        assertThat(wrong).as("of %s", asked).hasValue(0);
        assertThat(asked.get()).isPositive();

        // A second look that agrees.
        within().untilAsserted(() -> {
            assertThat(web.get("s19.example.com", "/").status()).isEqualTo(404);
            assertThat(otherWeb.get("s19.example.com", "/").status()).isEqualTo(404);
            assertThat(fleetCondition("Held")).isEmpty();
        });
        assertThat(Duration.between(began, Instant.now())).isGreaterThan(HOLD.minusSeconds(1));

        // A word.
        shops("storefront");
        within().untilAsserted(() -> assertThat(body(web, "s19")).isEqualTo("storefront"));
        within().untilAsserted(() -> assertThat(body(otherWeb, "s19")).isEqualTo("storefront"));
        shops("elsewhere");
        within().untilAsserted(() -> assertThat(fleetCondition("Held")).isPresent());
        assertThat(body(web, "s19")).isEqualTo("storefront");
        annotate("gatehouse.dev/release-hold=" + Instant.now().toEpochMilli());
        within().untilAsserted(() -> {
            assertThat(body(web, "s19")).isEqualTo("elsewhere");
            assertThat(body(otherWeb, "s19")).isEqualTo("elsewhere");
            assertThat(fleetCondition("Held")).isEmpty();
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
