package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Of several certificates for a name, each client gets the one that it can verify. */
@ParameterizedClass
@EnumSource(
        value = SslProvider.class,
        names = {"OPENSSL", "JDK"})
final class CertificateChoiceTest {

    private static final String NAME = "a.example.com";
    private static final TestCertificate P256 = CertificateBuilder.of(NAME).build();
    private static final TestCertificate P384 =
            CertificateBuilder.of(NAME).curve("secp384r1").build();
    private static final TestCertificate RSA =
            CertificateBuilder.of(NAME).rsa(2048).build();
    private static final TestCertificate ED25519 =
            CertificateBuilder.of(NAME).ed25519().build();
    private static final String RSA_SCHEMES = "rsa_pss_rsae_sha256,rsa_pkcs1_sha256";

    @Parameter
    SslProvider provider = SslProvider.JDK;

    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture(
                List.of(new ListenerBind("https", "127.0.0.1", 0, true)), recording -> recording, provider);
        proxy.certificate("p256", P256)
                .certificate("p384", P384)
                .certificate("rsa", RSA)
                .certificate("ed25519", ED25519);
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private void offer(String... secrets) {
        proxy.host(NAME, host -> {
            for (String secret : secrets) {
                host.addCertificates("certificate/test/" + secret);
            }
            return host;
        });
    }

    /**
     * The key of the certificate that a client gets.
     *
     * @param suites that it speaks; empty: all it knows
     * @param schemes of signatures that it verifies; empty: all it knows
     */
    private String shown(String version, String suites, String schemes) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), new SecureRandom());
            try (SSLSocket socket = (SSLSocket)
                    context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), proxy.port("https"))) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(NAME)));
                parameters.setProtocols(new String[] {version});
                if (!suites.isEmpty()) {
                    parameters.setCipherSuites(suites.split(","));
                }
                if (!schemes.isEmpty()) {
                    parameters.setSignatureSchemes(schemes.split(","));
                }
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                var leaf = socket.getSession().getPeerCertificates()[0];
                return leaf.equals(P256.certificate())
                        ? "P-256"
                        : leaf.equals(P384.certificate())
                                ? "P-384"
                                : leaf.equals(RSA.certificate())
                                        ? "RSA"
                                        : leaf.equals(ED25519.certificate()) ? "Ed25519" : "?";
            }
        } catch (IOException e) {
            return "none";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void ecdsaIsPreferredAndRsaIsForThoseWhoVerifyNothingElse() {
        offer("rsa", "p256");
        for (String version : List.of("TLSv1.3", "TLSv1.2")) {
            assertThat(shown(version, "", "")).isEqualTo("P-256");
            assertThat(shown(version, "", RSA_SCHEMES)).isEqualTo("RSA");
            assertThat(shown(version, "", "ecdsa_secp256r1_sha256")).isEqualTo("P-256");
            assertThat(shown(version, "", "ed25519," + RSA_SCHEMES)).isEqualTo("RSA");
        }
    }

    @Test
    void tls12ClientsAreTakenByTheirCipherSuites() {
        offer("rsa", "p256");
        assertThat(shown("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ""))
                .isEqualTo("RSA");
        assertThat(shown("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ""))
                .isEqualTo("P-256");
    }

    @Test
    void theCurveCountsAsWell() {
        offer("rsa", "p256", "p384");
        assertThat(shown("TLSv1.3", "", "ecdsa_secp384r1_sha384," + RSA_SCHEMES))
                .isEqualTo("P-384");
        assertThat(shown("TLSv1.3", "", "ecdsa_secp256r1_sha256," + RSA_SCHEMES))
                .isEqualTo("P-256");
        assertThat(shown("TLSv1.3", "", "")).as("the cheaper one").isEqualTo("P-256");
        offer("rsa", "p256");
        assertThat(shown("TLSv1.3", "", "ecdsa_secp384r1_sha384," + RSA_SCHEMES))
                .as("a P-256 key has no signature that it takes")
                .isEqualTo("RSA");
    }

    @Test
    void ed25519IsForThoseWhoVerifyIt() {
        offer("rsa", "ed25519");
        assertThat(shown("TLSv1.3", "", "ed25519")).isEqualTo("Ed25519");
        assertThat(shown("TLSv1.3", "", RSA_SCHEMES)).isEqualTo("RSA");
        assertThat(shown("TLSv1.3", "", "")).as("what more clients verify").isEqualTo("RSA");
    }

    @Test
    void everyKindIsServedAlone() {
        offer("rsa");
        assertThat(shown("TLSv1.3", "", "")).isEqualTo("RSA");
        assertThat(shown("TLSv1.3", "", "ecdsa_secp256r1_sha256")).isEqualTo("none");
        offer("p384");
        assertThat(shown("TLSv1.3", "", "")).isEqualTo("P-384");
        assertThat(shown("TLSv1.2", "", "")).isEqualTo("P-384");
        offer("ed25519");
        assertThat(shown("TLSv1.3", "", "")).isEqualTo("Ed25519");
    }
}
