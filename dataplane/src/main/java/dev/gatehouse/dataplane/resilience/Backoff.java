package dev.gatehouse.dataplane.resilience;

import java.util.random.RandomGenerator;

/**
 * How long a request waits before it goes once more to an endpoint that has failed it: by chance, so that requests that failed
 * together do not come back together, and longer with every try (Envoy's numbers). Stateless.
 */
public final class Backoff {
    private static final int FIRST_MILLIS = 25;
    private static final int MOST_MILLIS = 250;

    private Backoff() {}

    /** @param tries that the request has had, at least 1 */
    public static int millis(int tries, RandomGenerator random) {
        int bound = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(tries - 1, 10));
        return random.nextInt(bound + 1);
    }
}
