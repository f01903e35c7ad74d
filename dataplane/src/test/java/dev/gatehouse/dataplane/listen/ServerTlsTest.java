package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How TLS with clients is done as their host asks for it, and what becomes of requests for other hosts. */
@ParameterizedClass
@EnumSource(
        value = SslProvider.class,
        names = {"OPENSSL", "JDK"})
final class ServerTlsTest {
    private static final TestCertificate SHARED = TestCertificate.of("a.example.com", "b.example.com", "c.example.com");
    private static final TestCertificate OTHER = TestCertificate.of("other.example.com");

    @Parameter
    SslProvider provider = SslProvider.JDK;

    private ProxyFixture proxy;
    private RecordingBackend backend;

    @BeforeEach
    void start() {
        backend = RecordingBackend.ok("hello");
        proxy = new ProxyFixture(
                List.of(
                        new ListenerBind("https", "127.0.0.1", 0, true),
                        new ListenerBind("http", "127.0.0.1", 0, false)),
                recording -> recording,
                provider);
        proxy.certificate("shared", SHARED).certificate("other", OTHER).routeTo(backend.address());
        host("a.example.com", "shared", ServerTls.getDefaultInstance());
        host("b.example.com", "shared", ServerTls.getDefaultInstance());
        host("other.example.com", "other", ServerTls.getDefaultInstance());
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    private void host(String name, String certificate, ServerTls tls) {
        proxy.host(
                name,
                host -> host.addCertificates("certificate/test/" + certificate).setTls(tls));
    }

    private int port() {
        return proxy.port("https");
    }

    private static ServerTls modern() {
        return ServerTls.newBuilder()
                .setMinVersion(ServerTls.MinVersion.TLS_1_3)
                .build();
    }

    private String session(TlsClient client) throws IOException {
        try (SSLSocket socket = client.connect(port())) {
            return socket.getSession().getProtocol() + " " + socket.getSession().getCipherSuite() + " "
                    + socket.getApplicationProtocol();
        }
    }

    @Test
    void aHostAsksForTls13Alone() throws IOException {
        host("c.example.com", "shared", modern());
        TlsClient old = TlsClient.of("c.example.com").versions("TLSv1.2");
        assertThat(old.refusal(port()))
                .hasValueSatisfying(why -> assertThat(why).contains("protocol_version"));
        assertThat(session(old.versions("TLSv1.3"))).startsWith("TLSv1.3");
        assertThat(session(TlsClient.of("a.example.com").versions("TLSv1.2"))).startsWith("TLSv1.2");
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsOnly("tls-handshake-failed"));
    }

    /** Handshakes over and over on one connection would be signatures for nothing; TLS 1.3 has none. */
    @Test
    void nobodyCanRenegotiate() throws IOException {
        String answer = "";
        try (SSLSocket socket =
                TlsClient.of("a.example.com").versions("TLSv1.2").connect(port())) {
            socket.startHandshake();
            answer = RawClient.over(socket)
                    .send("GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
                    .readResponse()
                    .head();
        } catch (IOException | UncheckedIOException e) {
            // what an ended connection looks like depends on how far the client was
        }
        assertThat(answer).isEmpty();
    }

    @Test
    void whatAHostLeavesOutIsTheListeners() throws IOException {
        proxy.listener("https", listener -> listener.setTls(modern()));
        assertThat(TlsClient.of("a.example.com").versions("TLSv1.2").refusal(port()))
                .isPresent();
        host(
                "c.example.com",
                "shared",
                ServerTls.newBuilder()
                        .setMinVersion(ServerTls.MinVersion.TLS_1_2)
                        .build());
        assertThat(session(TlsClient.of("c.example.com").versions("TLSv1.2"))).startsWith("TLSv1.2");
    }

    @Test
    void cipherSuitesAreThoseOfTheList() throws IOException {
        String suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
        host(
                "c.example.com",
                "shared",
                ServerTls.newBuilder().addCipherSuites(suite).build());
        assertThat(session(TlsClient.of("c.example.com").versions("TLSv1.2"))).contains(suite);
    }

    @ParameterizedTest
    @CsvSource({"h2, 'h2,http/1.1', h2", "http/1.1, 'h2,http/1.1', http/1.1", "http/1.1, 'h2', ''", "h2, 'http/1.1', ''"
    })
    void protocolsAreThoseOfTheHost(String offered, String client, String chosen) throws IOException {
        host("c.example.com", "shared", ServerTls.newBuilder().addAlpn(offered).build());
        assertThat(session(TlsClient.of("c.example.com").alpn(client.split(","))))
                .endsWith(" " + chosen);
    }

    @Test
    void aWildcardsSettingsHoldForItsNamesAndNotForHostsOfTheirOwn() throws IOException {
        host("*.example.com", "shared", modern());
        assertThat(TlsClient.of("any.example.com").versions("TLSv1.2").refusal(port()))
                .isPresent();
        assertThat(session(TlsClient.of("a.example.com").versions("TLSv1.2"))).startsWith("TLSv1.2");
    }

    @Test
    void unknownNamesAreShownTheDefaultCertificateOrRefused() throws IOException {
        proxy.remove("host/*");
        assertThat(TlsClient.of("unknown.example.com")
                        .get(port(), "unknown.example.com")
                        .status())
                .isEqualTo(404);

        proxy.listener("https", listener -> listener.setRefuseUnknownNames(true));
        assertThat(TlsClient.of("unknown.example.com").refusal(port()))
                .hasValueSatisfying(why -> assertThat(why).contains("unrecognized_name"));
        assertThat(TlsClient.of("").refusal(port())).isPresent();
        assertThat(TlsClient.of("a.example.com").get(port(), "a.example.com").status())
                .isEqualTo(200);
        await().untilAsserted(
                        () -> assertThat(proxy.refusals()).containsExactly("tls-unknown-name", "tls-unknown-name"));
    }

    @Test
    void aHostThatCannotBeServedSafelyHasNoHandshakes() {
        host(
                "c.example.com",
                "shared",
                ServerTls.newBuilder().setUnavailable("client-ca-unusable").build());
        assertThat(TlsClient.of("c.example.com").refusal(port()))
                .hasValueSatisfying(why -> assertThat(why).contains("internal_error"));
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly("client-ca-unusable"));
    }

    // ---- Requests for a host that the handshake was not for

    private RawClient.Response misdirected(String serverName, String host) throws IOException {
        return TlsClient.of(serverName).get(port(), host);
    }

    @Test
    void anotherHostOfTheSameCertificateAndSettingsIsServed() throws IOException {
        assertThat(misdirected("a.example.com", "b.example.com").status()).isEqualTo(200);
        assertThat(misdirected("", "a.example.com").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "a.example.com, other.example.com",
        "other.example.com, a.example.com",
        "a.example.com, c.example.com",
        "c.example.com, a.example.com",
        "'', c.example.com"
    })
    void anotherCertificateOrOtherSettingsAre421(String serverName, String host) throws IOException {
        host("c.example.com", "shared", modern());
        RawClient.Response response = misdirected(serverName, host);
        assertThat(response.status()).isEqualTo(421);
        assertThat(response.field("gatehouse-reason")).isEqualTo("misdirected-request");
        assertThat(backend.requests()).isEmpty();
    }

    @Test
    void aConnectionSurvivesAChangeOfSettingsThatAsksNothingOfClients() throws IOException {
        try (RawClient client = RawClient.over(TlsClient.of("a.example.com").connect(port()))) {
            String get = "GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n";
            assertThat(client.send(get).readResponse().status()).isEqualTo(200);
            host("a.example.com", "shared", modern());
            assertThat(client.send(get).readResponse().status()).isEqualTo(200);
        }
    }

    // ---- Strict-Transport-Security and the way to https

    @Test
    void strictTransportSecurityIsSaidOverTlsAlone() throws IOException {
        backend.close();
        backend = RecordingBackend.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nStrict-Transport-Security: max-age=1\r\n\r\n");
        proxy.routeTo(backend.address());
        proxy.host("c.example.com", host -> host.setHsts("max-age=31536000; includeSubDomains"));
        assertThat(TlsClient.of("c.example.com").get(port(), "c.example.com").head())
                .containsOnlyOnce("trict-")
                .contains("max-age=31536000; includeSubDomains");
        try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: c.example.com\r\n\r\n");
            assertThat(client.readResponse().field("strict-transport-security")).isEqualTo("max-age=1");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "c.example.com, /x?y=1, https://c.example.com/x?y=1",
        "c.example.com:80, /, https://c.example.com/",
        "c.example.com:31080, /, https://c.example.com/",
        "c.example.com:PORT, /x, https://c.example.com:SECURE/x"
    })
    void clearTextIsLedToHttps(String authority, String target, String location) {
        proxy.host(
                "c.example.com",
                host -> host.setRules(0, host.getRulesBuilder(0).setHttpsRedirect(308)));
        try (RawClient client = proxy.client()) {
            RawClient.Response response = client.send("GET " + target + " HTTP/1.1\r\nHost: "
                            + authority.replace("PORT", String.valueOf(proxy.port())) + "\r\n\r\n")
                    .readResponse();
            assertThat(response.status()).isEqualTo(308);
            assertThat(response.field("gatehouse-reason")).isEqualTo("https-redirect");
            assertThat(response.field("location")).isEqualTo(location.replace("SECURE", String.valueOf(port())));
        }
        assertThat(backend.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"false, https, 200", "false, http, 308", "true, https, 403"})
    void aTrustedProxyMayHaveEndedTls(boolean onlyHere, String proto, int status) {
        proxy.listener("http", listener -> listener.addTrustedProxies("127.0.0.0/8"));
        proxy.host(
                "c.example.com",
                host -> host.setRules(
                        0, host.getRulesBuilder(0).setHttpsRedirect(308).setOnlyTlsHere(onlyHere)));
        try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: c.example.com\r\nX-Forwarded-Proto: " + proto + "\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(status);
        }
    }

    @Test
    void overTlsNothingIsRedirected() throws IOException {
        proxy.host(
                "c.example.com",
                host -> host.setRules(
                        0, host.getRulesBuilder(0).setHttpsRedirect(308).setOnlyTlsHere(true)));
        assertThat(TlsClient.of("c.example.com").get(port(), "c.example.com").status())
                .isEqualTo(200);
    }
}
