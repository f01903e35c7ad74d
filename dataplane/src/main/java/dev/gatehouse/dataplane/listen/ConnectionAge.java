package dev.gatehouse.dataplane.listen;

import java.util.random.RandomGenerator;

/**
 * When a connection has lived long enough, so that load moves to new data planes. The listener's age is met give or take a
 * tenth: connections that were opened together must not end together. Immutable.
 */
final class ConnectionAge {
    private static final double TENTH = 0.1;

    private final long bornMillis;
    private final double share;

    ConnectionAge(long nowMillis, RandomGenerator random) {
        bornMillis = nowMillis;
        share = 1 - TENTH + random.nextDouble() * 2 * TENTH;
    }

    boolean isOver(long nowMillis, int maxAgeMillis) {
        return nowMillis - bornMillis >= share * maxAgeMillis;
    }
}
