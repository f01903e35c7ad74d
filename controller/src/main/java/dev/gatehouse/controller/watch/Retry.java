package dev.gatehouse.controller.watch;

import java.time.Duration;

/** When something is tried again that the API server did not answer as hoped. */
final class Retry {

    private static final Duration FIRST = Duration.ofMillis(100);
    private static final int DOUBLINGS = 5; // up to 3.2 s

    private Retry() {}

    /** @param failures how many there were in a row before the last one */
    static Duration after(int failures) {
        return FIRST.multipliedBy(1L << Math.min(failures, DOUBLINGS));
    }
}
