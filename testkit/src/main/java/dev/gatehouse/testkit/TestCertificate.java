package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/** A self-signed ECDSA P-256 certificate for tests, with its key. */
public record TestCertificate(X509Certificate certificate, KeyPair keys) {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Good from an hour ago for a year, for DNS names and IP addresses. */
    public static TestCertificate of(String... names) {
        Instant now = Instant.now();
        return valid(now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(365)), names);
    }

    /** Good between two instants. */
    public static TestCertificate valid(Instant notBefore, Instant notAfter, String... names) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            KeyPair keys = generator.generateKeyPair();
            X500Name name = new X500Name("CN=" + names[0]);
            GeneralName[] alternatives = Stream.of(names)
                    .map(one ->
                            new GeneralName(IPAddress.isValid(one) ? GeneralName.iPAddress : GeneralName.dNSName, one))
                    .toArray(GeneralName[]::new);
            var builder = new JcaX509v3CertificateBuilder(
                            name,
                            new BigInteger(120, RANDOM),
                            Date.from(notBefore),
                            Date.from(notAfter),
                            name,
                            keys.getPublic())
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            return new TestCertificate(new JcaX509CertificateConverter().getCertificate(builder.build(signer)), keys);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public String certificatePem() {
        return pem(certificate);
    }

    /** PKCS#8. */
    public String keyPem() {
        try {
            return pem(new JcaPKCS8Generator(keys.getPrivate(), null).generate());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A manifest of a Secret of type {@code kubernetes.io/tls}. */
    public String secretYaml(String namespace, String name) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {namespace: %s, name: %s}
                type: kubernetes.io/tls
                data:
                  tls.crt: %s
                  tls.key: %s
                """.formatted(namespace, name, base64(certificatePem()), base64(keyPem()));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
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
}
