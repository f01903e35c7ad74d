package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts whose TLS their backends end, beside hosts whose TLS ends here, with real TLS on both sides. */
final class PassthroughTest {
    private static final String PASSED = "vault.example.com";
    private static final TestCertificate BACKENDS = TestCertificate.of(PASSED, "*.example.org");
    private static final TestCertificate OURS = TestCertificate.of("a.example.com");

    private ProxyFixture proxy;
    private RecordingBackend web;

    @BeforeEach
    void start() {
        web = RecordingBackend.ok("hello");
        proxy = new ProxyFixture(List.of(
                        new ListenerBind("https", "127.0.0.1", 0, true),
                        new ListenerBind("http", "127.0.0.1", 0, false)))
                .certificate("ours", OURS)
                .routeTo(web.address())
                .host("a.example.com", host -> host.addCertificates("certificate/test/ours"));
    }

    @AfterEach
    void close() {
        proxy.close();
        web.close();
    }

    private int port() {
        return proxy.port("https");
    }

    private static X509Certificate shown(SSLSocket socket) throws IOException {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }

    @ParameterizedTest
    @CsvSource({"h2,HTTP_2", "http/1.1,HTTP_1_1"})
    void theClientSeesTheBackendsCertificateAndAgreesWithItOnTheProtocol(String alpn, HttpVersion spoken)
            throws IOException {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), BACKENDS, spoken)) {
            proxy.passThrough(PASSED, "vault", backend.address());
            try (SSLSocket socket = TlsClient.of(PASSED).alpn("h2", "http/1.1").connect(port())) {
                assertThat(shown(socket)).isEqualTo(BACKENDS.certificate());
                assertThat(socket.getApplicationProtocol()).isEqualTo(alpn);
            }
        }
    }

    @Test
    void theClientsCertificateReachesTheBackend() throws IOException {
        TestCertificate authority = TestCertificate.authority("clients");
        try (TlsBackend backend =
                new TlsBackend(proxy.vertx(), BACKENDS, TlsBackend.demanding(authority, HttpVersion.HTTP_1_1))) {
            proxy.passThrough(PASSED, "vault", backend.address());
            assertThat(TlsClient.of(PASSED)
                            .showing(authority.issue("alice"))
                            .get(port(), PASSED)
                            .rawBody())
                    .isEqualTo("HTTP_1_1 vault.example.com CN=alice ");
            assertThat(TlsClient.of(PASSED).refusal(port())).isPresent();
        }
    }

    @Test
    void hostsWhoseTlsEndsHereAreServedOnTheSamePort() throws IOException {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), BACKENDS, HttpVersion.HTTP_1_1)) {
            proxy.passThrough(PASSED, "vault", backend.address())
                    .passThrough("*.example.org", "anyone", backend.address());
            for (String passed : List.of(PASSED, "one.example.org", "two.example.org")) {
                assertThat(TlsClient.of(passed).get(port(), passed).rawBody())
                        .isEqualTo("HTTP_1_1 " + passed + " nobody ");
            }
            for (int i = 0; i < 2; i++) {
                try (SSLSocket socket = TlsClient.of("a.example.com").connect(port())) {
                    assertThat(shown(socket)).isEqualTo(OURS.certificate());
                }
            }
            assertThat(TlsClient.of("a.example.com")
                            .get(port(), "a.example.com")
                            .rawBody())
                    .isEqualTo("hello");
            // One label below the wildcard and no more.
            assertThat(TlsClient.of("a.b.example.org")
                            .get(port(), "a.b.example.org")
                            .rawBody())
                    .isEqualTo("hello");
        }
    }

    @Test
    void aHostCanChangeWhereItsTlsEndsWhileConnectionsAreOpen() throws IOException {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), BACKENDS, HttpVersion.HTTP_1_1)) {
            proxy.passThrough(PASSED, "vault", backend.address());
            try (RawClient passed = RawClient.over(TlsClient.of(PASSED).connect(port()))) {
                proxy.host(PASSED, host -> host.addCertificates("certificate/test/ours"));
                try (RawClient ended = RawClient.over(TlsClient.of(PASSED).connect(port()))) {
                    String get = "GET / HTTP/1.1\r\nHost: " + PASSED + "\r\n\r\n";
                    assertThat(ended.send(get).readResponse().rawBody()).isEqualTo("hello");
                    assertThat(passed.send(get).readResponse().rawBody()).startsWith("HTTP_1_1 " + PASSED);
                    proxy.passThrough(PASSED, "vault", backend.address());
                    // Its TLS ended here, so that no request of it may get to whom it is for now.
                    assertThat(ended.send(get).readResponse().status()).isEqualTo(421);
                    assertThat(passed.send(get).readResponse().rawBody()).startsWith("HTTP_1_1 " + PASSED);
                }
            }
        }
    }

    @Test
    void requestsInClearTextAreLedToHttps() {
        try (RecordingBackend backend = RecordingBackend.ok("never");
                RawClient client =
                        proxy.passThrough(PASSED, "vault", backend.address()).client()) {
            Response answer = client.send("GET /a?b HTTP/1.1\r\nHost: " + PASSED + "\r\n\r\n")
                    .readResponse();
            assertThat(answer.status()).isEqualTo(308);
            assertThat(answer.field("location")).isEqualTo("https://" + PASSED + "/a?b");
            assertThat(backend.connections()).isZero();
        }
    }

    @Test
    void whatAProxyBeforeHasDecryptedIsNotPassedOn() {
        try (RecordingBackend backend = RecordingBackend.ok("never");
                RawClient client = proxy.listener(l -> l.addTrustedProxies("127.0.0.0/8"))
                        .passThrough(PASSED, "vault", backend.address())
                        .client()) {
            Response answer = client.send("GET / HTTP/1.1\r\nHost: " + PASSED + "\r\nX-Forwarded-Proto: https\r\n\r\n")
                    .readResponse();
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.field("gatehouse-reason")).isEqualTo("tls-ended-elsewhere");
            assertThat(backend.connections()).isZero();
        }
    }

    @Test
    void noRequestGetsInOverTlsThatEndedHere() throws IOException {
        try (RecordingBackend backend = RecordingBackend.ok("never")) {
            proxy.passThrough(PASSED, "vault", backend.address());
            assertThat(TlsClient.of("a.example.com").get(port(), PASSED).status())
                    .isEqualTo(421);
            assertThat(TlsClient.of("").get(port(), PASSED).status()).isEqualTo(421);
            assertThat(backend.connections()).isZero();
        }
    }

    @Test
    void anyHostCanBePassedThroughAsWell() throws IOException {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), BACKENDS, HttpVersion.HTTP_1_1)) {
            proxy.passThrough("*", "backend", backend.address());
            assertThat(TlsClient.of("no.such.name").get(port(), "no.such.name").rawBody())
                    .isEqualTo("HTTP_1_1 no.such.name nobody ");
            assertThat(TlsClient.of("").get(port(), "nobody").status()).isEqualTo(200);
            assertThat(proxy.exchanges()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\nHost: vault.example.com\r\n\r\n", "SSH-2.0-x\r\n", "\u0015\3\3\0\2\2\0"})
    void whatIsNoTlsIsPassedToNobody(String bytes) {
        try (RecordingBackend backend = RecordingBackend.ok("never");
                RawClient client = RawClient.connect(
                        proxy.passThrough("*", "backend", backend.address()).port("https"))) {
            assertThat(client.send(bytes).readToEnd()).isEqualTo("\u0015\3\3\0\2\2\62"); // decode_error
            await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly("tls-handshake-failed"));
            assertThat(backend.connections()).isZero();
        }
    }
}
