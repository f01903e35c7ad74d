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
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An ECDSA P-256 authority that signs the controllers' server certificates and the nodes' client certificates. Immutable;
 * never printed.
 *
 * <p>An authority that follows another carries a bridge: its own key certified by the one before. A data plane that has
 * not yet heard of the new authority accepts its certificates over the bridge, so a rotation needs no waiting.
 *
 * @param certificate self-signed
 * @param key belongs to it
 * @param bridge the key certified by the authority before; empty for the first
 */
public record CertificateAuthority(X509Certificate certificate, PrivateKey key, Optional<X509Certificate> bridge) {

    private static final Duration VALIDITY = Duration.ofDays(365);
    private static final Duration SERVER_VALIDITY = Duration.ofDays(30);

    /** How long a node's certificate is good: how long one that nobody can revoke may be of use to a thief. */
    static final Duration NODE_VALIDITY = Duration.ofHours(1);

    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new authority, valid for a year from {@code now}, that nobody knows yet. */
    public static CertificateAuthority create(Instant now) {
        KeyPair pair = keyPair();
        // Names differ so that a path is found by name even between an authority and the next.
        X500Name name = new X500Name("CN=Gatehouse controller authority " + serial().toString(36));
        try {
            var builder = authority(name, name, pair.getPublic(), now, now.plus(VALIDITY), 1);
            return new CertificateAuthority(sign(builder, pair.getPrivate()), pair.getPrivate(), Optional.empty());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a certificate authority", e);
        }
    }

    /** The authority that takes over from this one. */
    public CertificateAuthority successor(Instant now) {
        CertificateAuthority next = create(now);
        try {
            var builder = authority(
                    subject(),
                    next.subject(),
                    next.certificate.getPublicKey(),
                    now,
                    certificate.getNotAfter().toInstant(),
                    0);
            return new CertificateAuthority(next.certificate, next.key, Optional.of(sign(builder, key)));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot certify the next authority", e);
        }
    }

    /**
     * Reads what {@link #certificatesPem()} and {@link #keyPem()} wrote.
     *
     * @throws GeneralSecurityException if either cannot be read; the message holds nothing of the key
     */
    public static CertificateAuthority parse(String certificatesPem, String keyPem) throws GeneralSecurityException {
        try (PEMParser certificates = new PEMParser(new StringReader(certificatesPem));
                PEMParser keys = new PEMParser(new StringReader(keyPem))) {
            if (!(certificates.readObject() instanceof X509CertificateHolder own)) {
                throw new GeneralSecurityException("tls.crt holds no certificate");
            }
            if (!(keys.readObject() instanceof PrivateKeyInfo key)) {
                throw new GeneralSecurityException("tls.key holds no PKCS#8 private key");
            }
            JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
            X509Certificate certificate = converter.getCertificate(own);
            certificate.verify(certificate.getPublicKey());
            Optional<X509Certificate> bridge = certificates.readObject() instanceof X509CertificateHolder second
                    ? Optional.of(converter.getCertificate(second))
                    : Optional.empty();
            CertificateAuthority authority =
                    new CertificateAuthority(certificate, new JcaPEMKeyConverter().getPrivateKey(key), bridge);
            authority.checkKey();
            return authority;
        } catch (IOException e) {
            throw new GeneralSecurityException("tls.crt or tls.key is no PEM", e);
        }
    }

    private void checkKey() throws GeneralSecurityException {
        byte[] sample = {1};
        var signer = java.security.Signature.getInstance("SHA256withECDSA");
        signer.initSign(key);
        signer.update(sample);
        byte[] signed = signer.sign();
        signer.initVerify(
                certificate.getPublicKey()); // the key alone: the certificate is for signing certificates only
        signer.update(sample);
        if (!signer.verify(signed)) {
            throw new GeneralSecurityException("tls.key does not belong to tls.crt");
        }
    }

    /** A certificate for a controller's snapshot port with a key of its own, valid for 30 days from {@code now}. */
    public ServerIdentity issue(ServerNames serverNames, Instant now) {
        KeyPair pair = keyPair();
        List<GeneralName> names = new ArrayList<>();
        serverNames.dnsNames().forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
        serverNames.addresses().forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
        Instant end =
                earlier(now.plus(SERVER_VALIDITY), certificate.getNotAfter().toInstant());
        X509Certificate issued =
                leaf("gatehouse-controller", pair.getPublic(), KeyPurposeId.id_kp_serverAuth, names, now, end);
        return new ServerIdentity(
                chain(issued, now).stream().map(CertificateAuthority::pem).collect(Collectors.joining()),
                pem(pair.getPrivate()),
                end);
    }

    /**
     * A certificate for a node, valid for an hour from {@code now}, followed by what leads to an authority that was trusted
     * before this one. All names in it come from {@code uri}; the node chooses its key and nothing else.
     *
     * @param uri who the node has proved to be
     */
    public List<X509Certificate> issueNode(NodeKey node, String uri, Instant now) {
        Instant end = earlier(now.plus(NODE_VALIDITY), certificate.getNotAfter().toInstant());
        List<GeneralName> names = List.of(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
        return chain(leaf("gatehouse-dataplane", node.key(), KeyPurposeId.id_kp_clientAuth, names, now, end), now);
    }

    private X509Certificate leaf(
            String name, PublicKey owner, KeyPurposeId purpose, List<GeneralName> names, Instant now, Instant end) {
        try {
            var builder = builder(subject(), new X500Name("CN=" + name), owner, now, end)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate.getPublicKey()))
                    .addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(names.toArray(new GeneralName[0])));
            return sign(builder, key);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot issue a certificate for " + name, e);
        }
    }

    private List<X509Certificate> chain(X509Certificate issued, Instant now) {
        List<X509Certificate> chain = new ArrayList<>(List.of(issued));
        bridge.filter(b -> b.getNotAfter().toInstant().isAfter(now)).ifPresent(chain::add);
        return List.copyOf(chain);
    }

    /** What data planes are to trust. */
    public String certificatePem() {
        return pem(certificate);
    }

    /** The certificate and the bridge: what {@link #parse} reads. */
    public String certificatesPem() {
        return pem(certificate) + bridge.map(CertificateAuthority::pem).orElse("");
    }

    public String keyPem() {
        return pem(key);
    }

    /** Whether two thirds of the authority's life are over: time for the next one. */
    public boolean dueForRotation(Instant now) {
        return now.isAfter(certificate.getNotAfter().toInstant().minus(VALIDITY.dividedBy(3)));
    }

    private X500Name subject() {
        return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
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

    /** @param below how many authorities may stand between this one and a server certificate */
    private static JcaX509v3CertificateBuilder authority(
            X500Name issuer, X500Name subject, PublicKey key, Instant now, Instant end, int below)
            throws CertIOException, GeneralSecurityException {
        JcaX509v3CertificateBuilder builder = builder(issuer, subject, key, now, end);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(below));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        builder.addExtension(
                Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
        return builder;
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Instant now, Instant end) {
        return new JcaX509v3CertificateBuilder(
                issuer, serial(), Date.from(now.minus(CLOCK_SKEW)), Date.from(end), subject, key);
    }

    private static BigInteger serial() {
        return new BigInteger(120, RANDOM).setBit(119);
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
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
            writer.writeObject(object instanceof PrivateKey secret ? new JcaPKCS8Generator(secret, null) : object);
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
