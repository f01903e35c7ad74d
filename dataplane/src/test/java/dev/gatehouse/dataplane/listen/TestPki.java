package dev.gatehouse.dataplane.listen;

import com.google.protobuf.ByteString;
import dev.gatehouse.testkit.TestCertificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** What authorities issue beside plain certificates. */
final class TestPki {
    private static final String SIGNATURE = "SHA256withECDSA";

    private TestPki() {}

    static ByteString der(TestCertificate certificate) {
        try {
            return ByteString.copyFrom(certificate.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate for one purpose alone. */
    static TestCertificate forPurpose(TestCertificate authority, String subject, KeyPurposeId purpose) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            var builder = new JcaX509v3CertificateBuilder(
                            authority.certificate(),
                            BigInteger.valueOf(System.nanoTime()),
                            Date.from(Instant.now().minus(Duration.ofHours(1))),
                            Date.from(Instant.now().plus(Duration.ofHours(1))),
                            new X500Name(subject),
                            keys.getPublic())
                    .addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
            var signer = new JcaContentSignerBuilder(SIGNATURE)
                    .build(authority.keys().getPrivate());
            return new TestCertificate(new JcaX509CertificateConverter().getCertificate(builder.build(signer)), keys);
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A revocation list. */
    static X509CRL crl(TestCertificate authority, Instant until, TestCertificate... revoked) {
        try {
            Instant from = until.minus(Duration.ofDays(2));
            var builder = new JcaX509v2CRLBuilder(authority.certificate().getSubjectX500Principal(), Date.from(from))
                    .setNextUpdate(Date.from(until));
            for (TestCertificate one : revoked) {
                builder.addCRLEntry(one.certificate().getSerialNumber(), Date.from(from), CRLReason.keyCompromise);
            }
            var signer = new JcaContentSignerBuilder(SIGNATURE)
                    .build(authority.keys().getPrivate());
            return (X509CRL) CertificateFactory.getInstance("X.509")
                    .generateCRL(new ByteArrayInputStream(builder.build(signer).getEncoded()));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
