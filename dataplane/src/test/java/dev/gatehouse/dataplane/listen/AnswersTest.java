package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.FixedResponse;
import dev.gatehouse.snapshot.proto.HeaderValue;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Redirect;
import dev.gatehouse.testkit.RawClient;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules that answer by themselves: redirects and fixed responses. */
final class AnswersTest {
    private final ProxyFixture proxy = new ProxyFixture();

    @BeforeEach
    void http2() {
        proxy.listener(listener -> listener.setHttp2Cleartext(true).addTrustedProxies("127.0.0.0/8"));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private void filter(Filter.Builder filter) {
        proxy.route(rule -> rule.clearBackends()
                .setMatch(Match.newBuilder().setPrefix("/old"))
                .addFilters(filter));
    }

    private String location(Redirect.Builder redirect, String host, String target, String scheme) {
        filter(Filter.newBuilder().setRedirect(redirect.setStatus(301)));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            EitherClient.Answer answer = client.get(host, target, "x-forwarded-proto", scheme);
            assertThat(answer.status()).isEqualTo(301);
            return answer.header("location");
        }
    }

    /** Gateway API, HTTPRequestRedirectFilter. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "a.com, /old/x?q=1, http, https, '', 0, -, -, https://a.com/old/x?q=1",
                "a.com:8080, /old/x, http, https, '', 0, -, -, https://a.com/old/x",
                "a.com:8080, /old/x, http, https, '', 8443, -, -, https://a.com:8443/old/x",
                "a.com:8080, /old/x, http, '', b.com, 0, -, -, http://b.com:8080/old/x",
                "a.com:8080, /old/x, http, http, b.com, 0, -, -, http://b.com/old/x",
                "a.com, /old/x, https, '', b.com, 443, -, -, https://b.com/old/x",
                "a.com, /old/x, https, '', b.com, 80, -, -, https://b.com:80/old/x",
                "a.com:80, /old/x, http, '', '', 0, /new, -, http://a.com/new",
                "a.com, /old/x/y?q=/old, http, '', '', 0, -, /new, http://a.com/new/x/y?q=/old",
                "a.com, /old, http, '', '', 0, -, /, http://a.com/",
                "'[::1]:8080', /old, http, '', '', 0, /new, -, 'http://[::1]:8080/new'",
            })
    void aRedirectKeepsWhatItDoesNotChange(
            String host,
            String target,
            String clientScheme,
            String scheme,
            String toHost,
            int port,
            String path,
            String prefix,
            String expected) {
        Redirect.Builder redirect =
                Redirect.newBuilder().setScheme(scheme).setHost(toHost).setPort(port);
        if (path != null) {
            redirect.setFullPath(path);
        }
        if (prefix != null) {
            redirect.setPrefix(prefix);
        }
        assertThat(location(redirect, host, target, clientScheme)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void everyProtocolIsLedAlike(HttpVersion version) {
        filter(Filter.newBuilder()
                .setRedirect(
                        Redirect.newBuilder().setStatus(308).setHost("b.com").setPrefix("/new")));
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.send("POST", "a.com", "/old/x", "body");
            assertThat(answer.status()).isEqualTo(308);
            assertThat(answer.header("location")).isEqualTo("http://b.com/new/x");
            assertThat(answer.reason()).isEqualTo("redirect");
            assertThat(answer.body()).contains("308 Permanent Redirect");
        }
        assertThat(proxy.exchanges()).last().satisfies(done -> {
            assertThat(done.status()).isEqualTo(308);
            assertThat(done.reason()).isEqualTo("redirect");
        });
    }

    private static Filter.Builder page(int status) {
        return Filter.newBuilder()
                .setRespond(FixedResponse.newBuilder()
                        .setStatus(status)
                        .setContentType("text/html; charset=utf-8")
                        .setBody(ByteString.copyFromUtf8("<h1>Back at nine: \u00fcber</h1>"))
                        .addHeaders(
                                HeaderValue.newBuilder().setName("retry-after").setValue("3600")));
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aFixedResponseIsWhatItSays(HttpVersion version) {
        filter(page(503));
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.get("a", "/old");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("content-type")).isEqualTo("text/html; charset=utf-8");
            assertThat(answer.header("retry-after")).isEqualTo("3600");
            assertThat(answer.reason()).isEqualTo("respond");
            assertThat(answer.body()).isEqualTo("<h1>Back at nine: \u00fcber</h1>");
            EitherClient.Answer head = client.send("HEAD", "a", "/old", "");
            assertThat(head.header("content-length")).isEqualTo("28");
            assertThat(head.body()).isEmpty();
            filter(page(204));
            EitherClient.Answer empty = client.get("a", "/old");
            assertThat(empty.status()).isEqualTo(204);
            assertThat(empty.body()).isEmpty();
            assertThat(empty.headers()).doesNotContainKeys("content-length", "content-type");
            assertThat(client.get("a", "/other").reason()).isEqualTo("no-route");
        }
    }

    @Test
    void theConnectionGoesOnBehindAnAnswerAndItsBody() {
        filter(page(503));
        try (RawClient client = proxy.client()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST /old HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
                assertThat(client.readResponse().status()).isEqualTo(503);
            }
            client.send("GET /old HTTP/1.1\r\nHost: a\r\n\r\nGET /old HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(503);
            assertThat(client.readResponse().status()).isEqualTo(503);
        }
        assertThat(proxy.connections()).isLessThanOrEqualTo(1);
    }

    @Test
    void aGrpcCallGetsAStatusOfGrpc() {
        filter(page(503));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_2)) {
            EitherClient.Answer answer =
                    client.send("POST", "a", "/old", "", "content-type", "application/grpc", "te", "trailers");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("grpc-status")).isEqualTo("14");
            assertThat(answer.header("grpc-message")).isEqualTo("503 Service Unavailable: respond");
        }
    }
}
