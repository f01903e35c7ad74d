package dev.gatehouse.dataplane.resilience;

import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Timeouts;

/**
 * Time limits of a rule in milliseconds. 0: the listener's.
 *
 * @param connectMs for a connection to an endpoint to be established, TLS not counted
 * @param firstByteMs from the end of the request, or from the connection if that comes later, to the head of the answer
 * @param requestMs from the head of the request to the last byte of the answer, retries included
 * @param idleMs in which the backend neither takes nor sends anything though it could
 */
public record RuleTimeouts(int connectMs, int firstByteMs, int requestMs, int idleMs) {

    /** All of them the listener's. */
    public static final RuleTimeouts NONE = new RuleTimeouts(0, 0, 0, 0);

    /**
     * Those of a rule.
     *
     * @throws IllegalArgumentException if one is not below 2^31 ms
     */
    public static RuleTimeouts of(Rule rule) {
        Timeouts wire = rule.getTimeouts();
        if (!rule.hasTimeouts() && rule.getRequestTimeoutMs() == 0) {
            return NONE;
        }
        return new RuleTimeouts(
                millis(rule, "connect", wire.getConnectMs()),
                millis(rule, "first byte", wire.getFirstByteMs()),
                millis(rule, "request", rule.getRequestTimeoutMs()),
                millis(rule, "idle", wire.getIdleMs()));
    }

    private static int millis(Rule rule, String what, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(rule.getId() + ": a " + what + " timeout of "
                    + Integer.toUnsignedString(value) + " ms is not below 2^31");
        }
        return value;
    }
}
