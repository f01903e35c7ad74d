package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.resilience.OutlierPolicy;
import java.util.List;
import java.util.function.Supplier;

/**
 * Ejects endpoints of one upstream whose answers fail in a row, on all event loops together. Thread-safe: counting takes no
 * lock, ejecting does, which is rare.
 */
public final class Outliers {
    /** Beyond so many times in a row an ejection does not become longer; Envoy's bound is ten times as well. */
    private static final int MAX_FACTOR = 10;

    /** What {@link #observe} says when nobody was ejected. */
    public static final long NOBODY = 0;

    private final Supplier<List<Endpoint>> endpoints;
    private volatile OutlierPolicy policy = OutlierPolicy.OFF;

    Outliers(Supplier<List<Endpoint>> endpoints) {
        this.endpoints = endpoints;
    }

    /** Another policy holds from now on. Without one everybody comes back. */
    synchronized void policy(OutlierPolicy next) {
        policy = next;
        if (!next.isOn()) {
            for (Endpoint endpoint : endpoints.get()) {
                endpoint.set(Endpoint.Absence.EJECTED, false);
                endpoint.standing().failures.set(0);
            }
        }
    }

    /**
     * Takes note of how a request ended.
     *
     * @return milliseconds after which to call {@link #comeBack}, if the endpoint was ejected for it; else {@link #NOBODY}
     */
    public long observe(Endpoint endpoint, Outcome outcome, int status, long nowMillis) {
        OutlierPolicy now = policy;
        if (!now.isOn() || outcome == Outcome.GIVEN_UP) {
            return NOBODY;
        }
        Standing standing = endpoint.standing();
        if (outcome == Outcome.ANSWERED && status < 500) {
            if (standing.failures.get() != 0) {
                standing.failures.set(0);
            }
            return NOBODY;
        }
        return standing.failures.incrementAndGet() >= now.consecutiveFailures()
                ? eject(endpoint, now, nowMillis)
                : NOBODY;
    }

    private synchronized long eject(Endpoint endpoint, OutlierPolicy now, long nowMillis) {
        Standing standing = endpoint.standing();
        if (endpoint.is(Endpoint.Absence.EJECTED) || !mayEject(now)) {
            return NOBODY;
        }
        standing.failures.set(0);
        long quiet = standing.ejections == 0 ? 0 : nowMillis - standing.untilMillis;
        int forgiven = (int) Math.min(standing.ejections, quiet / Math.max(1, now.ejectForMillis()));
        standing.ejections = Math.min(MAX_FACTOR, standing.ejections - forgiven + 1);
        long millis = now.ejectForMillis() * standing.ejections;
        standing.untilMillis = nowMillis + millis;
        endpoint.set(Endpoint.Absence.EJECTED, true);
        return millis;
    }

    /**
     * How long an endpoint stays ejected.
     *
     * @param nowMillis on the clock of {@link #observe}
     * @return 0 if it is not
     */
    public synchronized long ejectedForMillis(Endpoint endpoint, long nowMillis) {
        return endpoint.is(Endpoint.Absence.EJECTED) ? Math.max(1, endpoint.standing().untilMillis - nowMillis) : 0;
    }

    /** What decides. */
    public OutlierPolicy policy() {
        return policy;
    }

    /** One of several always; beyond that, the share of the policy. An endpoint that is alone could not be done without. */
    private boolean mayEject(OutlierPolicy now) {
        List<Endpoint> all = endpoints.get();
        long ejected =
                all.stream().filter(one -> one.is(Endpoint.Absence.EJECTED)).count();
        return all.size() > 1 && ejected + 1 <= Math.max(1, all.size() * now.maxEjectedPercent() / 100);
    }

    /** The time of an ejected endpoint is over. */
    public synchronized void comeBack(Endpoint endpoint) {
        endpoint.standing().failures.set(0);
        endpoint.set(Endpoint.Absence.EJECTED, false);
    }
}
