package dev.gatehouse.dataplane.table;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.proto.Certificate;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A chain with its key, checked to belong together. Never printed.
 *
 * @param digest of the shard: equal digests are equal certificates
 * @param chain leaf first
 */
public record ServerCertificate(String id, Digest digest, List<X509Certificate> chain, PrivateKey key) {

    /**
     * Decodes and checks.
     *
     * @throws GeneralSecurityException if the chain or the key cannot be read, or they do not belong together; the message
     *     says which and holds nothing of the key
     */
    static ServerCertificate of(String id, Digest digest, Certificate shard) throws GeneralSecurityException {
        if (shard.getChainCount() == 0) {
            throw new GeneralSecurityException("the chain is empty");
        }
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> chain = new ArrayList<>();
        for (ByteString der : shard.getChainList()) {
            chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der.toByteArray())));
        }
        PublicKey leaf = chain.getFirst().getPublicKey();
        PrivateKey key;
        try {
            key = KeyFactory.getInstance(leaf.getAlgorithm())
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(shard.getPrivateKey().toByteArray()));
        } catch (GeneralSecurityException e) {
            throw new GeneralSecurityException("the private key is no " + leaf.getAlgorithm() + " key in PKCS#8");
        }
        if (!belongs(leaf, key)) {
            throw new GeneralSecurityException("the private key does not belong to the certificate");
        }
        return new ServerCertificate(id, digest, List.copyOf(chain), key);
    }

    /** {@code EC}, {@code RSA}, {@code EdDSA}: what a client must be able to verify. */
    public String keyType() {
        return chain.getFirst().getPublicKey().getAlgorithm();
    }

    private static boolean belongs(PublicKey leaf, PrivateKey key) throws GeneralSecurityException {
        String algorithm = switch (leaf.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> leaf.getAlgorithm();
        };
        byte[] probe = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(leaf);
        signature.update(probe);
        return signature.verify(signed);
    }

    @Override
    public String toString() {
        return id + "@" + digest;
    }
}
