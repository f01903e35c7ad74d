package dev.gatehouse.dataplane.table;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Certificate;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chain with its key, checked to belong together. Holds no more than the shard's bytes: chain and key are decoded each
 * time they are asked for, which is once per TLS context. Equal digests are equal certificates. Immutable; never printed.
 */
public final class ServerCertificate {

    private final Shard shard;
    private final String keyType;
    private final Instant notAfter;

    private ServerCertificate(Shard shard, String keyType, Instant notAfter) {
        this.shard = shard;
        this.keyType = keyType;
        this.notAfter = notAfter;
    }

    /**
     * Decodes and checks.
     *
     * @throws CorruptShardException if it is no certificate shard
     * @throws GeneralSecurityException if the chain or the key cannot be read, or they do not belong together; the message
     *     says which and holds nothing of the key
     */
    static ServerCertificate of(Shard shard) throws CorruptShardException, GeneralSecurityException {
        Certificate body = shard.body().getCertificate();
        X509Certificate leaf = chain(body).getFirst();
        if (!belongs(leaf.getPublicKey(), key(body, leaf))) {
            throw new GeneralSecurityException("the private key does not belong to the certificate");
        }
        return new ServerCertificate(
                shard, leaf.getPublicKey().getAlgorithm(), leaf.getNotAfter().toInstant());
    }

    /** Of the shard. */
    public ShardId id() {
        return shard.id();
    }

    /** Of the shard: the version of chain and key. */
    public Digest digest() {
        return shard.digest();
    }

    /** {@code EC}, {@code RSA} or {@code EdDSA}: what a client must be able to verify. */
    public String keyType() {
        return keyType;
    }

    /** When the leaf expires. */
    public Instant notAfter() {
        return notAfter;
    }

    /** Leaf first, freshly decoded. */
    public List<X509Certificate> chain() {
        try {
            return chain(shard.body().getCertificate());
        } catch (CorruptShardException | GeneralSecurityException e) {
            throw new IllegalStateException(id() + " was checked before", e);
        }
    }

    /** The leaf's key, freshly decoded. */
    public PrivateKey key() {
        try {
            Certificate body = shard.body().getCertificate();
            return key(body, chain(body).getFirst());
        } catch (CorruptShardException | GeneralSecurityException e) {
            throw new IllegalStateException(id() + " was checked before", e);
        }
    }

    private static List<X509Certificate> chain(Certificate body) throws GeneralSecurityException {
        if (body.getChainCount() == 0) {
            throw new GeneralSecurityException("the chain is empty");
        }
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> chain = new ArrayList<>();
        for (ByteString der : body.getChainList()) {
            try {
                chain.add((X509Certificate) factory.generateCertificate(der.newInput()));
            } catch (CertificateException e) {
                throw new GeneralSecurityException("certificate " + chain.size() + " of the chain cannot be read", e);
            }
        }
        return List.copyOf(chain);
    }

    private static PrivateKey key(Certificate body, X509Certificate leaf) throws GeneralSecurityException {
        String algorithm = leaf.getPublicKey().getAlgorithm();
        byte[] encoded = body.getPrivateKey().toByteArray();
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new GeneralSecurityException("the private key is no PKCS#8 key of type " + algorithm, e);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
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
    public boolean equals(@Nullable Object o) {
        return o instanceof ServerCertificate other && shard.equals(other.shard);
    }

    @Override
    public int hashCode() {
        return shard.hashCode();
    }

    @Override
    public String toString() {
        return shard.toString();
    }
}
