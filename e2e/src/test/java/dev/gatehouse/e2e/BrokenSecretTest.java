package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.stream.Stream;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Secret is replaced by rubbish of every kind while it is served: the last good certificate goes on serving, open connections
 * do not notice, the Secret is said to be wrong in what way, and the next good one takes its place.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokenSecretTest {

    private static final String HOST = "shop.example.com";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String SITE = """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: shop}
            spec:
              tls: [{hosts: [shop.example.com], secretName: shop}]
              rules:
              - host: shop.example.com
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: nobody, port: {number: 80}}}}]}
            """;

    private Path folder;
    private TestCertificate served = TestCertificate.of(HOST);
    private Program program;
    private WebClient web;
    private RawClient kept;

    @BeforeAll
    void start(@TempDir Path empty) throws IOException {
        folder = empty;
        Files.writeString(folder.resolve("site.yaml"), SITE);
        write(served.secretYaml("default", "shop"));
        program = Program.start("run", folder.toString(), "--http-port=0", "--https-port=0", "--admin-port=0");
        program.await("Ctrl-C drains");
        web = new WebClient("127.0.0.1", port("http"), port("https"));
        kept = web.connectSecurely(HOST);
    }

    private int port(String scheme) {
        return Integer.parseInt(program.await(scheme + "://localhost:(\\d+)"));
    }

    @AfterAll
    void stop() {
        kept.close();
        program.close();
    }

    /** In one step, as kubectl and kubelet do. */
    private void write(String secret) throws IOException {
        Path next = Files.writeString(folder.resolve("secret.next"), secret);
        Files.move(next, folder.resolve("secret.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    static Stream<Arguments> rubbish() {
        TestCertificate one = TestCertificate.of(HOST);
        String certificate = one.certificatePem();
        String key = one.keyPem();
        byte[] certificateText = certificate.getBytes(StandardCharsets.US_ASCII);
        return Stream.of(
                Arguments.of("an empty certificate", secret("", key), "no tls.crt"),
                Arguments.of("an empty key", secret(certificate, ""), "no tls.key"),
                Arguments.of("no PEM", secret("rubbish", key), "tls.crt without a PEM block"),
                Arguments.of(
                        "a truncated certificate",
                        secret(certificate.substring(0, certificate.length() / 2), key),
                        "tls.crt .*cut short"),
                Arguments.of(
                        "a truncated key",
                        secret(certificate, key.substring(0, key.length() / 2)),
                        "tls.key .*cut short"),
                Arguments.of(
                        "another certificate's key",
                        secret(certificate, TestCertificate.of(HOST).keyPem()),
                        "does not fit the certificate"),
                Arguments.of("an encrypted key", secret(certificate, encrypted(one)), "encrypted tls.key"),
                Arguments.of(
                        "a certificate in DER",
                        TestCertificate.secretYaml(
                                "default", "shop", one.der(), key.getBytes(StandardCharsets.US_ASCII)),
                        "tls.crt in DER"),
                Arguments.of(
                        "a key in DER",
                        TestCertificate.secretYaml("default", "shop", certificateText, one.pkcs8()),
                        "tls.key in DER"),
                Arguments.of(
                        "a hundred certificates",
                        secret(certificate + bundle(one, 99), key),
                        "100 certificates in tls.crt"),
                Arguments.of("a key on an unknown curve", secret(certificate, onUnknownCurve()), "curve secp256k1"));
    }

    private static String secret(String certificates, String key) {
        return TestCertificate.secretYaml("default", "shop", certificates, key);
    }

    private static String bundle(TestCertificate keys, int count) {
        StringBuilder bundle = new StringBuilder();
        for (int i = 0; i < count; i++) {
            bundle.append(CertificateBuilder.of("root " + i)
                    .keys(keys.keys())
                    .authority()
                    .build()
                    .certificatePem());
        }
        return bundle.toString();
    }

    private static String encrypted(TestCertificate one) {
        try {
            return pem(new JcaPKCS8Generator(
                            one.keys().getPrivate(),
                            new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_256_CBC)
                                    .setProvider(new BouncyCastleProvider())
                                    .setPassword("secret".toCharArray())
                                    .build())
                    .generate());
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String onUnknownCurve() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
            generator.initialize(new ECGenParameterSpec("secp256k1"));
            return pem(generator.generateKeyPair().getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(Object content) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rubbish")
    void theLastGoodCertificateGoesOnAndTheObjectSaysWhy(String kind, String secret, String complaint)
            throws IOException {
        write(secret);
        program.await("Secret default/shop has .*" + complaint + ".*still served");
        assertThat(web.certificate(HOST)).isEqualTo(served.certificate());
        assertStillOpen();
        served = TestCertificate.of(HOST);
        write(served.secretYaml("default", "shop"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(web.certificate(HOST)).isEqualTo(served.certificate()));
        assertStillOpen();
    }

    private void assertStillOpen() {
        kept.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n");
        assertThat(kept.readResponse().status()).isEqualTo(503); // its Service is not there
    }
}
