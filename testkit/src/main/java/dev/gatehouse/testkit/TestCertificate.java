package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
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

/** An ECDSA P-256 certificate for tests, with its key. */
public record TestCertificate(X509Certificate certificate, KeyPair keys) {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Self-signed, good from an hour ago for a year, for DNS names, IP addresses and URIs. */
    public static TestCertificate of(String... names) {
        Instant now = Instant.now();
        return valid(now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(365)), names);
    }

    /** Self-signed, good between two instants. */
    public static TestCertificate valid(Instant notBefore, Instant notAfter, String... names) {
        return make(Optional.empty(), notBefore, notAfter, false, names);
    }

    /** An authority, good from an hour ago for a year. */
    public static TestCertificate authority(String name) {
        Instant now = Instant.now();
        return make(Optional.empty(), now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(365)), true, name);
    }

    /** One that this authority has issued, good from an hour ago for a day. */
    public TestCertificate issue(String... names) {
        Instant now = Instant.now();
        return issue(now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(1)), names);
    }

    /** One that this authority has issued, good between two instants. */
    public TestCertificate issue(Instant notBefore, Instant notAfter, String... names) {
        return make(Optional.of(this), notBefore, notAfter, false, names);
    }

    private static TestCertificate make(
            Optional<TestCertificate> issuer, Instant notBefore, Instant notAfter, boolean authority, String... names) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            KeyPair keys = generator.generateKeyPair();
            X500Name name = new X500Name("CN=" + names[0]);
            GeneralName[] alternatives =
                    Stream.of(names).map(one -> new GeneralName(type(one), one)).toArray(GeneralName[]::new);
            X500Name issuedBy = issuer.map(one -> new X500Name(
                            one.certificate.getSubjectX500Principal().getName()))
                    .orElse(name);
            var builder = new JcaX509v3CertificateBuilder(
                            issuedBy,
                            new BigInteger(120, RANDOM),
                            Date.from(notBefore),
                            Date.from(notAfter),
                            name,
                            keys.getPublic())
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            if (authority) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(issuer.map(TestCertificate::keys).orElse(keys).getPrivate());
            return new TestCertificate(new JcaX509CertificateConverter().getCertificate(builder.build(signer)), keys);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int type(String name) {
        if (name.contains("://")) {
            return GeneralName.uniformResourceIdentifier;
        }
        return IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName;
    }

    /** For a server that shows this certificate, with the JDK's own TLS. */
    public SSLContext serverContext() {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry("it", keys.getPrivate(), new char[0], new X509Certificate[] {certificate});
            KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
            managers.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, RANDOM);
            return context;
        } catch (GeneralSecurityException | IOException e) {
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
