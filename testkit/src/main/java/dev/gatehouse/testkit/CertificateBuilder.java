package dev.gatehouse.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/** Makes a certificate for tests: {@code CertificateBuilder.of("a.example.com").rsa(2048).issuer(authority).build()}. */
public final class CertificateBuilder {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<String> names;
    private Optional<TestCertificate> issuer = Optional.empty();
    private Optional<KeyPair> keys = Optional.empty();
    private Optional<String> issuersCertificate = Optional.empty();
    private Optional<String> responder = Optional.empty();
    private Instant notBefore = Instant.now().minus(Duration.ofHours(1));
    private Instant notAfter = Instant.now().plus(Duration.ofDays(365));
    private boolean authority;
    private boolean answersForIssuer;

    private CertificateBuilder(List<String> names) {
        this.names = names;
    }

    /** Self-signed, ECDSA P-256, good from an hour ago for a year; for DNS names, IP addresses and URIs. */
    public static CertificateBuilder of(String... names) {
        return new CertificateBuilder(List.of(names));
    }

    /** Signed by another one. */
    public CertificateBuilder issuer(TestCertificate by) {
        issuer = Optional.of(by);
        return this;
    }

    public CertificateBuilder valid(Instant from, Instant until) {
        notBefore = from;
        notAfter = until;
        return this;
    }

    /** One that may issue others. */
    public CertificateBuilder authority() {
        authority = true;
        return this;
    }

    /** One that may answer for its issuer whether certificates were revoked (RFC 6960, 4.2.2.2). */
    public CertificateBuilder answersForIssuer() {
        answersForIssuer = true;
        return this;
    }

    public CertificateBuilder rsa(int bits) {
        return keys(pair("RSA", generator -> generator.initialize(bits, RANDOM)));
    }

    /** @param name such as {@code secp384r1} */
    public CertificateBuilder curve(String name) {
        return keys(pair("EC", generator -> generator.initialize(new ECGenParameterSpec(name), RANDOM)));
    }

    public CertificateBuilder ed25519() {
        return keys(pair("Ed25519", generator -> {}));
    }

    /** Keys that exist already: making them is what takes the time. */
    public CertificateBuilder keys(KeyPair existing) {
        keys = Optional.of(existing);
        return this;
    }

    /** Tells where the issuer's certificate can be had (caIssuers), as public authorities do. */
    public CertificateBuilder tellsIssuer(String uri) {
        issuersCertificate = Optional.of(uri);
        return this;
    }

    /** Tells who can be asked whether it was revoked (OCSP). */
    public CertificateBuilder responder(String uri) {
        responder = Optional.of(uri);
        return this;
    }

    private interface Setting {
        void apply(KeyPairGenerator generator) throws GeneralSecurityException;
    }

    private static KeyPair pair(String algorithm, Setting setting) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            setting.apply(generator);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public TestCertificate build() {
        if (keys.isEmpty()) {
            curve("secp256r1");
        }
        KeyPair own = keys.orElseThrow();
        X500Principal subject = new X500Principal("CN=" + names.getFirst());
        X500Principal issuedBy =
                issuer.map(one -> one.certificate().getSubjectX500Principal()).orElse(subject);
        GeneralName[] alternatives =
                names.stream().map(one -> new GeneralName(type(one), one)).toArray(GeneralName[]::new);
        try {
            var builder = new JcaX509v3CertificateBuilder(
                            issuedBy,
                            new BigInteger(120, RANDOM),
                            Date.from(notBefore),
                            Date.from(notAfter),
                            subject,
                            own.getPublic())
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(own.getPublic()));
            if (issuer.isPresent()) {
                builder.addExtension(
                        Extension.authorityKeyIdentifier,
                        false,
                        extensions.createAuthorityKeyIdentifier(
                                issuer.get().keys().getPublic()));
            }
            if (authority) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            }
            if (answersForIssuer) {
                builder.addExtension(
                        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_OCSPSigning));
            }
            if (issuersCertificate.isPresent() || responder.isPresent()) {
                AccessDescription[] places = Stream.concat(
                                issuersCertificate.stream().map(uri -> place(AccessDescription.id_ad_caIssuers, uri)),
                                responder.stream().map(uri -> place(AccessDescription.id_ad_ocsp, uri)))
                        .toArray(AccessDescription[]::new);
                builder.addExtension(Extension.authorityInfoAccess, false, new AuthorityInformationAccess(places));
            }
            PrivateKey signing = issuer.map(TestCertificate::keys).orElse(own).getPrivate();
            var signer = new JcaContentSignerBuilder(signature(signing)).build(signing);
            X509Certificate certificate = new JcaX509CertificateConverter().getCertificate(builder.build(signer));
            return new TestCertificate(certificate, own);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static AccessDescription place(ASN1ObjectIdentifier method, String uri) {
        return new AccessDescription(method, new GeneralName(GeneralName.uniformResourceIdentifier, uri));
    }

    private static String signature(PrivateKey key) {
        return switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
    }

    private static int type(String name) {
        if (name.contains("://")) {
            return GeneralName.uniformResourceIdentifier;
        }
        return IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName;
    }
}
