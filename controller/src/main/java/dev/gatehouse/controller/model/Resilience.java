package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * What a rule says about backends that fail or dawdle, beside the time for the whole request.
 *
 * @param timeouts for the parts of an exchange
 * @param retries empty: the data plane's own
 * @param endpoints what is said about endpoints, whoever uses them
 */
public record Resilience(Timeouts timeouts, Optional<Retries> retries, EndpointTerms endpoints) {

    /** Nothing is said. */
    public static final Resilience NONE = new Resilience(Timeouts.NONE, Optional.empty(), EndpointTerms.NONE);

    /** These, and what they leave open as another has it. */
    public Resilience over(Resilience other) {
        return new Resilience(
                timeouts.over(other.timeouts), retries.or(other::retries), endpoints.over(other.endpoints));
    }

    /** What of it holds where nobody reads requests. */
    public Resilience unread() {
        return new Resilience(new Timeouts(timeouts.connectMs, 0, timeouts.idleMs), Optional.empty(), endpoints);
    }

    /** In milliseconds; 0 for the listener's. */
    public record Timeouts(int connectMs, int firstByteMs, int idleMs) {

        static final Timeouts NONE = new Timeouts(0, 0, 0);

        private Timeouts over(Timeouts other) {
            return new Timeouts(
                    connectMs > 0 ? connectMs : other.connectMs,
                    firstByteMs > 0 ? firstByteMs : other.firstByteMs,
                    idleMs > 0 ? idleMs : other.idleMs);
        }

        /** Whether all are the listener's. */
        public boolean isNone() {
            return equals(NONE);
        }
    }

    /** After what a request is tried again; in the order of the wire form. */
    public enum Condition {
        CONNECT_FAILURE,
        REFUSED_STREAM,
        RESET,
        TIMEOUT,
        SERVER_ERROR
    }

    /**
     * When requests are tried again.
     *
     * @param attempts beyond the first
     * @param on sorted
     * @param statuses from 400 to 599, sorted
     * @param perTryTimeoutMs 0 for none
     * @param budgetPercent from 1 to 100
     */
    public record Retries(
            int attempts, List<Condition> on, List<Integer> statuses, int perTryTimeoutMs, int budgetPercent) {}
}
