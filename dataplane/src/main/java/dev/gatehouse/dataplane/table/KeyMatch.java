package dev.gatehouse.dataplane.table;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * Tells whether a private key belongs to a certificate. What the key itself says of its public half is enough where it does:
 * to sign and verify with each of ten thousand would take most of a start.
 */
final class KeyMatch {

    private KeyMatch() {}

    /** @param pkcs8 the private key as it came */
    static boolean belongs(PublicKey leaf, PrivateKey key, byte[] pkcs8) throws GeneralSecurityException {
        if (leaf instanceof RSAPublicKey rsa && key instanceof RSAPrivateKey own) {
            return rsa.getModulus().equals(own.getModulus());
        }
        if (leaf.getAlgorithm().equals("EC")) {
            try {
                ASN1BitString own = ECPrivateKey.getInstance(
                                PrivateKeyInfo.getInstance(pkcs8).parsePrivateKey())
                        .getPublicKey();
                if (own != null) {
                    return Arrays.equals(
                            own.getOctets(),
                            SubjectPublicKeyInfo.getInstance(leaf.getEncoded())
                                    .getPublicKeyData()
                                    .getOctets());
                }
            } catch (IOException | IllegalArgumentException e) {
                throw new GeneralSecurityException("the private key is no ECDSA key", e);
            }
        }
        return signs(leaf, key);
    }

    private static boolean signs(PublicKey leaf, PrivateKey key) throws GeneralSecurityException {
        String algorithm = leaf.getAlgorithm().equals("EC") ? "SHA256withECDSA" : leaf.getAlgorithm();
        byte[] probe = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(leaf);
        signature.update(probe);
        return signature.verify(signed);
    }
}
