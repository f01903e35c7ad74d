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
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A chain with its key, checked to belong together. Holds no more than the shard's bytes: chain and key are decoded each
 * time they are asked for, which is once per TLS context. Equal digests are equal certificates. The same object stays in one
 * certificate table after the other for as long as its shard does. Never printed; thread-safe.
 */
public final class ServerCertificate {

    /** Settings of TLS that hosts with the same certificate have at once. With more, all are made anew as they are needed. */
    private static final int MAX_DERIVED = 16;

    private static final Integer SAN_DNS = 2; // GeneralName, RFC 5280, 4.2.1.6

    private final Shard shard;
    private final KeyType keyType;
    private final Instant notAfter;
    private final Instant loaded;
    private volatile @Nullable Instant firstUsed;
    private volatile Map<Object, Object> derived = Map.of();

    private ServerCertificate(Shard shard, KeyType keyType, Instant notAfter, Instant loaded) {
        this.shard = shard;
        this.keyType = keyType;
        this.notAfter = notAfter;
        this.loaded = loaded;
    }

    /**
     * Decodes and checks.
     *
     * @param now when it is loaded
     * @throws CorruptShardException if it is no certificate shard
     * @throws GeneralSecurityException if the chain or the key cannot be read, or they do not belong together; the message
     *     says which and holds nothing of the key
     */
    static ServerCertificate of(Shard shard, Instant now) throws CorruptShardException, GeneralSecurityException {
        Certificate body = shard.body().getCertificate();
        X509Certificate leaf = chain(body).getFirst();
        byte[] pkcs8 = body.getPrivateKey().toByteArray();
        try {
            if (!KeyMatch.belongs(leaf.getPublicKey(), key(body, leaf), pkcs8)) {
                throw new GeneralSecurityException("the private key does not belong to the certificate");
            }
        } finally {
            Arrays.fill(pkcs8, (byte) 0);
        }
        return new ServerCertificate(
                shard, KeyType.of(leaf.getPublicKey()), leaf.getNotAfter().toInstant(), now);
    }

    /** Of the shard. */
    public ShardId id() {
        return shard.id();
    }

    /** Of the shard: the version of chain and key. */
    public Digest digest() {
        return shard.digest();
    }

    /** What a client must be able to verify. */
    public KeyType keyType() {
        return keyType;
    }

    /** When the leaf expires. */
    public Instant notAfter() {
        return notAfter;
    }

    /** Notes that a client is shown it; the first time counts. */
    public void used(InstantSource clock) {
        if (firstUsed == null) {
            firstUsed = clock.instant();
        }
    }

    /**
     * What was made of this certificate, such as a TLS context: made once, and kept for as long as the certificate is.
     *
     * @param key what it was made for; a handful at most are kept
     */
    public <T> T derived(Object key, Class<T> type, Supplier<T> make) {
        Object known = derived.get(key);
        return type.cast(known != null ? known : derive(key, make));
    }

    private synchronized Object derive(Object key, Supplier<?> make) {
        Object known = derived.get(key);
        if (known != null) {
            return known;
        }
        Object made = make.get();
        Map<Object, Object> next = derived.size() < MAX_DERIVED ? new HashMap<>(derived) : new HashMap<>();
        next.put(key, made);
        derived = Map.copyOf(next);
        return made;
    }

    /** What there is to tell of it. Decodes the leaf: tens of microseconds. */
    public CertificateRecord describe() {
        X509Certificate leaf = chain().getFirst();
        try {
            Collection<List<?>> alternatives = Objects.requireNonNullElse(leaf.getSubjectAlternativeNames(), List.of());
            return new CertificateRecord(
                    id(),
                    Digest.of(leaf.getEncoded()).hex(),
                    alternatives.stream()
                            .filter(one -> one.get(0).equals(SAN_DNS))
                            .map(one -> String.valueOf(one.get(1)))
                            .toList(),
                    keyType.label(),
                    leaf.getNotBefore().toInstant(),
                    notAfter,
                    loaded,
                    Optional.ofNullable(firstUsed));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(id() + " was checked before", e);
        }
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
