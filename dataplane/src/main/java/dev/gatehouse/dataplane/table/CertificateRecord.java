package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.ShardId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a data plane tells of a certificate that it serves; nothing of the key.
 *
 * @param id of its shard
 * @param fingerprint SHA-256 of the leaf's DER, hexadecimal: what {@code openssl x509 -fingerprint -sha256} prints without colons
 * @param names DNS names of the leaf
 * @param keyType such as {@code ECDSA P-256} or {@code RSA}
 * @param notBefore from when the leaf holds
 * @param notAfter until when the leaf holds
 * @param loaded since when this data plane has this version
 * @param firstUsed when the first client was shown this version; empty: none was yet
 */
public record CertificateRecord(
        ShardId id,
        String fingerprint,
        List<String> names,
        String keyType,
        Instant notBefore,
        Instant notAfter,
        Instant loaded,
        Optional<Instant> firstUsed) {}
