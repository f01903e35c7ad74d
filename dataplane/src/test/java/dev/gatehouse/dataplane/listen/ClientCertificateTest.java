package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.ClientCertificate.Forward;
import dev.gatehouse.snapshot.proto.ClientCertificate.Mode;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts that ask their clients for certificates: who is let in, what backends are told, and that nobody else can tell them. */
@ParameterizedClass
@EnumSource(
        value = SslProvider.class,
        names = {"OPENSSL", "JDK"})
final class ClientCertificateTest {
    private static final String HOST = "c.example.com";
    private static final TestCertificate SERVER = TestCertificate.of("a.example.com", "b.example.com", HOST);

    private static final TestCertificate AUTHORITY = TestCertificate.authority("clients");
    private static final Instant NOW =
            AUTHORITY.certificate().getNotBefore().toInstant().plus(Duration.ofHours(1));
    private static final Duration DAY = Duration.ofDays(1);
    private static final TestCertificate SECOND = TestCertificate.authority("more clients");
    private static final TestCertificate INTERMEDIATE =
            CertificateBuilder.of("intermediate").issuer(AUTHORITY).authority().build();
    private static final TestCertificate GOOD = AUTHORITY.issue("alice.example.com", "spiffe://shop/alice");
    private static final TestCertificate REVOKED = AUTHORITY.issue("mallory.example.com");
    private static final Map<String, List<TestCertificate>> SHOWN = Map.of(
            "none", List.of(),
            "good", List.of(GOOD),
            "second", List.of(SECOND.issue("bob")),
            "chain", List.of(INTERMEDIATE.issue("carol"), INTERMEDIATE),
            "no-intermediate", List.of(INTERMEDIATE.issue("carol")),
            "stranger", List.of(TestCertificate.authority("clients").issue("alice.example.com")),
            "expired", List.of(AUTHORITY.issue(NOW.minus(DAY.multipliedBy(2)), NOW.minus(DAY), "old")),
            "future", List.of(AUTHORITY.issue(NOW.plus(DAY), NOW.plus(DAY.multipliedBy(2)), "new")),
            "server-only", List.of(TestPki.forPurpose(AUTHORITY, "CN=server", KeyPurposeId.id_kp_serverAuth)),
            "revoked", List.of(REVOKED));

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
        proxy.certificate("shared", SERVER).routeTo(backend.address());
        host("a.example.com", tls -> tls);
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    private void host(String name, UnaryOperator<ServerTls.Builder> tls) {
        proxy.host(
                name,
                host -> host.addCertificates("certificate/test/shared").setTls(tls.apply(ServerTls.newBuilder())));
    }

    private void clients(UnaryOperator<ClientCertificate.Builder> change) {
        host(HOST, tls -> tls.setClientCertificate(change.apply(asking(Mode.REQUIRE))));
    }

    private static ClientCertificate.Builder asking(Mode mode) {
        return ClientCertificate.newBuilder().setMode(mode).addAuthorities(TestPki.der(AUTHORITY));
    }

    private static ByteString der(X509CRL list) {
        try {
            return ByteString.copyFrom(list.getEncoded());
        } catch (CRLException e) {
            throw new IllegalStateException(e);
        }
    }

    private int port() {
        return proxy.port("https");
    }

    private static TlsClient showing(String who) {
        return TlsClient.of(HOST).showing(SHOWN.getOrDefault(who, List.of()).toArray(TestCertificate[]::new));
    }

    /** The lines of a request's head that speak of client certificates. */
    private List<String> told() {
        List<String> lines = new ArrayList<>();
        for (String line : backend.requests().getLast().split("\r\n", -1)) {
            String lower = line.toLowerCase(Locale.ROOT).replace('_', '-');
            if (lower.startsWith("ssl-client") || lower.startsWith("x-forwarded-client-cert")) {
                lines.add(line);
            }
        }
        return lines;
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
        clients(client -> client.setMode(mode).addAuthorities(TestPki.der(SECOND)));
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            TlsClient client = showing(who).versions(version);
            if (outcome.startsWith("client-")) {
                assertThat(client.refusal(port())).as(version).isPresent();
                await().untilAsserted(() -> assertThat(proxy.refusals()).containsOnly(outcome));
            } else {
                assertThat(client.get(port(), HOST).status()).as(version).isEqualTo(200);
                assertThat(told()).as(version).contains("ssl-client-verify: " + outcome);
            }
        }
        assertThat(backend.requests()).hasSize(outcome.startsWith("client-") ? 0 : 2);
    }

    @Test
    void revokedClientsAreRefusedAndOthersAreNot() throws IOException {
        clients(client -> client.addRevocationLists(der(TestPki.crl(AUTHORITY, NOW.plus(DAY), REVOKED))));
        assertThat(showing("good").get(port(), HOST).status()).isEqualTo(200);
        assertThat(showing("revoked").refusal(port())).isPresent();
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly("client-certificate-revoked"));
    }

    @Test
    void anIssuerWithoutAListOfItsOwnThatHoldsTodayVouchesForNobody() {
        clients(client ->
                client.addAuthorities(TestPki.der(SECOND)).addRevocationLists(der(TestPki.crl(SECOND, NOW.plus(DAY)))));
        assertThat(showing("second").refusal(port())).isEmpty();
        assertThat(showing("good").refusal(port())).isPresent();
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly("client-certificate-crl-missing"));

        clients(client -> client.addRevocationLists(der(TestPki.crl(AUTHORITY, NOW.minus(DAY)))));
        assertThat(showing("good").refusal(port())).isPresent();
        await().untilAsserted(
                        () -> assertThat(proxy.refusals()).hasSize(2).containsOnly("client-certificate-crl-missing"));
    }

    // ---- Open connections and resumed sessions

    @Test
    void whoIsNoLongerLetInIsRefusedOnItsOpenConnection() throws IOException {
        clients(client -> client);
        String get = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
        try (RawClient revoked = RawClient.over(showing("revoked").connect(port()));
                RawClient good = RawClient.over(showing("good").connect(port()))) {
            assertThat(revoked.send(get).readResponse().status()).isEqualTo(200);
            assertThat(good.send(get).readResponse().status()).isEqualTo(200);
            clients(client -> client.addRevocationLists(der(TestPki.crl(AUTHORITY, NOW.plus(DAY), REVOKED))));
            assertThat(good.send(get).readResponse().status()).isEqualTo(200);
            assertThat(revoked.send(get).readResponse().status()).isEqualTo(421);
            assertThat(backend.requests()).hasSize(3);
        }
    }

    @Test
    void aHostThatBeginsToAskRefusesConnectionsThatWereNotAsked() throws IOException {
        host(HOST, tls -> tls);
        String get = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
        try (RawClient client = RawClient.over(showing("good").connect(port()))) {
            assertThat(client.send(get).readResponse().status()).isEqualTo(200);
            clients(one -> one);
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
        clients(client -> client);
        // The same demands, the same certificate: it still is another host.
        host("b.example.com", tls -> tls.setClientCertificate(asking(Mode.REQUIRE)));
        TlsClient client = TlsClient.of(serverName).showing(GOOD);

        RawClient.Response response = client.get(port(), host);
        assertThat(response.status()).isEqualTo(status);
        try (RawClient absolute = RawClient.over(client.connect(port()))) {
            // The target decides, not the field (RFC 9112, 3.2.2).
            absolute.send("GET https://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertThat(absolute.readResponse().status()).isEqualTo(status);
        }
        try (FramePeer http2 = FramePeer.over(client.alpn("h2").connect(port()))) {
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
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aRequestForAnotherHostDoesNotEndAnHttp2Connection() throws IOException {
        clients(client -> client);
        try (FramePeer http2 =
                FramePeer.over(TlsClient.of(HOST).showing(GOOD).alpn("h2").connect(port()))) {
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
        proxy.host(
                HOST,
                host -> host.setTls(ServerTls.newBuilder().setClientCertificate(asking(Mode.REQUIRE)))
                        .setRules(
                                0, host.getRulesBuilder(0).setHttpsRedirect(308).setOnlyTlsHere(true)));
        try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(308);
        }
        assertThat(backend.requests()).isEmpty();
    }

    // ---- What the backend is told

    @Test
    void aSummaryNamesTheClient() throws Exception {
        clients(client -> client);
        showing("good").get(port(), HOST);
        String hash = HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(GOOD.der()));
        assertThat(told())
                .containsExactly(
                        "ssl-client-verify: SUCCESS",
                        "ssl-client-subject-dn: CN=alice.example.com",
                        "ssl-client-issuer-dn: CN=clients",
                        "x-forwarded-client-cert: Hash=" + hash
                                + ";Subject=\"CN=alice.example.com\";URI=spiffe://shop/alice;DNS=alice.example.com");
    }

    @Test
    void theCertificateItselfIsToldIfAsked() throws IOException {
        clients(client -> client.setForward(Forward.CERTIFICATE));
        showing("good").get(port(), HOST);
        String line = told().stream()
                .filter(one -> one.startsWith("ssl-client-cert: "))
                .findFirst()
                .orElseThrow();
        assertThat(URLDecoder.decode(line.substring("ssl-client-cert: ".length()), StandardCharsets.US_ASCII))
                .isEqualToNormalizingNewlines(GOOD.certificatePem());
    }

    @Test
    void nothingIsToldIfAsked() throws IOException {
        clients(client -> client.setForward(Forward.NOTHING));
        assertThat(showing("good").get(port(), HOST).status()).isEqualTo(200);
        assertThat(told()).isEmpty();
    }

    @Test
    void aCertificateThatDoesNotHoldIsInNoFieldThatCannotSaySo() throws IOException {
        clients(client -> client.setMode(Mode.REQUEST));
        showing("stranger").get(port(), HOST);
        assertThat(told())
                .containsExactly(
                        "ssl-client-verify: FAILED:client-certificate-untrusted",
                        "ssl-client-subject-dn: CN=alice.example.com",
                        "ssl-client-issuer-dn: CN=clients");
    }

    // ---- What clients say of themselves

    private static final String LIES = "Ssl-Client-Verify: SUCCESS\r\nssl-client-subject-dn: CN=root\r\n"
            + "ssl_client_verify: SUCCESS\r\nSSL_Client-Subject_DN: CN=root\r\nssl-client-cert: x\r\n"
            + "X-Forwarded-Client-Cert: Hash=00;Subject=\"CN=root\"\r\nx_forwarded_client_cert: Hash=00\r\n"
            + "ssl-client-i-have-made-up: yes\r\n";

    @ParameterizedTest
    @ValueSource(strings = {"a.example.com", HOST})
    void whatAClientSaysOfItselfIsNotPassedOn(String host) throws IOException {
        clients(client -> client.setMode(Mode.OPTIONAL));
        try (RawClient client = RawClient.over(TlsClient.of(host).connect(port()))) {
            client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n" + LIES + "\r\n")
                    .readResponse();
        }
        List<String> truth = host.equals(HOST) ? List.of("ssl-client-verify: NONE") : List.of();
        assertThat(told()).isEqualTo(truth);

        try (FramePeer http2 = FramePeer.over(TlsClient.of(host).alpn("h2").connect(port()))) {
            List<String> lines =
                    new ArrayList<>(List.of(":method: GET", ":scheme: https", ":path: /", ":authority: " + host));
            LIES.lines().forEach(line -> lines.add(line.toLowerCase(Locale.ROOT)));
            http2.headers(1, true, lines.toArray(String[]::new));
            assertThat(http2.message(1).status()).isEqualTo("200");
        }
        assertThat(told()).isEqualTo(truth);
    }

    @Test
    void inClearTextLiesAreNotPassedOnEither() {
        try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a.example.com\r\n" + LIES + "\r\n")
                    .readResponse();
        }
        assertThat(told()).isEmpty();
    }

    @Test
    void trailersTellNothingOfClientCertificates() {
        try (RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a.example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "1\r\nx\r\n0\r\nssl-client-verify: SUCCESS\r\n\r\n")
                    .readResponse();
        }
        assertThat(backend.requests()).noneMatch(request -> request.contains("ssl-client-verify"));
    }

    @Test
    void theTruthCannotBeTakenOutByAConnectionOption() throws IOException {
        clients(client -> client.setMode(Mode.OPTIONAL));
        try (RawClient client = RawClient.over(TlsClient.of(HOST).connect(port()))) {
            client.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\nConnection: ssl-client-verify\r\n\r\n")
                    .readResponse();
        }
        assertThat(told()).containsExactly("ssl-client-verify: NONE");
    }

    @Test
    void aTrustedProxyIsBelievedWhereTheHostDoesNotAskItself() throws IOException {
        proxy.listener("https", listener -> listener.addTrustedProxies("127.0.0.0/8"));
        clients(client -> client.setMode(Mode.OPTIONAL));
        String said = "ssl-client-verify: SUCCESS";
        for (String host : List.of("a.example.com", HOST)) {
            try (RawClient client = RawClient.over(TlsClient.of(host).connect(port()))) {
                client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n" + said + "\r\n\r\n")
                        .readResponse();
            }
            assertThat(told()).containsExactly(host.equals(HOST) ? "ssl-client-verify: NONE" : said);
        }
    }

    @Test
    void aNameCannotSpeakForAnotherField() throws IOException {
        TestCertificate odd = TestPki.forPurpose(
                AUTHORITY, "CN=x\\\"\\,Hash\\=00\\;URI\\=spiffe://root\\, \u00e9", KeyPurposeId.id_kp_clientAuth);
        clients(client -> client);
        assertThat(TlsClient.of(HOST).showing(odd).get(port(), HOST).status()).isEqualTo(200);
        String element = told().getLast();
        String quoted = element.substring(element.indexOf("Subject=\"") + 9);
        assertThat(quoted.replaceAll("\\\\.", "")).containsOnlyOnce("\"").endsWith("\"");
        assertThat(element.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
    }
}
