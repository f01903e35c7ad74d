package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Upgrades (RFC 9110, 7.8) other than to WebSocket are not passed on: behind a proxy that does not speak the new protocol, a
 * backend that changes to it is a tunnel past every rule. The request is served by HTTP/1.1, as the RFC allows.
 */
final class UpgradeTest {
    private static final String GET = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
                "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket/13\r\n",
                "Connection: Upgrade\r\nUpgrade: connect-ip\r\n",
                "Connection: Upgrade\r\nUpgrade:\r\n",
                "Connection: Upgrade\r\n",
                "Upgrade: h2c\r\n",
                "Upgrade: websocket\r\n",
                "Connection: keep-alive\r\nUpgrade: websocket\r\n",
                "Connection: upgrade, close, keep-alive\r\nUpgrade: foo/2\r\n"
            })
    void anotherUpgradeIsNotPassedOnAndTheRequestIsServed(String fields) {
        try (RecordingBackend backend = RecordingBackend.ok("served");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "X-End: 1\r\n\r\n")
                    .readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.rawBody()).isEqualTo("served");
            assertThat(backend.requests().getFirst().toLowerCase(Locale.ROOT))
                    .contains("\r\nx-end: 1\r\n")
                    .doesNotContain("upgrade")
                    .doesNotContain("connection:")
                    .doesNotContain("http2-settings");
            if (!fields.contains("close")) {
                assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("served");
            }
        }
    }

    /** RFC 9110, 7.8: of HTTP/1.0 an Upgrade is ignored; RFC 6455, 4.1: a WebSocket is asked for by GET. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nab",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nab",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            })
    void aWebSocketThatCannotBeOneIsAnOrdinaryRequest(String request) {
        try (RecordingBackend backend = RecordingBackend.ok("served");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(request).readResponse().rawBody()).isEqualTo("served");
            assertThat(backend.requests().getFirst().toLowerCase(Locale.ROOT)).doesNotContain("upgrade");
        }
    }

    /** Nobody asked the backend; what it sends behind its 101 must not reach this client or the next. */
    @ParameterizedTest
    @ValueSource(strings = {"h2c", "TLS/1.0", "websocket"})
    void aBackendThatSwitchesUnaskedIs502AndItsConnectionIsNotUsedAgain(String protocol) {
        try (RecordingBackend backend =
                        RecordingBackend.answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + protocol
                                + "\r\nConnection: Upgrade\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            for (int asked = 1; asked <= 2; asked++) {
                Response response = client.send(
                                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
                        .readResponse();
                assertThat(response.status()).isEqualTo(502);
                assertThat(response.field("gatehouse-reason")).isEqualTo("backend-bad-response");
                assertThat(response.head()).doesNotContainIgnoringCase("upgrade");
                assertThat(backend.connections()).isEqualTo(asked);
            }
        }
    }

    @Test
    void aBackendThatSwitchesToSomethingElseThanTheWebSocketIs502() {
        try (RecordingBackend backend = RecordingBackend.answering(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nevil");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .readResponse();
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.field("gatehouse-reason")).isEqualTo("backend-bad-response");
        }
    }
}
