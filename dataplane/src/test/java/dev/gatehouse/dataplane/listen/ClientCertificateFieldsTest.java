package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.AUTHORITY;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.GOOD;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.HOST;
import static dev.gatehouse.dataplane.listen.ClientCertificateFixture.showing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.ClientCertificate.Forward;
import dev.gatehouse.snapshot.proto.ClientCertificate.Mode;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What backends are told of the certificates of clients, and that nobody else can tell them. */
@ParameterizedClass
@EnumSource(
        value = SslProvider.class,
        names = {"OPENSSL", "JDK"})
final class ClientCertificateFieldsTest {
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

    // ---- What the backend is told

    @Test
    void aSummaryNamesTheClient() throws Exception {
        hosts.clients(client -> client);
        showing("good").get(hosts.port(), HOST);
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(GOOD.der()));
        assertThat(hosts.told())
                .containsExactly(
                        "ssl-client-verify: SUCCESS",
                        "ssl-client-subject-dn: CN=alice.example.com",
                        "ssl-client-issuer-dn: CN=clients",
                        "x-forwarded-client-cert: Hash=" + hash
                                + ";Subject=\"CN=alice.example.com\";URI=spiffe://shop/alice;DNS=alice.example.com");
    }

    @Test
    void theCertificateItselfIsToldIfAsked() throws IOException {
        hosts.clients(client -> client.setForward(Forward.CERTIFICATE));
        showing("good").get(hosts.port(), HOST);
        String line = hosts.told().stream()
                .filter(one -> one.startsWith("ssl-client-cert: "))
                .findFirst()
                .orElseThrow();
        assertThat(URLDecoder.decode(line.substring("ssl-client-cert: ".length()), StandardCharsets.US_ASCII))
                .isEqualToNormalizingNewlines(GOOD.certificatePem());
    }

    @Test
    void nothingIsToldIfAsked() throws IOException {
        hosts.clients(client -> client.setForward(Forward.NOTHING));
        assertThat(showing("good").get(hosts.port(), HOST).status()).isEqualTo(200);
        assertThat(hosts.told()).isEmpty();
    }

    @Test
    void aCertificateThatDoesNotHoldIsInNoFieldThatCannotSaySo() throws IOException {
        hosts.clients(client -> client.setMode(Mode.REQUEST));
        showing("stranger").get(hosts.port(), HOST);
        assertThat(hosts.told())
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
        hosts.clients(client -> client.setMode(Mode.OPTIONAL));
        try (RawClient client = RawClient.over(TlsClient.of(host).connect(hosts.port()))) {
            client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n" + LIES + "\r\n")
                    .readResponse();
        }
        List<String> truth = host.equals(HOST) ? List.of("ssl-client-verify: NONE") : List.of();
        assertThat(hosts.told()).isEqualTo(truth);

        try (FramePeer http2 = FramePeer.over(TlsClient.of(host).alpn("h2").connect(hosts.port()))) {
            List<String> lines =
                    new ArrayList<>(List.of(":method: GET", ":scheme: https", ":path: /", ":authority: " + host));
            LIES.lines().forEach(line -> lines.add(line.toLowerCase(Locale.ROOT)));
            http2.headers(1, true, lines.toArray(String[]::new));
            assertThat(http2.message(1).status()).isEqualTo("200");
        }
        assertThat(hosts.told()).isEqualTo(truth);
    }

    @Test
    void inClearTextLiesAreNotPassedOnEither() {
        try (RawClient client = hosts.proxy().client()) {
            client.send("GET / HTTP/1.1\r\nHost: a.example.com\r\n" + LIES + "\r\n")
                    .readResponse();
        }
        assertThat(hosts.told()).isEmpty();
    }

    @Test
    void trailersTellNothingOfClientCertificates() {
        try (RawClient client = hosts.proxy().client()) {
            client.send("POST / HTTP/1.1\r\nHost: a.example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "1\r\nx\r\n0\r\nssl-client-verify: SUCCESS\r\n\r\n")
                    .readResponse();
        }
        assertThat(hosts.backend().requests()).noneMatch(request -> request.contains("ssl-client-verify"));
    }

    @Test
    void theTruthCannotBeTakenOutByAConnectionOption() throws IOException {
        hosts.clients(client -> client.setMode(Mode.OPTIONAL));
        try (RawClient client = RawClient.over(TlsClient.of(HOST).connect(hosts.port()))) {
            client.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\nConnection: ssl-client-verify\r\n\r\n")
                    .readResponse();
        }
        assertThat(hosts.told()).containsExactly("ssl-client-verify: NONE");
    }

    @Test
    void aTrustedProxyIsBelievedWhereTheHostDoesNotAskItself() throws IOException {
        hosts.proxy().listener("https", listener -> listener.addTrustedProxies("127.0.0.0/8"));
        hosts.clients(client -> client.setMode(Mode.OPTIONAL));
        String said = "ssl-client-verify: SUCCESS";
        for (String host : List.of("a.example.com", HOST)) {
            try (RawClient client = RawClient.over(TlsClient.of(host).connect(hosts.port()))) {
                client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n" + said + "\r\n\r\n")
                        .readResponse();
            }
            assertThat(hosts.told()).containsExactly(host.equals(HOST) ? "ssl-client-verify: NONE" : said);
        }
    }

    @Test
    void aNameCannotSpeakForAnotherField() throws IOException {
        TestCertificate odd = TestPki.forPurpose(
                AUTHORITY, "CN=x\\\"\\,Hash\\=00\\;URI\\=spiffe://root\\, \u00e9", KeyPurposeId.id_kp_clientAuth);
        hosts.clients(client -> client);
        assertThat(TlsClient.of(HOST).showing(odd).get(hosts.port(), HOST).status())
                .isEqualTo(200);
        String element = hosts.told().getLast();
        String quoted = element.substring(element.indexOf("Subject=\"") + 9);
        assertThat(quoted.replaceAll("\\\\.", "")).containsOnlyOnce("\"").endsWith("\"");
        assertThat(element.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
    }
}
