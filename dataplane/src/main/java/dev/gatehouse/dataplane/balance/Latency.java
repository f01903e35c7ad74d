package dev.gatehouse.dataplane.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A moving average of the time to the first byte that follows a rise at once and a fall slowly: what is older than {@link
 * #DECAY_MILLIS} counts for 1/e, and so does the whole average after that time without an answer, so that an endpoint that was
 * slow is asked again. Threads may overwrite each other's observation, which does no harm. Allocates nothing.
 */
final class Latency {

    static final int DECAY_MILLIS = 10_000;

    /** What a request without any answer counts as, so that an endpoint that fails fast does not seem to be fast. */
    static final long OF_A_FAILURE_NANOS = 1_000_000_000;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Latency.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Milliseconds of the last observation in the upper half, the average in microseconds as a float in the lower. */
    @SuppressWarnings("unused") // by STATE
    private long state;

    void observe(long nowNanos, long tookNanos) {
        int now = millis(nowNanos);
        long before = (long) STATE.getOpaque(this);
        float took = tookNanos / 1_000f;
        float average = average(before);
        float next = average;
        if (took >= average) {
            next = took;
        } else {
            float kept = kept(now - stamp(before));
            next = average * kept + took * (1 - kept);
        }
        STATE.setOpaque(this, ((long) now << 32) | (Float.floatToRawIntBits(next) & 0xffff_ffffL));
    }

    /** Microseconds; 0 if nothing is known. */
    double micros(long nowNanos) {
        long now = (long) STATE.getOpaque(this);
        float average = average(now);
        return average == 0 ? 0 : average * kept(millis(nowNanos) - stamp(now));
    }

    private static float kept(int elapsedMillis) {
        return elapsedMillis <= 0 ? 1 : (float) Math.exp(-elapsedMillis / (double) DECAY_MILLIS);
    }

    private static int stamp(long state) {
        return (int) (state >>> 32);
    }

    private static float average(long state) {
        return Float.intBitsToFloat((int) state);
    }

    private static int millis(long nanos) {
        return (int) (nanos / 1_000_000);
    }
}
