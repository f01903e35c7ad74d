package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends that wait for a PROXY header on every connection. */
final class ProxyProtocolToBackendTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    private static final Duration BOUND = Duration.ofSeconds(20);

    /** What the backend must get before the first request of a client's connection. */
    private static String header(ProxyVersion version, RawClient client, int port) {
        return text(ProxyProtocolWriter.header(
                version,
                new ProxiedAddresses(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(),
                                client.socket().getLocalPort()),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port))));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static Upstream.ProxyProtocol wire(ProxyVersion version) {
        return Upstream.ProxyProtocol.valueOf(version.name());
    }

    /** Reads a header of version 1, or one of version 2 for IPv4. */
    private static String header(ProxyVersion version, RecordingBackend.Conversation conversation) throws IOException {
        return version == ProxyVersion.V1 ? conversation.line() : conversation.exactly(28);
    }

    private static RecordingBackend expecting(ProxyVersion version, List<String> headers) {
        return RecordingBackend.scripted(conversation -> {
            headers.add(header(version, conversation));
            while (!conversation.request().isEmpty()) {
                conversation.send(OK);
            }
        });
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void everyExchangeHasAConnectionThatBeginsWithItsClient(ProxyVersion version) {
        List<String> headers = new CopyOnWriteArrayList<>();
        try (RecordingBackend backend = expecting(version, headers);
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .upstream(upstream -> upstream.setProxyProtocol(wire(version)));
                RawClient one = proxy.client();
                RawClient two = proxy.client()) {
            for (RawClient client : List.of(one, two, one)) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(headers)
                    .containsExactly(
                            header(version, one, proxy.port()),
                            header(version, two, proxy.port()),
                            header(version, one, proxy.port()));
            assertThat(backend.requests())
                    .hasSize(3)
                    .allSatisfy(request -> assertThat(request).startsWith("GET / HTTP/1.1\r\n"));
            assertThat(backend.failures()).isEmpty();
        }
    }

    @Test
    void theClientThatCameWithAHeaderGoesOutWithIt() {
        List<String> headers = new CopyOnWriteArrayList<>();
        try (RecordingBackend backend = expecting(ProxyVersion.V1, headers);
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(l -> l.setProxyProtocol(true).addTrustedProxies("127.0.0.0/8"))
                        .upstream(upstream -> upstream.setProxyProtocol(Upstream.ProxyProtocol.V1));
                RawClient client = proxy.client()) {
            String line = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 443\r\n";
            assertThat(client.send(line + GET).readResponse().status()).isEqualTo(200);
            assertThat(headers).containsExactly(line);
        }
    }

    @Test
    void aConnectionEndsWithItsExchange() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.line();
                    conversation.request();
                    conversation.send(OK);
                    conversation.awaitClose(BOUND);
                    closed.countDown();
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .upstream(upstream -> upstream.setProxyProtocol(Upstream.ProxyProtocol.V1));
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            assertThat(closed.await(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(backend.failures()).isEmpty();
        }
    }

    @Test
    void connectionsAreBoundedAndTheNextExchangeWaitsForItsOwn() throws Exception {
        List<String> headers = new CopyOnWriteArrayList<>();
        CountDownLatch answer = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    headers.add(conversation.line());
                    conversation.request();
                    answer.await(BOUND.toSeconds(), TimeUnit.SECONDS);
                    conversation.send(OK);
                    conversation.awaitClose(BOUND);
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(l -> l.setMaxUpstreamConnections(1).setPoolWaitTimeoutMs(20_000))
                        .upstream(upstream -> upstream.setProxyProtocol(Upstream.ProxyProtocol.V1));
                RawClient one = proxy.client();
                RawClient two = proxy.client()) {
            one.send(GET);
            await().untilAsserted(() -> assertThat(backend.requests()).hasSize(1));
            two.send(GET);
            assertThat(two.isSilentFor(Duration.ofMillis(200))).isTrue();
            assertThat(backend.connections()).isEqualTo(1);
            answer.countDown();
            assertThat(one.readResponse().status()).isEqualTo(200);
            assertThat(two.readResponse().status()).isEqualTo(200);
            assertThat(headers)
                    .containsExactly(
                            header(ProxyVersion.V1, one, proxy.port()), header(ProxyVersion.V1, two, proxy.port()));
        }
    }

    @Test
    void noPlainConnectionIsReusedOnceABackendAsksForTheHeader() {
        List<String> first = new CopyOnWriteArrayList<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    if (conversation.number() > 1) {
                        first.add(conversation.line());
                    }
                    while (!conversation.request().isEmpty()) {
                        conversation.send(OK);
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            proxy.upstream(upstream -> upstream.setProxyProtocol(Upstream.ProxyProtocol.V1));
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            assertThat(first).containsExactly(header(ProxyVersion.V1, client, proxy.port()));
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @Test
    void aBackendThatRefusesTheConnectionIsAnsweredForWithoutIt() {
        try (ProxyFixture proxy = new ProxyFixture()) {
            RecordingBackend gone = RecordingBackend.ok("x");
            gone.close();
            proxy.routeTo(gone.address()).upstream(upstream -> upstream.setProxyProtocol(Upstream.ProxyProtocol.V2));
            try (RawClient client = proxy.client()) {
                for (int i = 0; i < 3; i++) {
                    RawClient.Response response = client.send(GET).readResponse();
                    assertThat(response.status()).isEqualTo(502);
                    assertThat(response.field("gatehouse-reason")).isEqualTo("connect-failed");
                }
            }
        }
    }

    /** The header stands before HTTP/2's own preface, and the connection carries one stream. */
    @Test
    void anHttp2BackendGetsItTooAndOneExchangePerConnection() throws Exception {
        List<String> headers = new CopyOnWriteArrayList<>();
        try (ProxyFixture proxy = new ProxyFixture()) {
            HttpServer http2 = proxy.vertx()
                    .createHttpServer()
                    .requestHandler(
                            request -> request.response().end(request.version().name()))
                    .listen(0, "127.0.0.1")
                    .await(20, TimeUnit.SECONDS);
            try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                        headers.add(conversation.line());
                        conversation.relayTo(http2.actualPort());
                    });
                    RawClient client = proxy.client()) {
                proxy.routeTo(backend.address())
                        .upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C)
                                .setProxyProtocol(Upstream.ProxyProtocol.V1));
                for (int i = 0; i < 2; i++) {
                    RawClient.Response response = client.send(GET).readResponse();
                    assertThat(response.status()).isEqualTo(200);
                    assertThat(response.rawBody()).contains("HTTP_2");
                }
                String header = header(ProxyVersion.V1, client, proxy.port());
                assertThat(headers).containsExactly(header, header);
            }
        }
    }
}
