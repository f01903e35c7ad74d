package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * What the session tickets of a listener are made with. Holds no more than the shard's bytes. Another object is another version.
 * Never printed; thread-safe.
 */
public final class TicketKeys {

    private static final int LENGTH = 32;

    private final Shard shard;

    private TicketKeys(Shard shard) {
        this.shard = shard;
    }

    /** @throws CorruptShardException if there is no key, or one that is none */
    static TicketKeys of(Shard shard) throws CorruptShardException {
        var keys = shard.body().getTickets().getKeysList();
        if (keys.isEmpty() || keys.stream().anyMatch(key -> key.size() != LENGTH)) {
            throw new CorruptShardException("session tickets need keys of " + LENGTH + " bytes");
        }
        return new TicketKeys(shard);
    }

    /**
     * Keys for one purpose, which say nothing of those for another (HKDF, RFC 5869). The first is for tickets to make, all are for
     * tickets to take.
     *
     * @param length of each, in bytes
     */
    public List<byte[]> derive(byte[] purpose, int length) {
        List<byte[]> derived = new ArrayList<>();
        try {
            KDF kdf = KDF.getInstance("HKDF-SHA256");
            for (var key : shard.body().getTickets().getKeysList()) {
                byte[] secret = key.toByteArray();
                derived.add(kdf.deriveData(
                        HKDFParameterSpec.ofExtract().addIKM(secret).thenExpand(purpose, length)));
                Arrays.fill(secret, (byte) 0);
            }
        } catch (CorruptShardException | GeneralSecurityException e) {
            throw new IllegalStateException(shard.id() + " was checked before", e);
        }
        return derived;
    }

    @Override
    public String toString() {
        return shard.toString();
    }
}
