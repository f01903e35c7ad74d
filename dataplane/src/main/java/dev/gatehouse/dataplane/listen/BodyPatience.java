package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.loop.Ticker;

/**
 * Whether a request's body comes fast enough to be waited for: a client that sends a byte now and then keeps every other
 * timeout away. Only time in which the body was wanted counts. Event loop only.
 */
final class BodyPatience {
    /** Before this, nothing can be said of a rate. */
    static final int GRACE_MILLIS = 5_000;

    private long waitedMillis;
    private long bytes;

    void begin() {
        waitedMillis = 0;
        bytes = 0;
    }

    void received(int length) {
        bytes += length;
    }

    /** Called at every tick in which the body is wanted. */
    boolean waitedTooLong(int minBytesPerSecond) {
        waitedMillis += Ticker.PERIOD_MILLIS;
        return waitedMillis > GRACE_MILLIS && bytes * 1_000 < waitedMillis * minBytesPerSecond;
    }
}
