package dev.gatehouse.dataplane.resilience;

import dev.gatehouse.snapshot.proto.Retries;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Set;

/** After which failures, how often and within which budget requests are tried again. Immutable. */
public final class RetryPolicy {

    /** Of a rule that says nothing: what was not looked at is sent elsewhere, twice at most, at nobody's expense. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(2, EnumSet.of(Failure.CONNECT, Failure.REFUSED_STREAM), new BitSet(), 0, 0);

    private final int attempts;
    private final Set<Failure> on;
    private final BitSet statuses;
    private final int perTryTimeoutMs;
    private final int budgetPercent;

    private RetryPolicy(int attempts, Set<Failure> on, BitSet statuses, int perTryTimeoutMs, int budgetPercent) {
        this.attempts = attempts;
        this.on = on;
        this.statuses = statuses;
        this.perTryTimeoutMs = perTryTimeoutMs;
        this.budgetPercent = budgetPercent;
    }

    /**
     * The policy of a rule.
     *
     * @throws IllegalArgumentException if it names what this version does not know
     */
    public static RetryPolicy of(Retries wire) {
        Set<Failure> on = EnumSet.noneOf(Failure.class);
        BitSet statuses = new BitSet(600);
        for (Retries.Condition condition : wire.getOnList()) {
            switch (condition) {
                case CONNECT_FAILURE -> on.add(Failure.CONNECT);
                case REFUSED_STREAM -> on.add(Failure.REFUSED_STREAM);
                case RESET -> on.add(Failure.RESET);
                case TIMEOUT -> on.add(Failure.TIMEOUT);
                case SERVER_ERROR -> statuses.set(500, 600);
                case UNRECOGNIZED -> throw new IllegalArgumentException("a condition of retries is not known");
            }
        }
        for (int status : wire.getStatusesList()) {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException("retries name the status " + status + ", which is no error");
            }
            statuses.set(status);
        }
        if (!statuses.isEmpty()) {
            on.add(Failure.STATUS);
        }
        if (wire.getAttempts() < 0 || wire.getPerTryTimeoutMs() < 0 || wire.getBudgetPercent() < 0) {
            throw new IllegalArgumentException("a number of retries is not below 2^31");
        }
        return new RetryPolicy(wire.getAttempts(), on, statuses, wire.getPerTryTimeoutMs(), wire.getBudgetPercent());
    }

    /** How often a request may be tried beyond its first time. */
    public int attempts() {
        return attempts;
    }

    public boolean on(Failure failure) {
        return on.contains(failure);
    }

    /** Whether an answer of this status is to be tried again. */
    public boolean onStatus(int status) {
        return statuses.get(status);
    }

    /** Milliseconds from the beginning of a try to the head of its answer; 0: no limit of its own. */
    public int perTryTimeoutMs() {
        return perTryTimeoutMs;
    }

    /** How many requests of an upstream may be retries, in percent of those it has now; 0: any number. */
    public int budgetPercent() {
        return budgetPercent;
    }

    /** Whether it is worth keeping a body that was sent already. */
    public boolean keepsBodies(boolean idempotent) {
        return attempts > 0
                && budgetPercent > 0
                && (on.contains(Failure.REFUSED_STREAM)
                        || (idempotent
                                && (on.contains(Failure.RESET)
                                        || on.contains(Failure.TIMEOUT)
                                        || on.contains(Failure.STATUS))));
    }
}
