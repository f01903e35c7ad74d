package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.Balancing;
import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Policy;
import dev.gatehouse.dataplane.balance.SessionKeys;
import dev.gatehouse.snapshot.proto.Rule;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How a rule chooses endpoints, and what it looks at in a request for that. Immutable.
 *
 * @param hash of the request, where the policy hashes
 * @param sticky names a client's endpoint
 * @param split gives a client one of the backends
 */
public record Choice(
        Balancing balancing, Optional<RequestKey> hash, Optional<StickyCookie> sticky, Optional<Split> split) {

    /** Of a rule that says nothing: it looks at nothing. */
    public static final Choice PLAIN =
            new Choice(Balancing.PLAIN, Optional.empty(), Optional.empty(), Optional.empty());

    /** @throws IllegalArgumentException if it asks for what this node does not know */
    static Choice of(Rule rule) {
        if (!rule.hasBalancing() && !rule.hasSplit()) {
            return PLAIN;
        }
        dev.gatehouse.snapshot.proto.Balancing wire = rule.getBalancing();
        Policy policy = switch (wire.getPolicy()) {
            case ROUND_ROBIN -> Policy.ROUND_ROBIN;
            case LEAST_REQUEST -> new Policy.LeastRequest();
            case PEAK_EWMA -> new Policy.PeakEwma();
            case RANDOM -> new Policy.Random();
            case CONSISTENT_HASH -> new Policy.ConsistentHash(wire.getHashBoundPercent());
            case UNRECOGNIZED ->
                throw new IllegalArgumentException("balances in a way that this version does not know");
        };
        return new Choice(
                new Balancing(policy, TimeUnit.MILLISECONDS.toNanos(wire.getSlowStartMs()), wire.getZoneAware()),
                wire.hasHash() ? Optional.of(RequestKey.of(wire.getHash())) : Optional.empty(),
                wire.hasStickyCookie() ? Optional.of(StickyCookie.of(wire.getStickyCookie())) : Optional.empty(),
                rule.hasSplit() ? Optional.of(Split.of(rule)) : Optional.empty());
    }

    /**
     * Tells the caller what the request brings to the choice.
     *
     * @param keys that endpoints are named by
     */
    public void look(RequestView request, SessionKeys keys, Caller caller) {
        if (sticky.isPresent()) {
            caller.sessionKeys(keys);
            if (!keys.isEmpty()) {
                sticky.get().look(request, keys, caller);
            }
        }
        if (hash.isPresent()) {
            long key = hash.get().hash(request, 0);
            if (key != RequestKey.NONE) {
                caller.key(key);
            }
        }
    }
}
