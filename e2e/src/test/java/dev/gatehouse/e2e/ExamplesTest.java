package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.Standalone.port;
import static dev.gatehouse.e2e.Standalone.run;
import static dev.gatehouse.e2e.Standalone.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.WebClient;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The examples, as {@code gatehouse run} serves them: each does what its page of the guide says. */
class ExamplesTest {

    @Test
    void theQuickstartServesBothBackendsOverHttpAndHttps() {
        try (Program program = run(Path.of("../examples/quickstart"))) {
            WebClient web = web(program);
            assertThat(web.get("localhost", "/").rawBody()).startsWith("Hello from storefront at 127.0.0.1:9101");
            Set<String> endpoints = new HashSet<>();
            for (int i = 0; i < 2; i++) {
                endpoints.add(web.getSecurely("localhost", "/api/x")
                        .rawBody()
                        .lines()
                        .findFirst()
                        .orElseThrow());
            }
            assertThat(endpoints)
                    .containsExactlyInAnyOrder("Hello from api at 127.0.0.1:9102", "Hello from api at 127.0.0.2:9102");
            assertThat(web.certificate("localhost").getSubjectX500Principal().getName())
                    .isEqualTo("CN=localhost");
            assertThat(program.output()).contains("curl -i http://localhost:").contains("curl -ik https://localhost:");
        }
    }

    @Test
    void theProxyRouteExampleDoesWhatItSays() {
        try (Program program = run(Path.of("../examples/proxyroute"))) {
            try (RawClient client = RawClient.connect(port(program, "http"))) {
                client.send("GET /api/items HTTP/1.1\r\nHost: localhost\r\nX-Tier: gold\r\nCookie: a=b\r\n\r\n");
                RawClient.Response gold = client.readResponse();
                assertThat(gold.field("x-served-by")).isEqualTo("gatehouse");
                assertThat(gold.rawBody())
                        .startsWith("Hello from next")
                        .contains("GET /v2/items\n", "X-route: gold\n")
                        .doesNotContainIgnoringCase("cookie");
                Map<String, Integer> shares = new HashMap<>();
                for (int i = 0; i < 100; i++) {
                    client.send("GET /api/items HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    shares.merge(client.readResponse().rawBody().split(" ")[2], 1, Integer::sum);
                }
                assertThat(shares).containsOnlyKeys("stable", "next");
                assertThat(shares.getOrDefault("next", 0)).isBetween(5, 15);
            }
        }
    }

    @Test
    void theFiltersExampleDoesWhatItSays() {
        try (Program program = run(Path.of("../examples/filters"))) {
            int port = port(program, "http");
            WebClient web = web(program);
            assertThat(web.get("localhost", "/users/42/pictures?size=1").rawBody())
                    .startsWith("Hello from app")
                    .contains("GET /pictures/of/42?size=1\n")
                    .containsIgnoringCase("\nhost: inner.example.com\n");
            RawClient.Response moved = web.get("localhost:" + port, "/old/a?b=c");
            assertThat(moved.status()).isEqualTo(301);
            assertThat(moved.field("location")).isEqualTo("http://localhost:" + port + "/new/a?b=c");
            RawClient.Response closed = web.get("localhost", "/shop/x");
            assertThat(closed.status()).isEqualTo(503);
            assertThat(closed.rawBody()).isEqualTo("<h1>Back at nine</h1>");
            assertThat(closed.field("retry-after")).isEqualTo("3600");
            try (RawClient client = RawClient.connect(port)) {
                client.send("OPTIONS /api HTTP/1.1\r\nHost: localhost\r\nOrigin: https://shop.example.com\r\n"
                        + "Access-Control-Request-Method: PUT\r\n\r\n");
                RawClient.Response preflight = client.readResponse();
                assertThat(preflight.status()).isEqualTo(204);
                assertThat(preflight.field("access-control-allow-origin")).isEqualTo("https://shop.example.com");
                assertThat(preflight.field("access-control-allow-methods")).isEqualTo("DELETE, PUT");
            }
            for (int i = 0; i < 20; i++) {
                assertThat(web.get("localhost", "/checkout").rawBody()).startsWith("Hello from app");
            }
            RawClient.Response sorry = web.get("localhost", "/pages/x");
            assertThat(sorry.field("gatehouse-reason")).isEqualTo("no-endpoint");
            assertThat(sorry.rawBody()).isEqualTo("<h1>We are looking into it</h1>");
            try (RawClient client = RawClient.connect(port)) {
                client.send("PUT /upload/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485761\r\n\r\n");
                assertThat(client.readResponse().field("gatehouse-reason")).isEqualTo("body-too-large");
            }
            RawClient.Response other = web.get("localhost", "/new");
            assertThat(other.field("x-served-by")).matches("gatehouse, [0-9a-f]{32}");
            assertThat(other.rawBody())
                    .containsIgnoringCase("\nx-team: shop\n")
                    .containsIgnoringCase("\nx-client: 127.0.0.1\n");
        }
    }

    @Test
    void theBalancingExampleKeepsUsersTogether() {
        try (Program program = run(Path.of("../examples/balancing"));
                RawClient client = RawClient.connect(port(program, "http"))) {
            Map<String, Set<String>> byUser = new HashMap<>();
            Set<String> all = new HashSet<>();
            for (int i = 0; i < 60; i++) {
                String user = "user-" + i % 20;
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\nx-user: " + user + "\r\n\r\n");
                String greeting =
                        client.readResponse().rawBody().lines().findFirst().orElseThrow();
                byUser.computeIfAbsent(user, u -> new HashSet<>()).add(greeting);
                all.add(greeting);
            }
            assertThat(byUser.values()).allSatisfy(places -> assertThat(places).hasSize(1));
            assertThat(all).hasSize(3);
            client.send("GET /reports HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readResponse().rawBody()).startsWith("Hello from cart");
        }
    }

    @Test
    void theCanaryExampleLeadsTestersAndOneRequestInTenToTheNextVersion() throws Exception {
        Path example = Path.of("../examples/canary");
        try (Program program = run(example);
                RawClient client = RawClient.connect(port(program, "http"))) {
            for (int i = 0; i < 20; i++) {
                RawClient.Response asked = get(client, "/", "X-Canary: always\r\nCookie: canary=never");
                assertThat(asked.rawBody()).startsWith("Hello from shop-next ");
                assertThat(asked.field("x-served-by")).isEqualTo("gatehouse"); // as the primary has it
                assertThat(get(client, "/", "X-Canary: never\r\nCookie: canary=always")
                                .rawBody())
                        .startsWith("Hello from shop ");
                assertThat(get(client, "/", "Cookie: canary=always").rawBody()).startsWith("Hello from shop-next ");
                assertThat(get(client, "/", "Cookie: canary=never").rawBody()).startsWith("Hello from shop ");
            }
            int next = 0;
            for (int i = 0; i < 200; i++) {
                next += get(client, "/", "X-Canary: perhaps").rawBody().startsWith("Hello from shop-next ") ? 1 : 0;
            }
            assertThat(next).isEqualTo(20);
        }
    }

    @Test
    void theExperimentExampleGivesUsersOneOfTwoDesigns() {
        try (Program program = run(Path.of("../examples/ab-test"));
                RawClient client = RawClient.connect(port(program, "http"))) {
            Map<String, Integer> shares = new HashMap<>();
            for (int user = 0; user < 200; user++) {
                RawClient.Response answer = get(client, "/checkout", "Cookie: uid=" + user);
                RawClient.Response again = get(client, "/checkout", "Cookie: uid=" + user);
                assertThat(again.field("x-split")).isEqualTo(answer.field("x-split"));
                shares.merge(answer.field("x-split"), 1, Integer::sum);
            }
            assertThat(shares.get("checkout-design=one-page")).isBetween(20, 60);
            assertThat(shares.get("checkout-design=classic")).isBetween(140, 180);
            assertThat(get(client, "/checkout", "x-force-variant: one-page").rawBody())
                    .startsWith("Hello from checkout-next");
            assertThat(get(client, "/checkout", "a: b").field("set-cookie")).startsWith("gatehouse-visitor=");

            RawClient.Response cart = get(client, "/cart", "a: b");
            String cookie = cart.field("set-cookie");
            assertThat(cookie).contains("; Max-Age=43200; HttpOnly");
            String endpoint = cart.rawBody().lines().findFirst().orElseThrow();
            for (int i = 0; i < 5; i++) {
                assertThat(get(client, "/cart", "Cookie: " + cookie.substring(0, cookie.indexOf(';')))
                                .rawBody())
                        .startsWith(endpoint);
            }
        }
    }

    private static RawClient.Response get(RawClient client, String path, String header) {
        client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n");
        return client.readResponse();
    }

    @Test
    void theResilienceExampleHidesPodsThatFailAndSaysWhich() {
        Duration bound = Duration.ofSeconds(90);
        try (Program program = run(Path.of("../examples/resilience"));
                RawClient client = RawClient.connect(port(program, "http"));
                RawClient admin = RawClient.connect(Integer.parseInt(program.await("admin http://localhost:(\\d+)")))) {
            Map<String, String> found = Map.of("1", "healthy", "2", "healthy", "3", "healthy", "4", "unhealthy");
            // Each endpoint's first check comes at a moment of its own.
            found.forEach((pod, health) -> await().atMost(bound)
                    .until(() -> endpoint(admin, "127.0.0." + pod + ":9601")
                            .getString("health")
                            .equals(health)));
            assertThat(program.output())
                    .contains("localhost / -> shop/shop/80 [2 retries, within 10000 ms, circuit breaker, health checks,"
                            + " ejection]");
            Set<String> answered = new HashSet<>();
            await().atMost(bound).pollInterval(Duration.ofMillis(1)).until(() -> {
                for (String host : List.of("localhost", "ingress.localhost")) {
                    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
                    RawClient.Response answer = client.readResponse();
                    assertThat(answer.status()).isEqualTo(200);
                    answered.add(answer.rawBody().lines().findFirst().orElseThrow());
                }
                return endpoint(admin, "127.0.0.3:9601").containsKey("ejectedForMs");
            });
            assertThat(answered)
                    .contains("Hello from shop at 127.0.0.1:9601", "Hello from shop at 127.0.0.2:9601")
                    .doesNotContain("Hello from ill at 127.0.0.4:9601");
            assertThat(endpoint(admin, "127.0.0.4:9601").getMap())
                    .containsEntry("absent", "unhealthy")
                    .containsEntry("lastFailure", "status-503")
                    .containsEntry("used", false);
            assertThat(endpoint(admin, "127.0.0.3:9601").getMap())
                    .containsEntry("absent", "ejected")
                    .containsEntry("health", "healthy")
                    .containsEntry("used", false);
            assertThat(endpoint(admin, "127.0.0.1:9601").getMap())
                    .containsEntry("health", "healthy")
                    .containsEntry("used", true)
                    .doesNotContainKey("absent");
            assertThat(get(admin, "/metrics", "a: b").rawBody())
                    .contains("gatehouse_upstream_endpoints_unhealthy{upstream=\"shop/shop/80\"} 1.0")
                    .contains("gatehouse_upstream_endpoints_ejected{upstream=\"shop/shop/80\"} 1.0")
                    .contains("gatehouse_upstream_health_checks_total{result=\"failed\",upstream=\"shop/shop/80\"}");
        }
    }

    @Test
    void theResilienceExampleRefusesWhatABusyPodHasNoRoomFor() {
        String busy = "GET /busy HTTP/1.1\r\nHost: checks.localhost\r\n\r\n";
        try (Program program = run(Path.of("../examples/resilience"));
                RawClient first = RawClient.connect(port(program, "http"));
                RawClient second = RawClient.connect(port(program, "http"));
                RawClient admin = RawClient.connect(Integer.parseInt(program.await("admin http://localhost:(\\d+)")))) {
            first.send(busy);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> get(admin, "/metrics", "a: b")
                            .rawBody()
                            .contains("gatehouse_upstream_circuits_open{upstream=\"shop/busy/80\"} 1.0"));
            second.send(busy);
            RawClient.Response refused = second.readResponse();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.field("gatehouse-reason")).isEqualTo("circuit-open");
            assertThat(first.readResponse().rawBody()).startsWith("Hello from busy");
        }
    }

    /** What the admin port says of an endpoint. */
    private static JsonObject endpoint(RawClient admin, String address) {
        JsonArray endpoints = new JsonObject(
                        get(admin, "/endpoints?upstream=shop/shop", "a: b").rawBody())
                .getJsonArray("upstreams")
                .getJsonObject(0)
                .getJsonArray("endpoints");
        return IntStream.range(0, endpoints.size())
                .mapToObj(endpoints::getJsonObject)
                .filter(one -> one.getString("address").equals(address))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theGrpcExampleAnswersClientsOfGrpcAndOfGrpcWeb() {
        String path = "/grpc.health.v1.Health/Check";
        Vertx vertx = Vertx.vertx();
        try (Program program = run(Path.of("../examples/grpc"))) {
            int port = port(program, "http");
            HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
            Set<String> backends = new HashSet<>();
            for (int i = 0; i < 2; i++) {
                HttpClientResponse answer = client.request(HttpMethod.POST, port, "localhost", path)
                        .compose(call -> call.putHeader("content-type", "application/grpc")
                                .putHeader("te", "trailers")
                                .send(Buffer.buffer(new byte[5])))
                        .compose(response -> response.end().map(end -> response))
                        .await();
                assertThat(answer.getHeader("content-type")).startsWith("application/grpc");
                assertThat(answer.getTrailer("grpc-status")).isEqualTo("0");
                backends.add(answer.getHeader("demo-backend"));
            }
            assertThat(backends).containsExactlyInAnyOrder("cart at 127.0.0.1:9301", "cart at 127.0.0.2:9301");
            try (RawClient web = RawClient.connect(port)) {
                web.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc-web+proto\r\n"
                        + "Content-Length: 5\r\n\r\n\0\0\0\0\0");
                RawClient.Response answer = web.readResponse();
                assertThat(answer.field("content-type")).isEqualTo("application/grpc-web+proto");
                assertThat(answer.rawBody()).contains("\0\0\0\0\2\10\1", "grpc-status: 0\r\n");
            }
        } finally {
            vertx.close().await();
        }
    }

    @Test
    void thePassthroughExampleLeavesTlsToItsBackend() {
        try (Program program = run(Path.of("../examples/passthrough"))) {
            WebClient web = web(program);
            for (String passed : List.of("vault.localhost", "cellar.localhost")) {
                assertThat(web.certificate(passed).getSubjectX500Principal().getName())
                        .isEqualTo("CN=demo backend vault");
                assertThat(web.getSecurely(passed, "/secret").rawBody())
                        .startsWith("Hello from vault at 127.0.0.")
                        .contains("GET /secret\n")
                        .doesNotContainIgnoringCase("x-forwarded"); // nobody has read it
                RawClient.Response clear = web.get(passed, "/secret");
                assertThat(clear.status()).isEqualTo(308);
                assertThat(clear.field("location")).isEqualTo("https://" + passed + "/secret");
            }
            assertThat(web.certificate("shop.localhost")
                            .getSubjectX500Principal()
                            .getName())
                    .startsWith("CN=Gatehouse");
            assertThat(web.getSecurely("shop.localhost", "/").rawBody()).startsWith("Hello from shop");
            assertThat(program.output()).contains("vault.localhost (TLS, passed through) -> vault/vault/443");
        }
    }

    @Test
    void theTlsExampleDoesWhatItSays() throws Exception {
        Path example = Path.of("../examples/tls");
        Vertx vertx = Vertx.vertx();
        try (Program program = run(example)) {
            int http = port(program, "http");
            int https = port(program, "https");
            WebClient web = web(program);
            RawClient.Response clear = web.get("shop.localhost:" + http, "/a");
            assertThat(clear.status()).isEqualTo(308);
            assertThat(clear.field("location")).isEqualTo("https://shop.localhost:" + https + "/a");
            RawClient.Response secured = web.getSecurely("shop.localhost", "/");
            assertThat(secured.status()).isEqualTo(200);
            assertThat(secured.field("strict-transport-security")).isEqualTo("max-age=31536000; includeSubDomains");
            assertThat(web.get("admin.localhost", "/").status()).isEqualTo(308);

            HttpClientOptions anybody =
                    new HttpClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false);
            String certificate = example.resolve("client.pem").toString();
            HttpClient alice = vertx.createHttpClient(new HttpClientOptions(anybody)
                    .setKeyCertOptions(
                            new PemKeyCertOptions().addCertPath(certificate).addKeyPath(certificate)));
            RequestOptions admin = new RequestOptions()
                    .setServer(SocketAddress.inetSocketAddress(https, "127.0.0.1"))
                    .setHost("admin.localhost")
                    .setPort(https);
            String answer = alice.request(admin)
                    .compose(request -> request.putHeader("ssl-client-subject-dn", "CN=somebody else")
                            .send())
                    .compose(response -> response.body().map(body -> response.statusCode() + " " + body))
                    .await(90, TimeUnit.SECONDS);
            assertThat(answer)
                    .startsWith("200 Hello from shop")
                    .containsIgnoringCase("ssl-client-subject-dn: CN=alice")
                    .containsIgnoringCase("ssl-client-verify: SUCCESS")
                    .doesNotContain("somebody else");
            var nobody = vertx.createHttpClient(anybody).request(admin).compose(request -> request.send());
            await().atMost(Duration.ofSeconds(90)).until(nobody::isComplete);
            assertThat(nobody.failed()).isTrue();
        } finally {
            vertx.close().await();
        }
    }
}
