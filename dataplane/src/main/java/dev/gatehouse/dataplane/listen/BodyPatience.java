package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.loop.Ticker;
import dev.gatehouse.dataplane.table.ListenerSettings;

/**
 * Whether a request's body comes fast enough to be waited for: a part of it within a timeout, and all of it at a rate, for a client that
 * sends a byte now and then keeps every other timeout away. Only time in which the body was wanted counts. Event loop only.
 */
final class BodyPatience {
    /** Before this, nothing can be said of a rate. */
    static final int GRACE_MILLIS = 5_000;

    private final Ticker ticker;
    private long deadlineMillis;
    private long waitedMillis;
    private long bytes;

    BodyPatience(Ticker ticker) {
        this.ticker = ticker;
    }

    /** A request begins. */
    void begin(ListenerSettings settings) {
        waitedMillis = 0;
        bytes = 0;
        resumed(settings);
    }

    /** The body is wanted again. */
    void resumed(ListenerSettings settings) {
        deadlineMillis = ticker.nowMillis() + settings.bodyTimeoutMs();
    }

    void received(int length, ListenerSettings settings) {
        bytes += length;
        resumed(settings);
    }

    /** Called at every tick in which the body is wanted. Why it is waited for no longer; {@link Reason#NONE} if it is. */
    Reason exhausted(long nowMillis, ListenerSettings settings) {
        waitedMillis += Ticker.PERIOD_MILLIS;
        if (nowMillis >= deadlineMillis) {
            return Reason.BODY_TIMEOUT;
        }
        boolean slow = waitedMillis > GRACE_MILLIS && bytes * 1_000 < waitedMillis * settings.minBodyBytesPerSecond();
        return slow ? Reason.BODY_TOO_SLOW : Reason.NONE;
    }
}
