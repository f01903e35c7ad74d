package dev.gatehouse.controller.status;

import java.util.concurrent.TimeUnit;

/** A token bucket of one second's worth: short bursts pass at once, long ones at the given rate. One thread only. */
final class Pace {

    private final long nanosEach;
    private final long burstNanos;
    private long next = System.nanoTime();

    Pace(int perSecond) {
        this.nanosEach = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.burstNanos = TimeUnit.SECONDS.toNanos(1);
    }

    /** Waits until one more request is allowed. */
    void await() throws InterruptedException {
        long now = System.nanoTime();
        next = Math.max(next, now - burstNanos) + nanosEach;
        TimeUnit.NANOSECONDS.sleep(next - now);
    }
}
