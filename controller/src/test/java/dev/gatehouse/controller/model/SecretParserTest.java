package dev.gatehouse.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.SecretModel.Unusable;
import dev.gatehouse.controller.model.SecretModel.Usable;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a Secret holds, its certificate is served as it should be shown, or a person is told what to do. */
class SecretParserTest {

    private static final TestCertificate ROOT = TestCertificate.authority("root");
    private static final TestCertificate MIDDLE =
            CertificateBuilder.of("middle").issuer(ROOT).authority().build();
    private static final TestCertificate LEAF = CertificateBuilder.of("a.example.com")
            .issuer(MIDDLE)
            .tellsIssuer("http://issuer.example.com/middle.crt")
            .build();
    private static final TestCertificate STRANGER = TestCertificate.of("b.example.com");
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

    private static SecretModel.Material read(String yaml) {
        Secret secret = new KubernetesSerialization().unmarshal(yaml, Secret.class);
        return ((SecretModel) ModelParser.parse(secret)).material();
    }

    private static SecretModel.Material read(String certificates, String key) {
        return read(TestCertificate.secretYaml("shop", "tls", certificates, key));
    }

    private static Usable usable(String certificates, String key) {
        assertThat(read(certificates, key)).isInstanceOf(Usable.class);
        return (Usable) read(certificates, key);
    }

    private static String refusal(SecretModel.Material material) {
        assertThat(material).isInstanceOf(Unusable.class);
        return ((Unusable) material).message();
    }

    private static String refusal(String certificates, String key) {
        return refusal(read(certificates, key));
    }

    private static List<ByteString> der(TestCertificate... chain) {
        return Stream.of(chain).map(one -> ByteString.copyFrom(one.der())).toList();
    }

    private static String pem(TestCertificate... chain) {
        return Stream.of(chain).map(TestCertificate::certificatePem).collect(Collectors.joining());
    }

    private static List<String> remarks(Usable usable) {
        return usable.remarks().stream().map(SecretModel.Remark::reason).toList();
    }

    private static String writtenBy(Writing writing) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writing.to(writer);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    private interface Writing {
        void to(JcaPEMWriter writer) throws Exception;
    }

    @Test
    void aChainInItsOrderIsServedAsItIs() {
        Usable usable = usable(pem(LEAF, MIDDLE), LEAF.keyPem());
        assertThat(usable.chain()).isEqualTo(der(LEAF, MIDDLE));
        assertThat(usable.remarks()).isEmpty();
        assertThat(usable.names()).containsExactly("a.example.com");
        assertThat(usable(pem(LEAF, MIDDLE, ROOT), LEAF.keyPem()).remarks()).isEmpty();
    }

    @Test
    void aChainInTheWrongOrderIsPutRightAndSaid() {
        for (String pem : List.of(pem(ROOT, MIDDLE, LEAF), pem(LEAF, ROOT, MIDDLE), pem(MIDDLE, LEAF, ROOT))) {
            Usable usable = usable(pem, LEAF.keyPem());
            assertThat(usable.chain()).isEqualTo(der(LEAF, MIDDLE, ROOT));
            assertThat(remarks(usable)).containsExactly("CertificateChainReordered");
        }
    }

    @Test
    void crossSignedIssuersStayInTheOrderTheyAreGivenIn() {
        TestCertificate other = TestCertificate.authority("another root");
        TestCertificate crossed = CertificateBuilder.of("middle")
                .keys(MIDDLE.keys())
                .issuer(other)
                .authority()
                .build();
        Usable usable = usable(pem(LEAF, MIDDLE, ROOT, crossed, other), LEAF.keyPem());
        assertThat(usable.chain()).isEqualTo(der(LEAF, MIDDLE, ROOT, crossed, other));
        assertThat(usable.remarks()).isEmpty();
    }

    @Test
    void anIssuerOfTheSameNameWithAnotherKeyIsNoIssuer() {
        TestCertificate namesake =
                CertificateBuilder.of("middle").issuer(ROOT).authority().build();
        Usable usable = usable(pem(LEAF, namesake, MIDDLE), LEAF.keyPem());
        assertThat(usable.chain()).isEqualTo(der(LEAF, MIDDLE));
        assertThat(usable.remarks()).singleElement().satisfies(remark -> {
            assertThat(remark.reason()).isEqualTo("CertificateChainTooLong");
            assertThat(remark.message()).contains("1 certificates").contains("CN=middle");
        });
    }

    @Test
    void aLeafWithoutItsIntermediateIsServedAndTheMissingOneNamed() {
        Usable usable = usable(pem(LEAF), LEAF.keyPem());
        assertThat(usable.remarks()).singleElement().satisfies(remark -> {
            assertThat(remark.reason()).isEqualTo("CertificateChainIncomplete");
            assertThat(remark.message()).contains("CN=middle").contains("add it after the leaf");
        });
    }

    @Test
    void nothingIsMissingWhereARootIssuedTheLeafOrTheLeafItself() {
        assertThat(usable(pem(STRANGER), STRANGER.keyPem()).remarks()).isEmpty();
        TestCertificate byRoot = CertificateBuilder.of("a.example.com")
                .issuer(ROOT)
                .tellsIssuer("http://issuer.example.com/root.crt")
                .build();
        String secret = TestCertificate.secretYaml("shop", "tls", pem(byRoot), byRoot.keyPem());
        String ca = Base64.getEncoder().encodeToString(ROOT.certificatePem().getBytes(StandardCharsets.UTF_8));
        assertThat(((Usable) read(secret + "  ca.crt: " + ca + "\n")).remarks())
                .as("as cert-manager writes it for an authority of one's own")
                .isEmpty();
        assertThat(remarks((Usable) read(secret))).containsExactly("CertificateChainIncomplete");
        TestCertificate quiet = ROOT.issue("c.example.com");
        assertThat(usable(pem(quiet), quiet.keyPem()).remarks())
                .as("an authority of one's own that says nothing of itself")
                .isEmpty();
    }

    static Stream<CertificateBuilder> kindsThatAreServed() {
        CertificateBuilder any = CertificateBuilder.of("a.example.com");
        return Stream.of(
                any.rsa(2048),
                CertificateBuilder.of("a.example.com").rsa(4096),
                CertificateBuilder.of("a.example.com").curve("secp256r1"),
                CertificateBuilder.of("a.example.com").curve("secp384r1"),
                CertificateBuilder.of("a.example.com").ed25519());
    }

    @ParameterizedTest
    @MethodSource("kindsThatAreServed")
    void everyKindOfKeyIsReadInEveryForm(CertificateBuilder kind) {
        TestCertificate one = kind.build();
        PrivateKey key = one.keys().getPrivate();
        ByteString pkcs8 = ByteString.copyFrom(one.pkcs8());
        assertThat(usable(pem(one), one.keyPem()).privateKey()).as("PKCS#8").isEqualTo(pkcs8);
        if (key.getAlgorithm().equals("RSA")) {
            String pkcs1 = writtenBy(writer -> writer.writeObject(key));
            assertThat(pkcs1).startsWith("-----BEGIN RSA PRIVATE KEY");
            assertThat(usable(pem(one), pkcs1).privateKey()).as("PKCS#1").isEqualTo(pkcs8);
        }
        if (key.getAlgorithm().equals("EC")) {
            var curve = PrivateKeyInfo.getInstance(key.getEncoded())
                    .getPrivateKeyAlgorithm()
                    .getParameters()
                    .toASN1Primitive();
            var ec = (java.security.interfaces.ECPrivateKey) key;
            var structure = new ECPrivateKey(ec.getParams().getOrder().bitLength(), ec.getS(), curve);
            String sec1 =
                    writtenBy(writer -> writer.writeObject(new PemObject("EC PRIVATE KEY", structure.getEncoded())));
            String parameters =
                    writtenBy(writer -> writer.writeObject(new PemObject("EC PARAMETERS", curve.getEncoded())));
            assertThat(usable(pem(one), sec1).privateKey()).as("SEC 1").isEqualTo(pkcs8);
            assertThat(usable(pem(one), parameters + sec1).privateKey()).isEqualTo(pkcs8);
        }
    }

    @Test
    void whatIsEmptyIsNamed() {
        assertThat(refusal("", LEAF.keyPem())).contains("has no tls.crt");
        assertThat(refusal(pem(LEAF), "")).contains("has no tls.key");
        assertThat(refusal("\n", LEAF.keyPem())).contains("tls.crt without a PEM block");
        assertThat(refusal(pem(LEAF), "key")).contains("tls.key without a private key");
    }

    @Test
    void whatIsCutShortIsNamed() {
        String pem = pem(LEAF, MIDDLE);
        assertThat(refusal(pem.substring(0, pem.length() / 4), LEAF.keyPem())).contains("tls.crt", "cut short");
        assertThat(refusal(pem.substring(0, pem.length() - 30), LEAF.keyPem())).contains("tls.crt", "cut short");
        String linesOut = pem.replaceFirst("(?s)(BEGIN CERTIFICATE-----\n.{65}).{130}", "$1");
        assertThat(refusal(linesOut, LEAF.keyPem())).contains("certificate 1 cannot be read");
        String key = LEAF.keyPem();
        assertThat(refusal(pem, key.substring(0, key.length() - 40))).contains("tls.key", "cut short");
        assertThat(refusal(pem, key.substring(0, 60) + key.substring(100))).contains("tls.key", "cut short");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() {
        assertThat(refusal(pem(LEAF), STRANGER.keyPem())).contains("does not fit the certificate");
        assertThat(refusal(pem(LEAF, MIDDLE), STRANGER.keyPem())).contains("fits none of the 2");
        TestCertificate rsa = CertificateBuilder.of("a.example.com").rsa(2048).build();
        assertThat(refusal(pem(rsa), STRANGER.keyPem())).contains("does not fit the certificate");
    }

    @Test
    void anEncryptedKeyIsRefusedWithTheCommandThatHelps() {
        String pkcs8 = writtenBy(writer -> writer.writeObject(new JcaPKCS8Generator(
                        LEAF.keys().getPrivate(),
                        new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_256_CBC)
                                .setProvider(PROVIDER)
                                .setPassword("secret".toCharArray())
                                .build())
                .generate()));
        assertThat(pkcs8).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY");
        assertThat(refusal(pem(LEAF), pkcs8)).contains("encrypted tls.key").contains("openssl pkey");
        String sec1 = writtenBy(writer -> writer.writeObject(
                LEAF.keys().getPrivate(),
                new JcePEMEncryptorBuilder("AES-256-CBC").setProvider(PROVIDER).build("secret".toCharArray())));
        assertThat(sec1).contains("Proc-Type: 4,ENCRYPTED");
        assertThat(refusal(pem(LEAF), sec1)).contains("encrypted tls.key").contains("openssl pkey");
    }

    @Test
    void binaryInsteadOfTextIsRefusedWithTheCommandThatConverts() {
        byte[] certificate = LEAF.der();
        byte[] key = LEAF.keys().getPrivate().getEncoded();
        byte[] pemKey = LEAF.keyPem().getBytes(StandardCharsets.UTF_8);
        assertThat(refusal(read(TestCertificate.secretYaml("shop", "tls", certificate, pemKey))))
                .contains("tls.crt in DER")
                .contains("openssl x509 -inform der");
        assertThat(refusal(read(
                        TestCertificate.secretYaml("shop", "tls", pem(LEAF).getBytes(StandardCharsets.UTF_8), key))))
                .contains("tls.key in DER")
                .contains("openssl pkey -inform der");
    }

    @Test
    void aBundleOfAHundredCertificatesIsRefused() {
        String bundle = IntStream.range(0, 99)
                .mapToObj(i -> CertificateBuilder.of("root " + i)
                        .keys(ROOT.keys())
                        .authority()
                        .build()
                        .certificatePem())
                .collect(Collectors.joining());
        assertThat(refusal(pem(LEAF) + bundle, LEAF.keyPem()))
                .contains("has 100 certificates")
                .contains("at most 16");
    }

    @Test
    void keysThatClientsRefuseAreRefusedWithTheReason() throws Exception {
        TestCertificate small = CertificateBuilder.of("a.example.com").rsa(1024).build();
        assertThat(refusal(pem(small), small.keyPem())).contains("1024 bits").contains("2048");
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", PROVIDER);
        generator.initialize(new ECGenParameterSpec("secp256k1"), new SecureRandom());
        PrivateKey onUnknown = generator.generateKeyPair().getPrivate();
        assertThat(refusal(pem(LEAF), writtenBy(writer -> writer.writeObject(onUnknown))))
                .contains("curve secp256k1")
                .contains("P-256 or P-384");
        PrivateKey agreement =
                KeyPairGenerator.getInstance("X25519").generateKeyPair().getPrivate();
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject("PRIVATE KEY", agreement.getEncoded()));
        }
        assertThat(refusal(pem(LEAF), text.toString())).contains("algorithm that clients do not know");
    }

    @Test
    void keyAndCertificateThatWereSwappedAreNamed() {
        assertThat(refusal(LEAF.keyPem(), LEAF.keyPem())).contains("tls.crt with a block of PRIVATE KEY");
        assertThat(refusal(pem(LEAF), pem(LEAF))).contains("certificate in tls.key");
    }

    @Test
    void nothingOfAKeyIsEverSaid() {
        TestCertificate one = TestCertificate.of("a.example.com");
        String body = one.keyPem().lines().skip(1).findFirst().orElseThrow();
        assertThat(usable(pem(one), one.keyPem()).toString()).doesNotContain(body);
        assertThat(refusal(one.keyPem(), one.keyPem())).doesNotContain(body);
        assertThat(refusal(pem(LEAF), one.keyPem())).doesNotContain(body);
    }
}
