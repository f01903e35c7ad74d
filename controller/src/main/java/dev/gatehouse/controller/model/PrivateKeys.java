package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.SecretParser.UnusableException;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * A private key in any of the forms that tools write (PKCS#8, PKCS#1, SEC 1), of a kind that clients can verify: RSA of 2048
 * to 4096 bits, ECDSA on P-256 or P-384, Ed25519. Never printed.
 */
final class PrivateKeys {

    private static final String KINDS = "RSA (2048 to 4096 bits), ECDSA (P-256, P-384) or Ed25519";
    private static final String EXPECTED = "; put an unencrypted " + KINDS + " key in PEM there";
    private static final Map<ASN1ObjectIdentifier, String> CURVES =
            Map.of(SECObjectIdentifiers.secp256r1, "P-256", SECObjectIdentifiers.secp384r1, "P-384");
    private static final int MIN_RSA_BITS = 2048; // BoringSSL and every browser refuse fewer
    private static final int MAX_RSA_BITS = 4096; // a signature's cost grows with the cube

    private final PrivateKeyInfo info;
    private final AsymmetricKeyParameter key;

    private PrivateKeys(PrivateKeyInfo info, AsymmetricKeyParameter key) {
        this.info = info;
        this.key = key;
    }

    /**
     * Reads {@code tls.key}.
     *
     * @throws UnusableException if there is none, or it is of no use
     */
    static PrivateKeys read(String pem) throws UnusableException {
        PrivateKeyInfo info = info(pem);
        checkAlgorithm(info);
        try {
            AsymmetricKeyParameter key = PrivateKeyFactory.createKey(info);
            if (key instanceof RSAKeyParameters rsa) {
                checkSize(rsa.getModulus().bitLength());
            }
            return new PrivateKeys(info, key);
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw unreadable();
        }
    }

    private static UnusableException unreadable() {
        return new UnusableException("has a tls.key that cannot be read: it is cut short or damaged" + EXPECTED);
    }

    /**
     * PKCS#8 DER. One of ECDSA has its public key with it (RFC 5915, 3), whoever wrote it: those who get it can tell at no cost
     * that it belongs to the certificate.
     */
    ByteString pkcs8() throws UnusableException {
        try {
            return ByteString.copyFrom(
                    key instanceof ECPrivateKeyParameters ec ? complete(ec).getEncoded() : info.getEncoded());
        } catch (IOException e) {
            throw unreadable();
        }
    }

    private PrivateKeyInfo complete(ECPrivateKeyParameters ec) throws IOException {
        return new PrivateKeyInfo(
                info.getPrivateKeyAlgorithm(),
                new ECPrivateKey(
                        ec.getParameters().getN().bitLength(),
                        ec.getD(),
                        new DERBitString(publicPoint(ec).getEncoded(false)),
                        null));
    }

    private static ECPoint publicPoint(ECPrivateKeyParameters ec) {
        return new FixedPointCombMultiplier()
                .multiply(ec.getParameters().getG(), ec.getD())
                .normalize();
    }

    /** The certificate that was issued for this key. */
    Optional<X509Certificate> certificateAmong(List<X509Certificate> certificates) {
        return certificates.stream().filter(this::fits).findFirst();
    }

    private boolean fits(X509Certificate certificate) {
        try {
            AsymmetricKeyParameter publicKey = PublicKeyFactory.createKey(
                    SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded()));
            return fits(key, publicKey);
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            return false; // of a kind that ours is not
        }
    }

    private static void checkSize(int bits) throws UnusableException {
        if (bits < MIN_RSA_BITS) {
            throw new UnusableException("has an RSA key of " + bits
                    + " bits in tls.key, which clients refuse; have the certificate issued for" + " one of at least "
                    + MIN_RSA_BITS + " bits");
        }
        if (bits > MAX_RSA_BITS) {
            throw new UnusableException("has an RSA key of " + bits
                    + " bits in tls.key, with which every handshake costs more than a whole"
                    + " page; have the certificate issued for one of at most " + MAX_RSA_BITS + " bits, or ECDSA");
        }
    }

    private static void checkAlgorithm(PrivateKeyInfo info) throws UnusableException {
        AlgorithmIdentifier algorithm = info.getPrivateKeyAlgorithm();
        ASN1ObjectIdentifier id = algorithm.getAlgorithm();
        if (id.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
            if (!(algorithm.getParameters() instanceof ASN1ObjectIdentifier curve)) {
                throw new UnusableException("has a tls.key without a named curve" + EXPECTED);
            }
            if (!CURVES.containsKey(curve)) {
                String name = ECNamedCurveTable.getName(curve);
                throw new UnusableException(
                        "has an ECDSA key on the curve " + (name == null ? curve.getId() : name)
                                + " in tls.key, which clients do not know; have the certificate issued for one on P-256 or P-384");
            }
        } else if (!id.equals(PKCSObjectIdentifiers.rsaEncryption) && !id.equals(EdECObjectIdentifiers.id_Ed25519)) {
            throw new UnusableException("has a key of an algorithm that clients do not know (" + id.getId()
                    + ") in tls.key; have the certificate issued for " + KINDS);
        }
    }

    private static PrivateKeyInfo info(String pem) throws UnusableException {
        for (PemBlock block : PemBlock.read(pem, "tls.key")) {
            try {
                switch (block.label()) {
                    case "PRIVATE KEY":
                        return PrivateKeyInfo.getInstance(block.der().toByteArray());
                    case "RSA PRIVATE KEY":
                        if (pem.contains("Proc-Type: 4,ENCRYPTED")) {
                            throw encrypted();
                        }
                        return new PrivateKeyInfo(
                                // RFC 8017, A.1: the parameters must be there, and be NULL.
                                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                                RSAPrivateKey.getInstance(block.der().toByteArray()));
                    case "EC PRIVATE KEY":
                        if (pem.contains("Proc-Type: 4,ENCRYPTED")) {
                            throw encrypted();
                        }
                        return sec1(ECPrivateKey.getInstance(block.der().toByteArray()));
                    case "ENCRYPTED PRIVATE KEY":
                        throw encrypted();
                    case "CERTIFICATE":
                        throw new UnusableException(
                                "has a certificate in tls.key; the certificate belongs into tls.crt,"
                                        + " and its private key here");
                    default: // "EC PARAMETERS" stands before the key where OpenSSL wrote it.
                }
            } catch (IOException | IllegalArgumentException | IllegalStateException e) {
                throw unreadable();
            }
        }
        throw new UnusableException("has a tls.key without a private key" + EXPECTED);
    }

    private static UnusableException encrypted() {
        return new UnusableException("has an encrypted tls.key, and nobody to type its passphrase; take it off:"
                + " openssl pkey -in encrypted.key -out tls.key");
    }

    private static PrivateKeyInfo sec1(ECPrivateKey key) throws IOException, UnusableException {
        // RFC 5915: the curve is optional in the structure, but a key without it means nothing.
        if (!(key.getParametersObject() instanceof ASN1ObjectIdentifier curve)) {
            throw new UnusableException("has a tls.key without a named curve" + EXPECTED);
        }
        return new PrivateKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), key);
    }

    private static boolean fits(AsymmetricKeyParameter privateKey, AsymmetricKeyParameter publicKey) {
        if (privateKey instanceof RSAKeyParameters rsa && publicKey instanceof RSAKeyParameters leaf) {
            return rsa.getModulus().equals(leaf.getModulus());
        }
        if (privateKey instanceof ECPrivateKeyParameters ec && publicKey instanceof ECPublicKeyParameters leaf) {
            return ec.getParameters().getCurve().equals(leaf.getParameters().getCurve())
                    && publicPoint(ec).equals(leaf.getQ().normalize());
        }
        if (privateKey instanceof Ed25519PrivateKeyParameters ed
                && publicKey instanceof Ed25519PublicKeyParameters leaf) {
            return Arrays.equals(ed.generatePublicKey().getEncoded(), leaf.getEncoded());
        }
        return false;
    }
}
