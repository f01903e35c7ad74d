package dev.gatehouse.controller.model;

import java.util.Optional;

/**
 * How a rule chooses among the endpoints of its Services.
 *
 * @param hash what is hashed, with {@link Policy#CONSISTENT_HASH}
 * @param hashBoundPercent see the snapshot's {@code Balancing}; 0: no bound
 * @param slowStartMs milliseconds; 0: none
 * @param sticky names the endpoint of a client
 */
public record BalancingModel(
        Policy policy,
        Optional<RequestKey> hash,
        int hashBoundPercent,
        boolean zoneAware,
        int slowStartMs,
        Optional<StickyModel> sticky) {

    /** In turn, whatever the zone. */
    public static final BalancingModel PLAIN =
            new BalancingModel(Policy.ROUND_ROBIN, Optional.empty(), 0, false, 0, Optional.empty());

    /** Whether it looks at requests. */
    public boolean readsRequests() {
        return hash.isPresent() || sticky.isPresent();
    }

    /** Who is chosen. */
    public enum Policy {
        ROUND_ROBIN,
        LEAST_REQUEST,
        PEAK_EWMA,
        RANDOM,
        CONSISTENT_HASH
    }
}
