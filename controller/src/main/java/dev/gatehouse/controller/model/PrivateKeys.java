package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.SecretParser.UnusableException;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/** Reads a private key in any of the forms that tools write (PKCS#8, PKCS#1, SEC 1) and checks it against a certificate. */
final class PrivateKeys {

    private static final String EXPECTED = "; put an unencrypted RSA, ECDSA or Ed25519 key in PEM there";

    private PrivateKeys() {}

    /**
     * The key of {@code pem} as PKCS#8 DER.
     *
     * @throws UnusableException if there is none, or it is not the one of {@code leaf}
     */
    static ByteString fitting(String pem, X509Certificate leaf) throws UnusableException {
        PrivateKeyInfo info = read(pem);
        try {
            AsymmetricKeyParameter privateKey = PrivateKeyFactory.createKey(info);
            SubjectPublicKeyInfo spki =
                    SubjectPublicKeyInfo.getInstance(leaf.getPublicKey().getEncoded());
            if (!fits(privateKey, PublicKeyFactory.createKey(spki))) {
                throw new UnusableException("has a tls.key that does not fit the first certificate of tls.crt;"
                        + " put the leaf first, and the key it was issued for");
            }
            return ByteString.copyFrom(info.getEncoded());
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw new UnusableException("has a tls.key that cannot be read" + EXPECTED);
        }
    }

    private static PrivateKeyInfo read(String pem) throws UnusableException {
        for (PemBlock block : PemBlock.read(pem, "tls.key")) {
            try {
                switch (block.label()) {
                    case "PRIVATE KEY":
                        return PrivateKeyInfo.getInstance(block.der().toByteArray());
                    case "RSA PRIVATE KEY":
                        if (pem.contains("Proc-Type: 4,ENCRYPTED")) {
                            throw new UnusableException("has an encrypted tls.key" + EXPECTED);
                        }
                        return new PrivateKeyInfo(
                                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption),
                                RSAPrivateKey.getInstance(block.der().toByteArray()));
                    case "EC PRIVATE KEY":
                        return sec1(ECPrivateKey.getInstance(block.der().toByteArray()));
                    case "ENCRYPTED PRIVATE KEY":
                        throw new UnusableException("has an encrypted tls.key" + EXPECTED);
                    default: // "EC PARAMETERS" stands before the key where OpenSSL wrote it.
                }
            } catch (IOException | IllegalArgumentException | IllegalStateException e) {
                throw new UnusableException("has a tls.key that cannot be read" + EXPECTED);
            }
        }
        throw new UnusableException("has a tls.key without a private key" + EXPECTED);
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
            BigInteger d = ec.getD();
            return ec.getParameters().getCurve().equals(leaf.getParameters().getCurve())
                    && new FixedPointCombMultiplier()
                            .multiply(ec.getParameters().getG(), d)
                            .normalize()
                            .equals(leaf.getQ().normalize());
        }
        if (privateKey instanceof Ed25519PrivateKeyParameters ed
                && publicKey instanceof Ed25519PublicKeyParameters leaf) {
            return Arrays.equals(ed.generatePublicKey().getEncoded(), leaf.getEncoded());
        }
        return false;
    }
}
