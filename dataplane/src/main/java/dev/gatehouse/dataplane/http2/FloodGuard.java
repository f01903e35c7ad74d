package dev.gatehouse.dataplane.http2;

/**
 * What a peer may cost us without asking for anything: resets, pings, settings, empty frames, stream errors it provokes. An
 * allowance that comes back with time; who uses it up is ended with ENHANCE_YOUR_CALM (RFC 9113, 10.5; CVE-2023-44487,
 * CVE-2025-8671). One thread.
 */
public final class FloodGuard {
    /** How many at once. */
    public static final int BURST = 1_000;
    /** How many per second in the long run. */
    public static final int PER_SECOND = 200;

    private int left = BURST;
    private long lastMillis;

    /** @throws Http2Exception when there were too many */
    public void spend(long nowMillis) {
        if (--left < 0) {
            long earned = Math.min(BURST, (nowMillis - lastMillis) * PER_SECOND / 1_000);
            lastMillis = nowMillis;
            left = (int) earned - 1;
            if (left < 0) {
                throw Http2Exception.connection(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that ask for nothing");
            }
        }
    }
}
