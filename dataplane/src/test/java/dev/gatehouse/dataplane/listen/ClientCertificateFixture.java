package dev.gatehouse.dataplane.listen;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.ClientCertificate.Mode;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/** A data plane with a host that asks its clients for certificates, and clients who have good ones and others. */
final class ClientCertificateFixture implements AutoCloseable {
    static final String HOST = "c.example.com";
    private static final TestCertificate SERVER = TestCertificate.of("a.example.com", "b.example.com", HOST);

    static final TestCertificate AUTHORITY = TestCertificate.authority("clients");
    static final Instant NOW =
            AUTHORITY.certificate().getNotBefore().toInstant().plus(Duration.ofHours(1));
    static final Duration DAY = Duration.ofDays(1);
    static final TestCertificate SECOND = TestCertificate.authority("more clients");
    private static final TestCertificate INTERMEDIATE =
            CertificateBuilder.of("intermediate").issuer(AUTHORITY).authority().build();
    static final TestCertificate GOOD = AUTHORITY.issue("alice.example.com", "spiffe://shop/alice");
    static final TestCertificate REVOKED = AUTHORITY.issue("mallory.example.com");
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

    private final ProxyFixture proxy;
    private final RecordingBackend backend;

    /** @param provider of TLS with clients */
    ClientCertificateFixture(SslProvider provider) {
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

    ProxyFixture proxy() {
        return proxy;
    }

    RecordingBackend backend() {
        return backend;
    }

    /** A host that asks for nothing, unless the change says so. */
    void host(String name, UnaryOperator<ServerTls.Builder> tls) {
        proxy.host(
                name,
                host -> host.addCertificates("certificate/test/shared").setTls(tls.apply(ServerTls.newBuilder())));
    }

    /** Makes {@link #HOST} require certificates of the authority, unless the change says otherwise. */
    void clients(UnaryOperator<ClientCertificate.Builder> change) {
        host(HOST, tls -> tls.setClientCertificate(change.apply(asking(Mode.REQUIRE))));
    }

    static ClientCertificate.Builder asking(Mode mode) {
        return ClientCertificate.newBuilder().setMode(mode).addAuthorities(TestPki.der(AUTHORITY));
    }

    static ByteString der(X509CRL list) {
        try {
            return ByteString.copyFrom(list.getEncoded());
        } catch (CRLException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return proxy.port("https");
    }

    /** A client of {@link #HOST} with one of the certificates above. */
    static TlsClient showing(String who) {
        return TlsClient.of(HOST).showing(SHOWN.getOrDefault(who, List.of()).toArray(TestCertificate[]::new));
    }

    /** The lines of a request's head that speak of client certificates. */
    List<String> told() {
        List<String> lines = new ArrayList<>();
        for (String line : backend.requests().getLast().split("\r\n", -1)) {
            String lower = line.toLowerCase(Locale.ROOT).replace('_', '-');
            if (lower.startsWith("ssl-client") || lower.startsWith("x-forwarded-client-cert")) {
                lines.add(line);
            }
        }
        return lines;
    }

    @Override
    public void close() {
        proxy.close();
        backend.close();
    }
}
