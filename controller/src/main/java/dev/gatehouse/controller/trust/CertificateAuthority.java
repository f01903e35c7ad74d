package dev.gatehouse.controller.trust;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An ECDSA P-256 authority that signs the controllers' server certificates. Immutable; never printed.
 *
 * @param certificate self-signed
 * @param key belongs to it
 */
public record CertificateAuthority(X509Certificate certificate, PrivateKey key) {

    private static final X500Name NAME = new X500Name("CN=Gatehouse controller authority");
    private static final Duration VALIDITY = Duration.ofDays(365);
    private static final Duration SERVER_VALIDITY = Duration.ofDays(30);
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new authority, valid for a year from {@code now}. */
    public static CertificateAuthority create(Instant now) {
        KeyPair pair = keyPair();
        try {
            var builder = builder(NAME, NAME, pair.getPublic(), now, VALIDITY)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
            return new CertificateAuthority(sign(builder, pair.getPrivate()), pair.getPrivate());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a certificate authority", e);
        }
    }

    /**
     * Reads what {@link #certificatePem()} and {@link #keyPem()} wrote.
     *
     * @throws GeneralSecurityException if either cannot be read; the message holds nothing of the key
     */
    public static CertificateAuthority parse(String certificatePem, String keyPem) throws GeneralSecurityException {
        try (PEMParser certificates = new PEMParser(new StringReader(certificatePem));
                PEMParser keys = new PEMParser(new StringReader(keyPem))) {
            if (!(certificates.readObject() instanceof X509CertificateHolder holder)) {
                throw new GeneralSecurityException("tls.crt holds no certificate");
            }
            if (!(keys.readObject() instanceof PrivateKeyInfo key)) {
                throw new GeneralSecurityException("tls.key holds no PKCS#8 private key");
            }
            return new CertificateAuthority(
                    new JcaX509CertificateConverter().getCertificate(holder),
                    new JcaPEMKeyConverter().getPrivateKey(key));
        } catch (IOException e) {
            throw new GeneralSecurityException("tls.crt or tls.key is no PEM", e);
        }
    }

    /**
     * A certificate for a controller's snapshot port with a key of its own, valid for 30 days from {@code now}.
     *
     * @param dnsNames at least one
     * @param addresses IP addresses, may be empty
     */
    public ServerIdentity issue(List<String> dnsNames, List<String> addresses, Instant now) {
        KeyPair pair = keyPair();
        List<GeneralName> names = new ArrayList<>();
        dnsNames.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
        addresses.forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
        try {
            var builder = builder(
                            X500Name.getInstance(
                                    certificate.getSubjectX500Principal().getEncoded()),
                            new X500Name("CN=gatehouse-controller"),
                            pair.getPublic(),
                            now,
                            SERVER_VALIDITY)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(
                            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate))
                    .addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(names.toArray(new GeneralName[0])));
            return new ServerIdentity(pem(sign(builder, key)), pem(pair.getPrivate()), now.plus(SERVER_VALIDITY));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot issue a server certificate", e);
        }
    }

    /**
     * A certificate of the snapshot port.
     *
     * @param certificatePem the certificate
     * @param keyPem its PKCS#8 key
     */
    public record ServerIdentity(String certificatePem, String keyPem, Instant notAfter) {
        @Override
        public String toString() {
            return "server certificate until " + notAfter;
        }
    }

    public String certificatePem() {
        return pem(certificate);
    }

    public String keyPem() {
        return pem(key);
    }

    /** Whether two thirds of the authority's life are over: time for the next one. */
    public boolean dueForRotation(Instant now) {
        return now.isAfter(certificate.getNotAfter().toInstant().minus(VALIDITY.dividedBy(3)));
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Instant now, Duration validity) {
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(120, RANDOM),
                Date.from(now.minus(CLOCK_SKEW)),
                Date.from(now.plus(validity)),
                subject,
                key);
    }

    private static X509Certificate sign(org.bouncycastle.cert.X509v3CertificateBuilder builder, PrivateKey signer)
            throws GeneralSecurityException {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static String pem(Object object) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(
                    object instanceof PrivateKey secret
                            ? new org.bouncycastle.openssl.jcajce.JcaPKCS8Generator(secret, null)
                            : object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "certificate authority until " + certificate.getNotAfter().toInstant();
    }
}
