package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.snapshot.Snapshot;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse explain}: what a person is told of a request, and by whom. */
class ExplainCommandTest {

    private static final String EXAMPLE = "../examples/proxyroute";
    private static final String QUICKSTART = "../examples/quickstart";

    @TempDir
    private Path folder;

    @Test
    void theWinningRuleIsNamedWithItsObjectFileAndField() {
        Commands.Ran gold =
                Commands.run("explain", "GET", "http://localhost/api/items", "-H", "x-tier: gold", "--folder", EXAMPLE);
        assertThat(gold.code()).isZero();
        assertThat(gold.out())
                .contains("answer    by a backend, which gets the path /v2/items, within 5000 ms")
                .contains("rule      ProxyRoute shop/shop spec.rules[0].matches[0] (route.yaml:11)")
                .containsSubsequence(
                        "path: asks prefix /api, is /api/items", "header x-tier: asks gold, is gold", "snapshot  ")
                .contains("localhost  (exact) decides")
                .contains("*  (any) is not there")
                .containsSubsequence(
                        "1. WINS   path prefix /api, header x-tier gold",
                        "2. later  path prefix /api  ProxyRoute shop/shop spec.rules[1].matches[0] (route.yaml:22)")
                .containsSubsequence(
                        "rewrite: prefix /v2  (ProxyRoute shop/shop spec.rules[0].filters (route.yaml:13))",
                        "requestHeaders: remove cookie, set x-route: gold",
                        "responseHeaders: add x-served-by: gatehouse")
                .containsSubsequence("100 %  Service port shop/next/80, http/1.1", "127.0.0.1:9202  ready");
    }

    @Test
    void theBackendOfACanaryIsNamedWithTheIngressThatBringsIt() {
        Commands.Ran any = Commands.run("explain", "http://localhost/", "--folder", "../examples/canary");
        assertThat(any.out())
                .contains("rule      Ingress shop/shop spec.rules[0].http.paths[0] (shop.yaml:")
                .containsSubsequence(
                        "1. fails  path prefix /, header x-canary always",
                        "2. fails  path prefix /, header x-canary never",
                        "3. fails  path prefix /, cookie canary always",
                        "4. fails  path prefix /, cookie canary never",
                        "5. WINS   path prefix /  Ingress shop/shop")
                .contains("90 %  Service port shop/shop/80, http/1.1\n")
                .contains("10 %  Service port shop/shop-next/80, http/1.1  (Ingress shop/shop-next"
                        + " spec.rules[0].http.paths[0] (shop.yaml:");
        assertThat(any.code()).isZero();
    }

    @Test
    void whoStandsInForACanaryWithoutEndpointsIsSaid() throws IOException {
        copy("../examples/canary");
        edit("shop.yaml", "kubernetes.io/service-name: shop-next", "kubernetes.io/service-name: other");
        Commands.Ran ran = Commands.run("explain", "http://localhost/", "--folder", folder.toString());
        assertThat(ran.out())
                .contains("10 %  Service port shop/shop-next/80, http/1.1: no endpoint,"
                        + " Service port shop/shop/80 stands in  (Ingress shop/shop-next")
                .doesNotContain("503");
    }

    @Test
    void whatPoliciesSayOfBodiesAndBalancingIsShown() throws IOException {
        Files.writeString(folder.resolve("all.yaml"), """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyPolicy
                metadata: {name: everywhere, namespace: shop}
                spec:
                  selector: {}
                  limits: {maxBodyBytes: 1234}
                  loadBalancing: {policy: consistentHash, hash: {header: x-user, boundPercent: 125}}
                ---
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: shop, namespace: shop}
                spec:
                  hosts: [localhost]
                  rules: [{backends: [{service: api, port: 80}]}]
                """);
        assertThat(Commands.run("explain", "http://localhost/", "--folder", folder.toString())
                        .out())
                .contains("policies  shop/everywhere, then the rule")
                .contains("body      at most 1234 bytes")
                .contains("balancing consistentHash of header x-user, bounded by 125 %");
    }

    @Test
    void everyRuleThatDoesNotTakeTheRequestSaysWhichConditionFails() {
        Commands.Ran silver =
                Commands.run("explain", "http://localhost/api", "-H", "X-Tier: silver", "--folder", EXAMPLE);
        assertThat(silver.code()).isZero();
        assertThat(silver.out())
                .containsSubsequence(
                        "1. fails  path prefix /api, header x-tier gold",
                        ": header x-tier must be gold, is silver",
                        "2. WINS   path prefix /api  ProxyRoute shop/shop spec.rules[1].matches[0]")
                .contains("90 %  Service port shop/stable/80", "10 %  Service port shop/next/80");
        assertThat(Commands.run("explain", "http://localhost/api", "--folder", EXAMPLE)
                        .out())
                .contains(": header x-tier must be gold, is (none)");
    }

    @Test
    void howEndpointsAreChosenAndWhatIsDoneAboutThoseThatFailIsTold() {
        Commands.Ran resilient = Commands.run("explain", "http://localhost/", "--folder", "../examples/resilience");
        assertThat(resilient.out())
                .containsSubsequence(
                        "100 %  Service port shop/shop/80",
                        "checked: GET /healthz every 1000 ms, within 500 ms; ill after 3 that fail, well after 2 that pass",
                        "ejected: after 3 failures in a row, for 30000 ms; at most 50 % of them",
                        "limited: each to maxConnections 100, maxPendingRequests 50, maxRequests 200",
                        "127.0.0.1:9601  ready, unchecked")
                .containsSubsequence(
                        "How one is chosen",
                        "balancing roundRobin",
                        "retries   up to 2 more after connect-failure, refused-stream, reset, 500-599, at most 20 %");
        assertThat(Commands.run("explain", "http://localhost/reports", "--folder", "../examples/balancing")
                        .out())
                .contains("balancing leastRequest, the own zone first, slow start over 30000 ms")
                .contains("retries   up to 2 more after connect-failure, refused-stream\n");
        assertThat(Commands.run("explain", "http://localhost/", "--folder", "../examples/balancing")
                        .out())
                .contains("balancing consistentHash of header x-user, bounded by 150 %");
        assertThat(Commands.run(
                                "explain",
                                "http://localhost/checkout",
                                "-H",
                                "x-force-variant: one-page",
                                "--folder",
                                "../examples/ab-test")
                        .out())
                .contains("split     checkout-design: the variant one-page");
    }

    @Test
    void whatIsPassedThroughIsTheBackendsAlone() {
        Commands.Ran passed =
                Commands.run("explain", "https://vault.localhost/a", "--folder", "../examples/passthrough");
        assertThat(passed.out())
                .contains("by whichever backend ends TLS")
                .contains("rule      ProxyRoute vault/vault spec.rules[0] (vault.yaml:")
                .contains("Service port vault/vault/443", "127.0.0.1:9401  ready")
                .contains("passed    through to the backend")
                .doesNotContain("REFUSED", "self-signed");
        assertThat(passed.code()).isZero();
        assertThat(Commands.run("explain", "http://vault.localhost/a", "--folder", "../examples/passthrough")
                        .out())
                .contains("308 https-redirect to https://vault.localhost/a");
        assertThat(Commands.run("explain", "https://shop.localhost/", "--folder", "../examples/passthrough")
                        .out())
                .contains("answer    by a backend", "self-signed");
    }

    @Test
    void whatGatehouseAnswersItselfHasItsReasonAndAnExitCode() {
        Commands.Ran elsewhere = Commands.run("explain", "http://localhost/other", "--folder", EXAMPLE);
        assertThat(elsewhere.code()).isEqualTo(3);
        assertThat(elsewhere.out())
                .contains("answer    404 no-route: No rule matches the host and path of the request.")
                .contains("path must be prefix /api, is /other");
        Commands.Ran unknown = Commands.run("explain", "http://other.example/", "--folder", EXAMPLE);
        assertThat(unknown.code()).isEqualTo(3);
        assertThat(unknown.out())
                .contains("other.example  (exact) is not there", "*.example  (wildcard) is not there", "none");
        Commands.Ran dots = Commands.run("explain", "http://localhost/a/../b", "--folder", EXAMPLE);
        assertThat(dots.code()).isEqualTo(3);
        assertThat(dots.out()).contains("answer    400 dot-segment: ").doesNotContain("Rules of the host");
    }

    @Test
    void thePathIsMatchedAsTheServerNormalisesIt() {
        JsonObject json = json("http://LOCALHOST:8080/%61pi/x?q=1#f", "--folder", EXAMPLE);
        assertThat(json.getJsonObject("request").getString("path")).isEqualTo("/api/x");
        assertThat(json.getJsonObject("request").getString("host")).isEqualTo("localhost");
        assertThat(json.getJsonObject("winner").getString("id")).isEqualTo("ProxyRoute/shop/shop#everyone.matches[0]");
        assertThat(json.getJsonObject("winner").getJsonObject("object").getMap())
                .containsEntry("kind", "ProxyRoute")
                .containsEntry("namespace", "shop")
                .containsEntry("name", "shop")
                .containsEntry("field", "spec.rules[1].matches[0]")
                .containsEntry("file", "route.yaml:22");
        assertThat(json.getJsonArray("backends")).hasSize(2);
        assertThat(json.getJsonArray("backends").getJsonObject(1).getMap())
                .containsEntry("service", "shop/next/80")
                .containsEntry("weight", 1)
                .containsEntry("percent", 10.0);
    }

    @Test
    void aRequestInClearTextIsLedToHttpsWhereTheHostIsServedThere() {
        Commands.Ran clear = Commands.run("explain", "http://localhost/api/x?a=b", "--folder", QUICKSTART);
        Commands.Ran secure = Commands.run("explain", "https://localhost/api/x", "--folder", QUICKSTART);
        assertThat(clear.code()).isZero();
        assertThat(clear.out()).doesNotContain("TLS");
        assertThat(secure.out())
                .contains("name      localhost")
                .containsPattern("shows     Secret shop/shop-tls, \\S+.*, for localhost.*, until 20")
                .contains("speaks    TLSv1.2 and later, h2 http/1.1")
                .doesNotContain("PRIVATE");
    }

    @Test
    void aRedirectToHttpsIsToldWithItsAddress() throws IOException {
        copy(QUICKSTART);
        edit("shop.yaml", "  namespace: shop\nspec:\n  ingressClassName", """
              namespace: shop
              annotations: {gatehouse.dev/ssl-redirect: "true"}
            spec:
              ingressClassName""");
        Commands.Ran ran = Commands.run("explain", "http://localhost/api/x?a=b", "--folder", folder.toString());
        assertThat(ran.out()).contains("308 https-redirect to https://localhost/api/x?a=b");
        assertThat(ran.code()).isZero();
    }

    @Test
    void credentialsAreNotShown() throws IOException {
        copy(EXAMPLE);
        edit("route.yaml", "{name: x-tier, exact: gold}", "{name: x-api-key, exact: opensesame}");
        edit("route.yaml", "set: {x-route: gold}", "set: {authorization: Basic b3BlbjpzZXNhbWU=}");
        Commands.Ran ran = Commands.run(
                "explain", "http://localhost/api", "-H", "x-api-key: opensesame", "--folder", folder.toString());
        assertThat(ran.out())
                .contains("header x-api-key: asks (hidden), is (hidden)")
                .contains("set authorization: (hidden)")
                .doesNotContain("opensesame", "b3BlbjpzZXNhbWU");
    }

    @Test
    void aServiceWithoutEndpointsIsToldWithTheShareThatItCosts() throws IOException {
        copy(EXAMPLE);
        edit("route.yaml", "{service: next, port: 80, weight: 1}", "{service: nobody, port: 80, weight: 1}");
        edit("route.yaml", "kubernetes.io/service-name: stable", "kubernetes.io/service-name: other");
        Commands.Ran ran = Commands.run("explain", "http://localhost/api", "--folder", folder.toString());
        assertThat(ran.out())
                .contains("90.0 % answer 503 no-endpoint; 10.0 % answer 503 service-not-found")
                .contains("10 %  503 service-not-found");
    }

    @Test
    void aRunningDataPlaneAnswersFromTheTableInForce() {
        Snapshot snapshot = snapshot(EXAMPLE);
        try (DataPlane plane = DataPlane.start(new DataPlaneConfig(
                "127.0.0.1",
                0,
                0,
                0,
                1,
                Optional.empty(),
                Duration.ZERO,
                Duration.ofSeconds(1),
                "",
                Optional.empty()))) {
            String admin = "http://127.0.0.1:" + plane.port("admin");
            assertThat(Commands.run("explain", "http://localhost/api", "--admin", admin)
                            .code())
                    .isEqualTo(3);
            plane.receiver().apply(snapshot.sorted(), List.of(), snapshot.root());
            Commands.Ran ran = Commands.run("explain", "http://localhost/api", "-H", "x-tier: gold", "--admin", admin);
            assertThat(ran.err()).isEmpty();
            assertThat(ran.code()).isZero();
            assertThat(ran.out())
                    .contains("rule      ProxyRoute shop/shop spec.rules[0].matches[0]\n")
                    .contains("snapshot  " + snapshot.root().hex());
            // One and the same from the folder, but for the file.
            JsonObject there = json("http://localhost/api", "--admin", admin);
            JsonObject here = json("http://localhost/api", "--folder", EXAMPLE);
            assertThat(here.encode().replaceAll(",\"file\":\"[^\"]*\"", "")).isEqualTo(there.encode());
            Commands.Ran wrong = Commands.run("explain", "http://localhost/a b", "--admin", admin);
            assertThat(wrong.code()).isEqualTo(2);
            assertThat(wrong.err()).contains("percent-encoded");
        }
    }

    @Test
    void whoCannotBeAskedIsSaid() {
        Commands.Ran nobody = Commands.run("explain", "http://localhost/", "--admin", "http://127.0.0.1:1");
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).contains("http://127.0.0.1:1/explain does not answer");
        assertThat(Commands.run("explain", "localhost/", "--folder", EXAMPLE).code())
                .isEqualTo(2);
        assertThat(Commands.run("explain", "http://localhost/", "--folder", EXAMPLE, "--fleet", "a/b")
                        .err())
                .contains("there is no ProxyFleet a/b");
    }

    private static JsonObject json(String url, String... options) {
        String[] arguments = new String[options.length + 4];
        arguments[0] = "explain";
        arguments[1] = url;
        arguments[2] = "-o";
        arguments[3] = "json";
        System.arraycopy(options, 0, arguments, 4, options.length);
        return new JsonObject(Commands.run(arguments).out());
    }

    private static Snapshot snapshot(String example) {
        WorldOptions options = WorldOptions.folder();
        World world = new World(options);
        try (FolderSource source = new FolderSource(Path.of(example))) {
            world.apply(source.look().changes());
        }
        return world.snapshot(options.defaultFleet());
    }

    private void copy(String example) throws IOException {
        try (var files = Files.list(Path.of(example))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName().toString()));
            }
        }
    }

    private void edit(String file, String before, String after) throws IOException {
        Path path = folder.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(before);
        Files.writeString(path, text.replace(before, after));
    }
}
