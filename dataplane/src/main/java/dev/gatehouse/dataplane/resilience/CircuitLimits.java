package dev.gatehouse.dataplane.resilience;

import dev.gatehouse.snapshot.proto.Upstream;

/**
 * What each endpoint of an upstream may have of this node at a time; {@link #NO_LIMIT} where there is none.
 *
 * @param maxConnections of all event loops, each of which may always have one
 * @param maxPendingRequests that wait for a connection
 * @param maxRequests those that wait included
 */
public record CircuitLimits(int maxConnections, int maxPendingRequests, int maxRequests) {

    /** As many as there may be. */
    public static final int NO_LIMIT = Integer.MAX_VALUE;

    /** No limits. */
    public static final CircuitLimits NONE = new CircuitLimits(NO_LIMIT, NO_LIMIT, NO_LIMIT);

    /**
     * Those of an upstream.
     *
     * @throws IllegalArgumentException if a number is not below 2^31
     */
    public static CircuitLimits of(Upstream wire) {
        Upstream.CircuitBreaker limits = wire.getCircuitBreaker();
        return new CircuitLimits(
                limit(limits.getMaxConnections()),
                limit(limits.getMaxPendingRequests()),
                limit(limits.getMaxRequests()));
    }

    private static int limit(int wire) {
        if (wire < 0) {
            throw new IllegalArgumentException("a limit of the circuit breaker is not below 2^31");
        }
        return wire == 0 ? NO_LIMIT : wire;
    }

    /** Whether there is any. */
    public boolean isOn() {
        return !equals(NONE);
    }
}
