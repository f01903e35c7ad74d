package dev.gatehouse.dataplane.listen.tls;

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
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The certificate for names that nobody brought one for: made once in a process, trusted by nobody, so that the mistake is visible. */
record SelfSigned(X509Certificate certificate, PrivateKey key) {
    private static final Duration VALID = Duration.ofDays(365);

    /** Made by the first that asks; others wait for it. */
    private static final class Own {
        static final SelfSigned CERTIFICATE = create(new SecureRandom());
    }

    /** The process's own. Blocks for some tens of milliseconds the first time. */
    static SelfSigned own() {
        return Own.CERTIFICATE;
    }

    private static SelfSigned create(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair pair = generator.generateKeyPair();
            X500Name name = new X500Name("CN=Gatehouse: no certificate for this name");
            Instant now = Instant.now();
            var builder = new JcaX509v3CertificateBuilder(
                    name,
                    new BigInteger(127, random),
                    Date.from(now.minus(Duration.ofHours(1))),
                    Date.from(now.plus(VALID)),
                    name,
                    pair.getPublic());
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
            return new SelfSigned(
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer)), pair.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("this Java runtime cannot make an ECDSA P-256 certificate", e);
        }
    }
}
