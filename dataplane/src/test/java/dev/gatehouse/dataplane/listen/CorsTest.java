package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Cors;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Scripts of other origins, as their browsers ask for them (Fetch Standard, 3.3). */
final class CorsTest {
    private static final String ORIGIN = "access-control-allow-origin";

    private final RecordingBackend backend = RecordingBackend.answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
            + "Vary: accept\r\nAccess-Control-Allow-Origin: https://backend\r\nAccess-Control-Max-Age: 1\r\n\r\nx");
    private final ProxyFixture proxy = new ProxyFixture();

    private void cors(Cors.Builder cors) {
        proxy.listener(listener -> listener.setHttp2Cleartext(true))
                .route(rule -> rule.addFilters(Filter.newBuilder().setCors(cors)), backend.address());
    }

    private static Cors.Builder strict() {
        return Cors.newBuilder()
                .addAllowOrigins("https://*.example.com")
                .addAllowOrigins("https://shop.test:8443")
                .addAllowMethods("DELETE")
                .addAllowMethods("PUT")
                .addAllowHeaders("authorization")
                .addExposeHeaders("x-total")
                .setAllowCredentials(true)
                .setMaxAgeSeconds(600);
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    private static EitherClient.Answer preflight(EitherClient client, String origin) {
        return client.send("OPTIONS", "api", "/", "", "origin", origin, "access-control-request-method", "PUT");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void preflightsAreAnsweredHere(HttpVersion version) {
        cors(strict());
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = preflight(client, "https://shop.example.com");
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.headers())
                    .containsEntry(ORIGIN, "https://shop.example.com")
                    .containsEntry("access-control-allow-methods", "DELETE, PUT")
                    .containsEntry("access-control-allow-headers", "authorization")
                    .containsEntry("access-control-allow-credentials", "true")
                    .containsEntry("access-control-max-age", "600")
                    .containsEntry("vary", "origin")
                    .containsEntry("gatehouse-reason", "cors-preflight");
            EitherClient.Answer refused = preflight(client, "https://evil.test");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.reason()).isEqualTo("cors-origin-refused");
            assertThat(refused.headers()).doesNotContainKey(ORIGIN).containsEntry("vary", "origin");
            assertThat(backend.requests()).isEmpty();
            assertThat(client.send("OPTIONS", "api", "/", "").status()).isEqualTo(200);
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void answersSayWhoMayReadThemInPlaceOfTheBackend(HttpVersion version) {
        cors(strict());
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.get("api", "/", "origin", "https://a.b.example.com");
            assertThat(answer.headers())
                    .containsEntry(ORIGIN, "https://a.b.example.com")
                    .containsEntry("access-control-expose-headers", "x-total")
                    .containsEntry("vary", "accept, origin")
                    .doesNotContainKey("access-control-max-age");
            assertThat(client.get("api", "/").headers())
                    .doesNotContainKey(ORIGIN)
                    .containsEntry("vary", "accept, origin");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void answersOfGatehousesOwnMayBeReadToo(HttpVersion version) {
        cors(strict());
        proxy.route(rule -> rule.addFilters(Filter.newBuilder().setCors(strict()))); // nobody there
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.get("api", "/", "origin", "https://shop.test:8443");
            assertThat(answer.reason()).isEqualTo("no-endpoint");
            assertThat(answer.header(ORIGIN)).isEqualTo("https://shop.test:8443");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void anyOriginIsToldSoAndCachesNeedNotTellThemApart(HttpVersion version) {
        cors(Cors.newBuilder().addAllowOrigins("*").addAllowMethods("*"));
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(preflight(client, "null").headers())
                    .containsEntry(ORIGIN, "*")
                    .containsEntry("access-control-allow-methods", "*")
                    .doesNotContainKey("vary");
            assertThat(client.get("api", "/", "origin", "https://a").headers())
                    .containsEntry(ORIGIN, "*")
                    .containsEntry("vary", "accept");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example.com, true",
        "https://a.b-c.example.com, true",
        "https://shop.test:8443, true",
        "https://example.com, false",
        "https://.example.com, false",
        "https://evilexample.com, false",
        "http://a.example.com, false",
        "https://a.example.com:444, false",
        "https://evil.test/.example.com, false",
        "https://evil.test?.example.com, false",
        "https://evil.test:1@a.example.com, false",
        "https://shop.test, false",
        "https://shop.test:84433, false",
        "null, false",
    })
    void anOriginIsWholeOrASubdomain(String origin, boolean allowed) {
        cors(strict());
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            assertThat(preflight(client, origin).status()).isEqualTo(allowed ? 204 : 403);
        }
    }
}
