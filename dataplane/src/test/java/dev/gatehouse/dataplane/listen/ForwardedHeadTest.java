package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import org.junit.jupiter.api.Test;

/** The head of a request on its way to the backend: its target, and the fields that do not pass as they are. */
final class ForwardedHeadTest {
    @Test
    void hopByHopFieldsStayOnTheirHop() {
        try (RecordingBackend backend =
                        RecordingBackend.answering("HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\n"
                                + "X-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-End: 2\r\n"
                                + "Content-Length: 1\r\n\r\nx");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(
                    "GET / HTTP/1.1\r\nHost: a\r\nX-First: 1\r\nConnection: x-hop ,Host,\tX-Forwarded-For, upgrade\r\n"
                            + "X-Hop: 1\r\nx-hop: 2\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\n"
                            + "Proxy-Authorization: Basic eA==\r\nProxy-Connection: keep-alive\r\nHTTP2-Settings: AA\r\n"
                            + "X-Last: 2\r\n\r\n");

            assertThat(client.readResponse().head())
                    .startsWith("HTTP/1.1 200 OK\r\nX-End: 2\r\nContent-Length: 1\r\nDate: ");
            assertThat(backend.requests())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "GET / HTTP/1.1\r\nHost: a\r\nX-First: 1\r\nX-Last: 2\r\nTE: trailers\r\nConnection: TE\r\n"
                                    + "X-Request-Id: ")
                    .contains("X-Forwarded-For: 127.0.0.1\r\n");
        }
    }

    @Test
    void whatAnUntrustedClientSaysOfItselfIsReplaced() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nx-real-ip: 1.1.1.1\r\n"
                    + "Forwarded: for=1.1.1.1\r\nX_Forwarded_For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n"
                    + "X-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nX-Request-Id: mine\r\n\r\n");
            client.readResponse();

            assertThat(backend.requests())
                    .singleElement()
                    .asString()
                    .doesNotContain("1.1.1.1")
                    .doesNotContain("evil")
                    .doesNotContain("https")
                    .contains("X-Request-Id: mine\r\n")
                    .contains("X-Forwarded-For: 127.0.0.1\r\n")
                    .contains("Forwarded: for=127.0.0.1;proto=http;host=\"a\"\r\n");
        }
    }

    @Test
    void whatATrustedProxySaysIsKeptAndAppendedTo() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.addTrustedProxies("127.0.0.0/8"));
                RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n"
                    + "Forwarded: for=1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 1.1.1.1\r\n\r\n");
            client.readResponse();

            assertThat(backend.requests())
                    .singleElement()
                    .asString()
                    .contains("X-Forwarded-For: 1.1.1.1, 2.2.2.2, 127.0.0.1\r\n")
                    .contains("Forwarded: for=1.1.1.1, for=127.0.0.1;proto=http;host=\"a\"\r\n")
                    .contains("X-Forwarded-Proto: https\r\n")
                    .contains("X-Real-IP: 1.1.1.1\r\n")
                    .contains("X-Forwarded-Host: a\r\n");
        }
    }

    @Test
    void absoluteFormIsForwardedInOriginFormWithItsOwnAuthority() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("GET http://Real.example:81/p?q HTTP/1.1\r\nHost: other\r\nX: 1\r\n\r\n");
            client.readResponse();
            client.send("GET HTTPS://real.example?q HTTP/1.1\r\nHost: other\r\n\r\n");
            client.readResponse();

            assertThat(backend.requests().get(0)).startsWith("GET /p?q HTTP/1.1\r\nX: 1\r\nHost: real.example:81\r\n");
            assertThat(backend.requests().get(1)).startsWith("GET /?q HTTP/1.1\r\nHost: real.example\r\n");
            assertThat(backend.requests()).allSatisfy(r -> assertThat(r).doesNotContain("other"));
        }
    }

    @Test
    void percentEncodingsOfPlainCharactersAreDecodedBeforeMatchingAndForwarding() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .route(
                                rule -> rule.setMatch(
                                        rule.getMatch().toBuilder().setPrefix("/admin")),
                                backend.address());
                RawClient client = proxy.client()) {
            client.send("GET /%61dmin/%2f%20%7E//x?%61 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            client.send("GET /%2561dmin HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(404);

            assertThat(backend.requests())
                    .singleElement()
                    .asString()
                    .startsWith("GET /admin/%2f%20~//x?%61 HTTP/1.1\r\n");
        }
    }
}
