package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.KeyHash;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An experiment: which of a rule's backends, here called variants, a user is given. A user's key is hashed with the name of the
 * experiment to one of {@link #PLACES} places, and variants take the places in their order, as many as their weights say: a change of
 * weights moves those users alone whose places change hands, and experiments know nothing of each other. Immutable.
 */
public final class Split {

    /** How finely users are divided. */
    static final int PLACES = 10_000;

    /** No variant: the user cannot be told from others. */
    public static final int NOBODY = -1;

    private final long salt;
    private final List<Variant> variants;
    private final long[] upTo;
    private final Optional<RequestKey> by;
    private final Optional<StickyCookie> visitor;
    private final Optional<RequestKey.Named> forceHeader;
    private final Optional<RequestKey.Named> forceCookie;
    private final byte[] header;

    /**
     * What one backend is in the experiment.
     *
     * @param told the experiment and the variant, for headers, logs and metrics: {@code checkout=blue}
     */
    @SuppressWarnings("ArrayRecordComponent") // compared with ranges of other arrays
    public record Variant(String experiment, String name, byte[] bytes, byte[] told) {}

    private Split(Rule rule, List<Variant> variants, long[] upTo) {
        dev.gatehouse.snapshot.proto.Split wire = rule.getSplit();
        byte[] name = wire.getName().getBytes(StandardCharsets.UTF_8);
        this.salt = KeyHash.of(name, 0, name.length);
        this.variants = variants;
        this.upTo = upTo;
        this.by = wire.hasBy() ? Optional.of(RequestKey.of(wire.getBy())) : Optional.empty();
        this.visitor = wire.hasVisitor() ? Optional.of(StickyCookie.of(wire.getVisitor())) : Optional.empty();
        this.forceHeader = named(Place.HEADER, wire.getForceHeader());
        this.forceCookie = named(Place.COOKIE, wire.getForceCookie());
        this.header = wire.getHeader().getBytes(StandardCharsets.US_ASCII);
    }

    private static Optional<RequestKey.Named> named(Place place, String name) {
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(new RequestKey.Named(place, name.getBytes(StandardCharsets.US_ASCII)));
    }

    /** @throws IllegalArgumentException if it asks for what this node does not know */
    static Split of(Rule rule) {
        String experiment = rule.getSplit().getName();
        List<Variant> variants = new ArrayList<>();
        long[] upTo = new long[rule.getBackendsCount()];
        long total = 0;
        for (Backend backend : rule.getBackendsList()) {
            variants.add(new Variant(
                    experiment,
                    backend.getVariant(),
                    backend.getVariant().getBytes(StandardCharsets.US_ASCII),
                    (experiment + "=" + backend.getVariant()).getBytes(StandardCharsets.US_ASCII)));
            total += Integer.toUnsignedLong(backend.getWeight());
            upTo[variants.size() - 1] = total;
        }
        return new Split(rule, List.copyOf(variants), upTo);
    }

    /** In the order of the rule's backends. */
    public Variant variant(int index) {
        return variants.get(index);
    }

    /** The header that tells the backend and the client which variant it was; lower case. */
    public byte[] header() {
        return header;
    }

    /** The cookie for users that have nothing else to be told by. */
    public Optional<StickyCookie> visitor() {
        return visitor;
    }

    /** The variant that the request names itself, whatever its weight, or that of its user; {@link #NOBODY} if it has none. */
    public int choose(RequestView request) {
        int forced = forced(request, forceHeader);
        if (forced == NOBODY) {
            forced = forced(request, forceCookie);
        }
        if (forced != NOBODY) {
            return forced;
        }
        long hash = by.isEmpty() ? RequestKey.NONE : by.get().hash(request, salt);
        if (hash == RequestKey.NONE && visitor.isPresent()) {
            hash = visitor.get().key().hash(request, salt);
        }
        return hash == RequestKey.NONE ? NOBODY : at(hash);
    }

    /** The variant of a user who is given this value for {@link #visitor}. */
    public int ofVisitor(byte[] value) {
        return at(KeyHash.of(salt, value, 0, value.length));
    }

    /** A variant for one request, by weight; {@link #NOBODY} if none has any. */
    public int ofChance(long random) {
        return at(random);
    }

    private int forced(RequestView request, Optional<RequestKey.Named> where) {
        if (where.isPresent()) {
            long found = where.get().place().find(request, where.get().name());
            int from = (int) (found >>> 32);
            for (int i = 0; found >= 0 && i < variants.size(); i++) {
                byte[] name = variants.get(i).bytes();
                if (Arrays.equals(request.bytes(), from, from + (int) found, name, 0, name.length)) {
                    return i;
                }
            }
        }
        return NOBODY;
    }

    private int at(long hash) {
        long total = upTo[upTo.length - 1];
        if (total == 0) {
            return NOBODY;
        }
        long place = Math.unsignedMultiplyHigh(hash, PLACES);
        for (int i = 0; i < upTo.length; i++) {
            // In whole numbers: place / PLACES < upTo / total.
            if (place * total < upTo[i] * PLACES) {
                return i;
            }
        }
        return NOBODY;
    }
}
