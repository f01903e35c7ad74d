package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;

/** A certificate for tests, with its key: ECDSA P-256 unless a {@link CertificateBuilder} made it. */
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
        CertificateBuilder builder = CertificateBuilder.of(names).valid(notBefore, notAfter);
        issuer.ifPresent(builder::issuer);
        return (authority ? builder.authority() : builder).build();
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

    public byte[] der() {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
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

    /** The key as a controller sends it: one of ECDSA with its public half (RFC 5915, 3). */
    public byte[] pkcs8() {
        if (!(keys.getPrivate() instanceof ECPrivateKey ec)) {
            return keys.getPrivate().getEncoded();
        }
        try {
            var point = SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded())
                    .getPublicKeyData();
            var algorithm = PrivateKeyInfo.getInstance(ec.getEncoded()).getPrivateKeyAlgorithm();
            int bits = ec.getParams().getOrder().bitLength();
            return new PrivateKeyInfo(
                            algorithm, new org.bouncycastle.asn1.sec.ECPrivateKey(bits, ec.getS(), point, null))
                    .getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A manifest of a Secret of type {@code kubernetes.io/tls}. */
    public String secretYaml(String namespace, String name) {
        return secretYaml(namespace, name, certificatePem(), keyPem());
    }

    /** A manifest of a Secret of type {@code kubernetes.io/tls} with any content. */
    public static String secretYaml(String namespace, String name, String certificates, String key) {
        return secretYaml(
                namespace, name, certificates.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
    }

    /** A manifest of a Secret of type {@code kubernetes.io/tls} with any content, binary as well. */
    public static String secretYaml(String namespace, String name, byte[] certificates, byte[] key) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {namespace: %s, name: %s}
                type: kubernetes.io/tls
                data:
                  tls.crt: %s
                  tls.key: %s
                """.formatted(
                        namespace,
                        name,
                        Base64.getEncoder().encodeToString(certificates),
                        Base64.getEncoder().encodeToString(key));
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
