package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.vertx.core.http.HttpVersion;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which backends are trusted over TLS, what they are shown, and what a client is told of those that are not. */
final class BackendTlsTest {
    private static final String NAME = "api.shop.svc";
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final TestCertificate AUTHORITY = TestCertificate.authority("the authority");
    private static final TestCertificate ANOTHER = TestCertificate.authority("another authority");
    private static final TestCertificate RIGHT = AUTHORITY.issue(NAME);

    private final ProxyFixture proxy = new ProxyFixture();

    @AfterEach
    void close() {
        proxy.close();
    }

    private TlsBackend backend(TestCertificate certificate, HttpVersion... spoken) {
        return new TlsBackend(proxy.vertx(), certificate, spoken);
    }

    private static ByteString der(TestCertificate certificate) {
        try {
            return ByteString.copyFrom(certificate.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private void trusting(TestCertificate authority) {
        proxy.upstreamTls(NAME, tls -> tls.addTrusted(der(authority)));
    }

    private RawClient.Response get() {
        try (RawClient client = proxy.client()) {
            return client.send(GET).readResponse();
        }
    }

    private void assertServed(String expected) {
        RawClient.Response response = get();
        assertThat(response.field("gatehouse-reason")).isEmpty();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.rawBody()).contains(expected);
    }

    private void assertFails(String reason) {
        for (int i = 0; i < 2; i++) {
            RawClient.Response response = get();
            assertThat(response.field("gatehouse-reason")).isEqualTo(reason);
            assertThat(response.status()).isEqualTo(502);
        }
    }

    @ParameterizedTest
    @CsvSource({"HTTP_2, HTTP_1_1, HTTP_2", "HTTP_1_1, HTTP_1_1, HTTP_1_1", "HTTP_2, HTTP_2, HTTP_2"})
    void theBackendChoosesWhatIsSpokenAndLearnsItsName(HttpVersion first, HttpVersion second, String chosen) {
        try (TlsBackend backend = backend(RIGHT, first, second)) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            for (int i = 0; i < 3; i++) {
                assertServed(chosen + " " + NAME + " nobody");
            }
            assertThat(backend.connections()).as("connections are kept").isEqualTo(1);
        }
    }

    @Test
    void aBackendWithoutAlpnSpeaksHttp11() {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), RIGHT, options -> options.setUseAlpn(false))) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertServed("HTTP_1_1 " + NAME);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aCertificateForAnotherNameIsRefused(HttpVersion version) {
        try (TlsBackend backend = backend(AUTHORITY.issue("other.shop.svc"), version)) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertFails("backend-certificate-name");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void theNamesThatAreExpectedTakeThePlaceOfTheServerName() {
        try (TlsBackend backend = backend(AUTHORITY.issue("x", "spiffe://cluster/shop/api"), HttpVersion.HTTP_2)) {
            proxy.routeTo(backend.address())
                    .upstreamTls(
                            NAME,
                            tls -> tls.addTrusted(der(AUTHORITY))
                                    .addNames("another.example.com")
                                    .addNames("spiffe://cluster/shop/api"));
            assertServed("HTTP_2 " + NAME);
            proxy.upstreamTls("x", tls -> tls.addTrusted(der(AUTHORITY)).addNames("another.example.com"));
            assertFails("backend-certificate-name");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aCertificateOfAnotherAuthorityIsRefused(HttpVersion version) {
        try (TlsBackend backend = backend(ANOTHER.issue(NAME), version)) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertFails("backend-certificate-untrusted");
            assertThat(backend.requests()).isEmpty();
        }
    }

    /** The roots that Java brings know nobody of this test. */
    @Test
    void withoutAnAuthorityThePublicOnesAreTrustedAndNobodyElse() {
        try (TlsBackend backend = backend(RIGHT, HttpVersion.HTTP_2)) {
            proxy.routeTo(backend.address()).upstreamTls(NAME, tls -> tls);
            assertFails("backend-certificate-untrusted");
        }
    }

    @ParameterizedTest
    @CsvSource({"-PT48H, -PT24H", "PT24H, PT48H"})
    void aCertificateOfAnotherTimeIsRefused(Duration notBefore, Duration notAfter) {
        Instant now = Instant.now();
        TestCertificate self = TestCertificate.valid(now.plus(notBefore), now.plus(notAfter), NAME);
        TestCertificate issued = AUTHORITY.issue(now.plus(notBefore), now.plus(notAfter), NAME);
        for (TestCertificate shown : List.of(self, issued)) {
            try (TlsBackend backend = backend(shown, HttpVersion.HTTP_1_1)) {
                proxy.routeTo(backend.address());
                trusting(shown.equals(self) ? self : AUTHORITY);
                assertFails("backend-certificate-expired");
                assertThat(backend.requests()).isEmpty();
            }
        }
    }

    @Test
    void aSelfSignedCertificateIsTrustedByItself() {
        TestCertificate self = TestCertificate.of(NAME);
        try (TlsBackend backend = backend(self, HttpVersion.HTTP_2)) {
            proxy.routeTo(backend.address());
            trusting(self);
            assertServed("HTTP_2 " + NAME);
        }
    }

    @Test
    void verificationEndsOnlyWhereItIsSwitchedOff() {
        TestCertificate wrong = TestCertificate.valid(
                Instant.now().minusSeconds(60), Instant.now().minusSeconds(30), "wrong");
        try (TlsBackend backend = backend(wrong, HttpVersion.HTTP_1_1)) {
            proxy.routeTo(backend.address()).upstreamTls(NAME, tls -> tls.setUnverified(true));
            assertServed("HTTP_1_1 " + NAME);
            trusting(AUTHORITY);
            assertFails("backend-certificate-expired"); // and not over the connection that is still open
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void anAuthorityIsReplacedWhileServing() {
        try (TlsBackend backend = backend(RIGHT, HttpVersion.HTTP_2)) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertServed("HTTP_2");
            trusting(ANOTHER);
            assertFails("backend-certificate-untrusted");
            proxy.upstreamTls(NAME, tls -> tls.addTrusted(der(ANOTHER)).addTrusted(der(AUTHORITY)));
            assertServed("HTTP_2");
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aBackendThatWantsAClientCertificateRefusesWithoutOne(HttpVersion version) {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), RIGHT, TlsBackend.demanding(AUTHORITY, version))) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertFails("backend-tls-refused");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aClientCertificateIsShownAndReplacedWhileServing(HttpVersion version) {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), RIGHT, TlsBackend.demanding(AUTHORITY, version))) {
            proxy.certificate("edge", AUTHORITY.issue("edge-one"))
                    .routeTo(backend.address())
                    .upstreamTls(
                            NAME,
                            tls -> tls.addTrusted(der(AUTHORITY))
                                    .setClientCertificate(
                                            ShardId.certificate("test", "edge").toString()));
            assertServed("CN=edge-one");
            proxy.certificate("edge", AUTHORITY.issue("edge-two"));
            assertServed("CN=edge-two");
            proxy.certificate("edge", ANOTHER.issue("stranger"));
            assertFails("backend-tls-refused");
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @Test
    void aBackendIsNotAskedWithoutTheClientCertificateThatBelongsToIt() {
        try (TlsBackend backend = backend(RIGHT, HttpVersion.HTTP_1_1)) {
            proxy.routeTo(backend.address())
                    .upstreamTls(
                            NAME,
                            tls -> tls.addTrusted(der(AUTHORITY))
                                    .setClientCertificate(
                                            ShardId.certificate("test", "edge").toString()));
            RawClient.Response response = get();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.field("gatehouse-reason")).isEqualTo("no-endpoint");
            assertThat(backend.connections()).isZero();
            proxy.certificate("edge", AUTHORITY.issue("edge"));
            assertServed("HTTP_1_1");
        }
    }

    @Test
    void aBackendThatDoesNotSpeakTlsIsToldApart() {
        try (RecordingBackend backend =
                RecordingBackend.scripted(conversation -> conversation.send("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertFails("backend-tls-failed");
        }
    }

    @Test
    void aBackendThatNeverAnswersTheHandshakeIsNotWaitedForForever() {
        try (RecordingBackend backend =
                RecordingBackend.scripted(conversation -> conversation.awaitClose(Duration.ofSeconds(20)))) {
            proxy.routeTo(backend.address()).listener(l -> l.setConnectTimeoutMs(300));
            trusting(AUTHORITY);
            RawClient.Response response = get();
            assertThat(response.status()).isEqualTo(504);
            assertThat(response.field("gatehouse-reason")).isEqualTo("connect-timeout");
        }
    }

    /** That one begins while those that waited for the connection are told. */
    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aConnectionThatFailsIsNotTheFailureOfTheRequestBehind(HttpVersion version) {
        try (TlsBackend right = backend(RIGHT, version);
                RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    if (conversation.number() == 1) {
                        conversation.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                    } else {
                        conversation.relayTo(right.address().getPort());
                    }
                });
                RawClient client = proxy.client()) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            client.send(GET + GET);
            assertThat(client.readResponse().field("gatehouse-reason")).isEqualTo("backend-tls-failed");
            assertThat(client.readResponse().rawBody()).startsWith(version.name());
        }
    }

    /** Like any other failure before a byte of the request was sent. */
    @Test
    void anotherEndpointIsAskedInPlaceOfOneThatFails() {
        try (TlsBackend wrong = backend(AUTHORITY.issue("other"), HttpVersion.HTTP_1_1);
                TlsBackend right = backend(RIGHT, HttpVersion.HTTP_1_1)) {
            proxy.routeTo(wrong.address(), right.address());
            trusting(AUTHORITY);
            for (int i = 0; i < 4; i++) {
                assertServed("HTTP_1_1");
            }
            assertThat(wrong.requests()).isEmpty();
        }
    }

    @Test
    void whatCannotBeReadIsRefusedAndTheVersionBeforeItStays() {
        try (TlsBackend backend = backend(RIGHT, HttpVersion.HTTP_1_1)) {
            proxy.routeTo(backend.address());
            trusting(AUTHORITY);
            assertThatThrownBy(() -> proxy.upstreamTls(NAME, tls -> tls.addTrusted(ByteString.copyFromUtf8("x"))))
                    .hasMessageContaining("a trusted certificate cannot be read");
            assertThatThrownBy(() -> proxy.upstreamTls("not a name", tls -> tls.addTrusted(der(AUTHORITY))))
                    .hasMessageContaining("upstream/test/backend/80");
            assertServed("HTTP_1_1");
        }
    }

    /** A name outside of the cluster is dialled like any other endpoint. */
    @Test
    void anExternalNameIsVerifiedByItsName() {
        try (TlsBackend backend = backend(AUTHORITY.issue("localhost"), HttpVersion.HTTP_2)) {
            proxy.routeTo();
            proxy.apply(Shard.of(
                    ShardId.upstream("test", "backend", 80),
                    ShardBody.newBuilder()
                            .setUpstream(Upstream.newBuilder()
                                    .setExternal(Upstream.ExternalName.newBuilder()
                                            .setDnsName("localhost")
                                            .setPort(backend.address().getPort()))
                                    .setTls(Upstream.Tls.newBuilder()
                                            .setServerName("localhost")
                                            .addTrusted(der(AUTHORITY))))
                            .build()));
            assertServed("HTTP_2");
        }
    }
}
