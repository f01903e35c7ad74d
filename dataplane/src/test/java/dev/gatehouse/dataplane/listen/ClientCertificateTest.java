package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.AUTHORITY;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.DAY;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.GOOD;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.HOST;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.NOW;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.REVOKED;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.SECOND;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.asking;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.der;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.showing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.ClientCertificate.Mode;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.testkit.RawClient;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Hosts that ask their clients for certificates: who is let in, for how long, and beside which other hosts. */
@ParameterizedClass
@EnumSource(
        value = SslProvider.class,
        names = {"OPENSSL", "JDK"})
final class ClientCertificateTest {
    @Parameter
    SslProvider provider = SslProvider.JDK;

    private ClientCertificateFixture hosts;

    @BeforeEach
    void start() {
        hosts = new ClientCertificateFixture(provider);
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    // ---- Who is let in

    @ParameterizedTest
    @CsvSource({
        "REQUIRE, none, client-certificate-missing",
        "REQUIRE, good, SUCCESS",
        "REQUIRE, second, SUCCESS",
        "REQUIRE, chain, SUCCESS",
        "REQUIRE, no-intermediate, client-certificate-untrusted",
        "REQUIRE, stranger, client-certificate-untrusted",
        "REQUIRE, expired, client-certificate-expired",
        "REQUIRE, future, client-certificate-not-yet-valid",
        "REQUIRE, server-only, client-certificate-usage",
        "OPTIONAL, none, NONE",
        "OPTIONAL, good, SUCCESS",
        "OPTIONAL, stranger, client-certificate-untrusted",
        "OPTIONAL, expired, client-certificate-expired",
        "REQUEST, none, NONE",
        "REQUEST, good, SUCCESS",
        "REQUEST, stranger, FAILED:client-certificate-untrusted",
        "REQUEST, expired, FAILED:client-certificate-expired",
        "REQUEST, future, FAILED:client-certificate-not-yet-valid",
        "REQUEST, server-only, FAILED:client-certificate-usage"
    })
    void clientsAreLetInAsTheModeSays(Mode mode, String who, String outcome) throws IOException {
        hosts.clients(client -> client.setMode(mode).addAuthorities(TestPki.der(SECOND)));
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            TlsClient client = showing(who).versions(version);
            if (outcome.startsWith("client-")) {
                assertThat(client.refusal(hosts.port())).as(version).isPresent();
                await().untilAsserted(() -> assertThat(hosts.proxy().refusals()).containsOnly(outcome));
            } else {
                assertThat(client.get(hosts.port(), HOST).status()).as(version).isEqualTo(200);
                assertThat(hosts.told()).as(version).contains("ssl-client-verify: " + outcome);
            }
        }
        assertThat(hosts.backend().requests()).hasSize(outcome.startsWith("client-") ? 0 : 2);
    }

    @Test
    void revokedClientsAreRefusedAndOthersAreNot() throws IOException {
        hosts.clients(client -> client.addRevocationLists(der(TestPki.crl(AUTHORITY, NOW.plus(DAY), REVOKED))));
        assertThat(showing("good").get(hosts.port(), HOST).status()).isEqualTo(200);
        assertThat(showing("revoked").refusal(hosts.port())).isPresent();
        await().untilAsserted(() -> assertThat(hosts.proxy().refusals()).containsExactly("client-certificate-revoked"));
    }

    @Test
    void anIssuerWithoutAListOfItsOwnThatHoldsTodayVouchesForNobody() {
        hosts.clients(client ->
                client.addAuthorities(TestPki.der(SECOND)).addRevocationLists(der(TestPki.crl(SECOND, NOW.plus(DAY)))));
        assertThat(showing("second").refusal(hosts.port())).isEmpty();
        assertThat(showing("good").refusal(hosts.port())).isPresent();
        await().untilAsserted(
                        () -> assertThat(hosts.proxy().refusals()).containsExactly("client-certificate-crl-missing"));

        hosts.clients(client -> client.addRevocationLists(der(TestPki.crl(AUTHORITY, NOW.minus(DAY)))));
        assertThat(showing("good").refusal(hosts.port())).isPresent();
        await().untilAsserted(() ->
                assertThat(hosts.proxy().refusals()).hasSize(2).containsOnly("client-certificate-crl-missing"));
    }

    // ---- Open connections and resumed sessions

    @Test
    void whoIsNoLongerLetInIsRefusedOnItsOpenConnection() throws IOException {
        hosts.clients(client -> client);
        String get = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
        try (RawClient revoked = RawClient.over(showing("revoked").connect(hosts.port()));
                RawClient good = RawClient.over(showing("good").connect(hosts.port()))) {
            assertThat(revoked.send(get).readResponse().status()).isEqualTo(200);
            assertThat(good.send(get).readResponse().status()).isEqualTo(200);
            hosts.clients(client -> client.addRevocationLists(der(TestPki.crl(AUTHORITY, NOW.plus(DAY), REVOKED))));
            assertThat(good.send(get).readResponse().status()).isEqualTo(200);
            assertThat(revoked.send(get).readResponse().status()).isEqualTo(421);
            assertThat(hosts.backend().requests()).hasSize(3);
        }
    }

    @Test
    void aHostThatBeginsToAskRefusesConnectionsThatWereNotAsked() throws IOException {
        hosts.host(HOST, tls -> tls);
        String get = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
        try (RawClient client = RawClient.over(showing("good").connect(hosts.port()))) {
            assertThat(client.send(get).readResponse().status()).isEqualTo(200);
            hosts.clients(one -> one);
            assertThat(client.send(get).readResponse().status()).isEqualTo(421);
        }
    }

    // ---- SNI and Host

    @ParameterizedTest
    @CsvSource({
        "a.example.com, c.example.com, 421",
        "c.example.com, a.example.com, 421",
        "c.example.com, b.example.com, 421",
        "'', c.example.com, 421",
        "c.example.com, c.example.com, 200",
        "c.example.com, C.EXAMPLE.COM:443, 200",
        "a.example.com, a.example.com, 200"
    })
    void hostsThatAskShareAConnectionWithNobody(String serverName, String host, int status) throws IOException {
        hosts.clients(client -> client);
        // The same demands, the same certificate: it still is another host.
        hosts.host("b.example.com", tls -> tls.setClientCertificate(asking(Mode.REQUIRE)));
        TlsClient client = TlsClient.of(serverName).showing(GOOD);

        RawClient.Response response = client.get(hosts.port(), host);
        assertThat(response.status()).isEqualTo(status);
        try (RawClient absolute = RawClient.over(client.connect(hosts.port()))) {
            // The target decides, not the field (RFC 9112, 3.2.2).
            absolute.send("GET https://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertThat(absolute.readResponse().status()).isEqualTo(status);
        }
        try (FramePeer http2 = FramePeer.over(client.alpn("h2").connect(hosts.port()))) {
            http2.headers(
                    1,
                    true,
                    ":method: GET",
                    ":scheme: https",
                    ":path: /",
                    ":authority: " + host.toLowerCase(Locale.ROOT));
            assertThat(http2.message(1).status()).isEqualTo(String.valueOf(status));
        }
        if (status == 421) {
            assertThat(response.field("gatehouse-reason")).isEqualTo("misdirected-request");
            assertThat(hosts.backend().requests()).isEmpty();
        }
    }

    @Test
    void aRequestForAnotherHostDoesNotEndAnHttp2Connection() throws IOException {
        hosts.clients(client -> client);
        try (FramePeer http2 =
                FramePeer.over(TlsClient.of(HOST).showing(GOOD).alpn("h2").connect(hosts.port()))) {
            for (int stream = 1; stream <= 5; stream += 2) {
                boolean own = stream != 3;
                http2.headers(
                        stream,
                        true,
                        ":method: GET",
                        ":scheme: https",
                        ":path: /",
                        ":authority: " + (own ? HOST : "a.example.com"));
                assertThat(http2.message(stream).status()).isEqualTo(own ? "200" : "421");
            }
        }
    }

    @Test
    void aHostThatRequiresCertificatesIsNotServedInClearText() {
        hosts.proxy()
                .host(
                        HOST,
                        host -> host.setTls(ServerTls.newBuilder().setClientCertificate(asking(Mode.REQUIRE)))
                                .setRules(
                                        0,
                                        host.getRulesBuilder(0)
                                                .setHttpsRedirect(308)
                                                .setOnlyTlsHere(true)));
        try (RawClient client = hosts.proxy().client()) {
            client.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(308);
        }
        assertThat(hosts.backend().requests()).isEmpty();
    }
}
