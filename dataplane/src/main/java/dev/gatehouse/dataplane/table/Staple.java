package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the issuer of a certificate says of it, to be shown along with it. Holds no more than the shard's bytes. Immutable. */
public final class Staple {

    /** Clocks of clients differ, and connections take their time. */
    private static final Duration MARGIN = Duration.ofHours(1);

    private static final int SHORTEST = 4; // of an answer that is good for less than four margins, this part

    private final Shard shard;
    private final Digest certificate;
    private final Instant nextUpdate;
    private final Instant end;

    private Staple(Shard shard, Digest certificate, Instant thisUpdate, Instant nextUpdate) {
        this.shard = shard;
        this.certificate = certificate;
        this.nextUpdate = nextUpdate;
        Duration part = Duration.between(thisUpdate, nextUpdate).dividedBy(SHORTEST);
        this.end = nextUpdate.minus(part.compareTo(MARGIN) < 0 ? part : MARGIN);
    }

    /**
     * Decodes.
     *
     * @throws CorruptShardException if it is no staple, or is never good
     * @throws IllegalArgumentException if it is for no certificate
     */
    static Staple of(Shard shard) throws CorruptShardException {
        var body = shard.body().getStaple();
        if (body.getResponse().isEmpty() || body.getNextUpdateS() <= body.getThisUpdateS()) {
            throw new CorruptShardException("holds no answer, or one that is never good");
        }
        return new Staple(
                shard,
                Digest.ofBytes(body.getCertificate().toByteArray()),
                Instant.ofEpochSecond(body.getThisUpdateS()),
                Instant.ofEpochSecond(body.getNextUpdateS()));
    }

    /** Whether it is about this version of the certificate. */
    boolean isAbout(ServerCertificate one) {
        return certificate.equals(one.digest());
    }

    /** Until when clients take it. */
    public Instant nextUpdate() {
        return nextUpdate;
    }

    /** DER of an OCSPResponse; empty once it is about to end. */
    public Optional<byte[]> at(Instant now) {
        try {
            return now.isBefore(end)
                    ? Optional.of(shard.body().getStaple().getResponse().toByteArray())
                    : Optional.empty();
        } catch (CorruptShardException e) {
            throw new IllegalStateException(shard.id() + " was checked before", e);
        }
    }

    @Override
    public String toString() {
        return shard.toString();
    }
}
