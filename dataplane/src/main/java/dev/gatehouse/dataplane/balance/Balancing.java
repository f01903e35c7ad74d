package dev.gatehouse.dataplane.balance;

/**
 * How a rule chooses among the endpoints of its upstreams.
 *
 * @param slowStartNanos over which a new endpoint comes to its full share; 0: at once
 * @param zoneAware whether endpoints of the node's own zone come first
 */
public record Balancing(Policy policy, long slowStartNanos, boolean zoneAware) {

    /** What a rule does that says nothing. */
    public static final Balancing PLAIN = new Balancing(Policy.ROUND_ROBIN, 0, false);
}
