package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that begin with a PROXY header, or should. */
final class ProxyProtocolTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String LINE = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 443\r\n";

    private static ProxyFixture proxy(RecordingBackend backend) {
        return new ProxyFixture()
                .routeTo(backend.address())
                .listener(l -> l.setProxyProtocol(true).addTrustedProxies("127.0.0.0/8"));
    }

    private static byte[] header(ProxyVersion version, String client) {
        return ProxyProtocolWriter.header(
                version,
                new ProxiedAddresses(
                        new InetSocketAddress(InetAddress.ofLiteral(client), 40_000),
                        new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 443)));
    }

    private static byte[] join(byte[] first, String rest) {
        byte[] second = rest.getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static void assertRefused(ProxyFixture proxy, RawClient client, String reason) {
        assertThat(client.readToEnd()).isEmpty();
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly(reason));
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void theClientThatTheHeaderNamesIsTheClientOfEveryRequest(ProxyVersion version) {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient client = proxy.client()) {
            client.send(join(header(version, "203.0.113.7"), GET));
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);

            assertThat(backend.requests())
                    .hasSize(2)
                    .allSatisfy(request -> assertThat(request)
                            .contains("X-Forwarded-For: 203.0.113.7\r\n")
                            .contains("X-Real-IP: 203.0.113.7\r\n")
                            .contains("Forwarded: for=203.0.113.7;")
                            .doesNotContain("127.0.0.1"));
            assertThat(proxy.refusals()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void anIpv6ClientIsNamedToo(ProxyVersion version) {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient client = proxy.client()) {
            client.send(join(header(version, "2001:db8::7"), GET));
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(backend.requests()).singleElement().asString().contains("X-Real-IP: 2001:db8:0:0:0:0:0:7\r\n");
        }
    }

    @Test
    void aClientBehindATrustedProxyIsNotItselfTrusted() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient client = proxy.client()) {
            client.send(LINE + "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(backend.requests())
                    .singleElement()
                    .asString()
                    .contains("X-Forwarded-For: 203.0.113.7\r\n")
                    .doesNotContain("1.1.1.1");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY UNKNOWN\r\n",
                "\r\n\r\n\u0000\r\nQUIT\n \u0000\u0000\u0000",
                "\r\n\r\n\u0000\r\nQUIT\n \u0011\u0000\u0003abc"
            })
    void aProxyThatSpeaksForItselfKeepsItsAddress(String header) {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient client = proxy.client()) {
            assertThat(client.send(header + GET).readResponse().status()).isEqualTo(200);
            assertThat(backend.requests()).singleElement().asString().contains("X-Forwarded-For: 127.0.0.1\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void theBytesMayComeInAnyPieces(ProxyVersion version) {
        byte[] all = join(header(version, "203.0.113.7"), GET + GET);
        Random random = new Random(7);
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend)) {
            for (int round = 0; round < 30; round++) {
                try (RawClient client = proxy.client()) {
                    int most = round == 0 ? 1 : 1 + random.nextInt(40);
                    for (int at = 0; at < all.length; ) {
                        int next = Math.min(all.length, at + 1 + random.nextInt(most));
                        client.send(Arrays.copyOfRange(all, at, next));
                        at = next;
                    }
                    assertThat(client.readResponse().status()).isEqualTo(200);
                    assertThat(client.readResponse().status()).isEqualTo(200);
                }
            }
            assertThat(backend.requests())
                    .hasSize(60)
                    .allSatisfy(request -> assertThat(request).contains("X-Real-IP: 203.0.113.7\r\n"));
        }
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void tlsBeginsBehindTheHeader(ProxyVersion version) throws Exception {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture(List.of(new ListenerBind("https", "127.0.0.1", 0, true)))
                        .routeTo(backend.address())
                        .listener("https", l -> l.setProxyProtocol(true).addTrustedProxies("127.0.0.1"));
                Socket plain = new Socket(InetAddress.getLoopbackAddress(), proxy.port("https"))) {
            plain.getOutputStream().write(header(version, "203.0.113.7"));
            SSLSocket tls =
                    (SSLSocket) trustingAnyone().getSocketFactory().createSocket(plain, "a", plain.getPort(), true);
            try (RawClient client = RawClient.over(tls)) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(backend.requests())
                    .singleElement()
                    .asString()
                    .contains("X-Forwarded-For: 203.0.113.7\r\n")
                    .contains("X-Forwarded-Proto: https\r\n");
        }
    }

    private static SSLContext trustingAnyone() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {
                    new X509TrustManager() {
                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public X509Certificate[] getAcceptedIssuers() {
                            return new X509Certificate[0];
                        }
                    }
                },
                null);
        return context;
    }

    @Test
    void anUntrustedPeerIsClosedWhateverItSends() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(l -> l.setProxyProtocol(true).addTrustedProxies("10.0.0.0/8"));
                RawClient client = proxy.client()) {
            assertRefused(proxy, client, "proxy-protocol-untrusted");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aListenerWithoutTrustedProxiesServesNobody() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy =
                        new ProxyFixture().routeTo(backend.address()).listener(l -> l.setProxyProtocol(true));
                RawClient client = proxy.client()) {
            assertRefused(proxy, client, "proxy-protocol-untrusted");
        }
    }

    @Test
    void aConnectionWithoutHeaderIsClosed() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient client = proxy.client()) {
            assertRefused(proxy, client.send(GET), "proxy-protocol-missing");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aMalformedHeaderClosesTheConnection() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient client = proxy.client()) {
            assertRefused(proxy, client.send("PROXY TCP4 here there 1 2\r\n" + GET), "proxy-protocol-invalid");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aHeaderThatDoesNotArriveInTimeClosesTheConnection() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend)
                        .listener(l -> l.setProxyProtocol(true)
                                .addTrustedProxies("127.0.0.0/8")
                                .setHeaderTimeoutMs(2_000));
                RawClient client = proxy.client()) {
            assertRefused(proxy, client.send("PROXY TCP4 203."), "proxy-protocol-timeout");
        }
    }

    @Test
    void aHealthCheckThatOnlyConnectsIsNotCounted() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend)) {
            proxy.client().close();
            try (RawClient cut = proxy.client()) {
                cut.send("PROXY TCP4 203.");
            }
            await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly("proxy-protocol-invalid"));
        }
    }

    @Test
    void aHeaderIsAnyOtherBytesWhereTheListenerDoesNotAskForIt() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(l -> l.addTrustedProxies("127.0.0.0/8"));
                RawClient client = proxy.client()) {
            assertThat(client.send(LINE + GET).readResponse().status()).isEqualTo(400);
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aConnectionThatWaitsForItsHeaderDoesNotHoldUpDraining() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = proxy(backend);
                RawClient served = proxy.client();
                RawClient client = proxy.client()) {
            assertThat(served.send(LINE + GET).readResponse().status()).isEqualTo(200);
            client.send("PROXY ");
            proxy.listeners().drain(Duration.ofSeconds(30)).join();
            assertThat(client.readToEnd()).isEmpty();
        }
    }
}
