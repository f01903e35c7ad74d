package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.HostRewrite;
import dev.gatehouse.snapshot.proto.PathRewrite;
import dev.gatehouse.snapshot.proto.RegexRewrite;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a rule makes of path and host, as the backend sees it. */
final class RewriteTest {
    private final RecordingBackend backend = RecordingBackend.ok("x");
    private final ProxyFixture proxy = new ProxyFixture();

    private void filters(Filter.Builder... filters) {
        proxy.listener(listener -> listener.setHttp2Cleartext(true))
                .route(
                        rule -> {
                            for (Filter.Builder filter : filters) {
                                rule.addFilters(filter);
                            }
                            return rule;
                        },
                        backend.address());
    }

    private static Filter.Builder regex(String pattern, String substitution) {
        return Filter.newBuilder()
                .setRewriteRegex(RegexRewrite.newBuilder().setPattern(pattern).setSubstitution(substitution));
    }

    private String lastRequestLine() {
        String last = backend.requests().getLast();
        return last.substring(0, last.indexOf("\r\n"));
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void theWholePathIsReplacedAndTheQueryStays(HttpVersion version) {
        filters(Filter.newBuilder().setRewritePath(PathRewrite.newBuilder().setPath("/index.html")));
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.get("a", "/any/where?q=1").status()).isEqualTo(200);
            assertThat(lastRequestLine()).isEqualTo("GET /index.html?q=1 HTTP/1.1");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void groupsOfAnExpressionStandWhereTheSubstitutionNamesThem(HttpVersion version) {
        filters(regex("^/users/([0-9]+)/(.*)$", "/\\2/of/\\1"));
        try (EitherClient client = new EitherClient(proxy, version)) {
            client.get("a", "/users/42/pictures?size=1");
            assertThat(lastRequestLine()).isEqualTo("GET /pictures/of/42?size=1 HTTP/1.1");
            client.get("a", "/users/x/pictures");
            assertThat(lastRequestLine()).isEqualTo("GET /users/x/pictures HTTP/1.1");
        }
    }

    /** A backend must not be led where no rule would have led it: parts that are harmless alone need not be so together. */
    @ParameterizedTest
    @CsvSource({
        "^/files/(.*)$, /\\1, /files/..a, 200",
        "^/x(.*)$, /\\1, /x.., 400",
        "^/x(.*)$, /\\1, /x..;a/b, 400",
        "^/x(.*)$, /\\1/y, /x.., 400",
        "^/(.*)_(.*)$, /\\1\\2, /%5c_.., 400",
        "^/(.)(.*)$, \\2, /ab, 400",
        "^/(.*)-(.*)$, /%\\1\\2, /2-e, 400",
        "^/a$, /b?c=1, /a, 400",
    })
    void whatComesOutMustBeANormalPath(String pattern, String substitution, String path, int status) {
        filters(regex(pattern, substitution));
        try (RawClient client = proxy.client()) {
            RawClient.Response response =
                    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.field("gatehouse-reason")).isEqualTo(status == 400 ? "bad-rewrite" : "");
        }
        assertThat(backend.requests()).hasSize(status == 400 ? 0 : 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void theBackendSeesAnotherHostAndIsToldTheClients(HttpVersion version) {
        filters(Filter.newBuilder().setRewriteHost(HostRewrite.newBuilder().setHost("inner.example.com:81")));
        try (EitherClient client = new EitherClient(proxy, version)) {
            client.get("shop.example.com", "/");
            assertThat(backend.requests().getLast())
                    .containsOnlyOnce("\r\nhost: inner.example.com:81\r\n")
                    .contains("\r\nX-Forwarded-Host: shop.example.com\r\n")
                    .doesNotContain("Host: shop.example.com\r\nX-R");
        }
    }

    /** The authority of an absolute target would become a second Host. */
    @Test
    void anAbsoluteTargetLeavesOneHost() {
        filters(Filter.newBuilder().setRewriteHost(HostRewrite.newBuilder().setHost("inner")));
        try (RawClient client = proxy.client()) {
            client.send("GET http://shop.example.com/a HTTP/1.1\r\nHost: other\r\n\r\n")
                    .readResponse();
        }
        assertThat(backend.requests().getLast())
                .startsWith("GET /a HTTP/1.1\r\n")
                .containsOnlyOnce("\r\nhost: inner\r\n")
                .doesNotContain("\r\nHost: ");
    }
}
