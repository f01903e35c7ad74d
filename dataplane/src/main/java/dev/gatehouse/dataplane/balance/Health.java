package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.resilience.HealthCheck;

/** What checks have found of an endpoint. Written by the event loop that checks it, read by any thread. */
public final class Health {

    /** What is held of it. */
    public enum Verdict {
        /** No check has ended yet: Kubernetes' word that it is ready counts. */
        UNCHECKED,
        HEALTHY,
        UNHEALTHY
    }

    private volatile Verdict verdict = Verdict.UNCHECKED;
    private volatile String failure = "";
    private int against;

    public Verdict verdict() {
        return verdict;
    }

    /** How the last check failed that did; empty if the last one passed. */
    public String failure() {
        return failure;
    }

    /**
     * Takes note of a check. The first one decides alone: an endpoint that cannot answer even that should not wait for more.
     *
     * @param problem why it failed; empty: it passed
     * @return whether the verdict is another one now
     */
    public boolean observe(String problem, HealthCheck check) {
        boolean passed = problem.isEmpty();
        failure = problem;
        Verdict found = passed ? Verdict.HEALTHY : Verdict.UNHEALTHY;
        if (verdict == found) {
            against = 0;
            return false;
        }
        int needed = passed ? check.healthyThreshold() : check.unhealthyThreshold();
        if (verdict != Verdict.UNCHECKED && ++against < needed) {
            return false;
        }
        against = 0;
        verdict = found;
        return true;
    }

    /** Nothing is held of it any more. */
    public void forget() {
        verdict = Verdict.UNCHECKED;
        failure = "";
        against = 0;
    }
}
