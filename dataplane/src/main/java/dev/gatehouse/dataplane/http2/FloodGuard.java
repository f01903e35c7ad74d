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
    /** How many before others have their turn. */
    public static final int PER_TURN = 32;

    private static final int ABANDONED_PER_TURN = 4;

    /**
     * How many WINDOW_UPDATE frames a frame of data that we send may be answered with, and how many a new stream may begin
     * with: twice what is seen of clients, which widen the stream and the connection with each part that they read.
     */
    private static final int UPDATES_PER_DATA_FRAME = 10;

    private static final int UPDATES_PER_STREAM = 2;
    private static final int MAX_UPDATES = 16_384;

    private int left = BURST;
    private int leftThisTurn = PER_TURN;
    private int updates;
    private long lastMillis;

    /** Others have had their turn. */
    public void newTurn() {
        leftThisTurn = PER_TURN;
    }

    /** Whether the peer has cost enough for now: what else it has sent can wait. */
    public boolean isTurnOver() {
        return leftThisTurn <= 0;
    }

    /** A request was given up that a backend had been asked for: its connection is closed, and the next one opens another. */
    public void abandoned() {
        leftThisTurn -= PER_TURN / ABANDONED_PER_TURN;
    }

    /** A stream was opened. */
    public void streamOpened() {
        updates = Math.min(MAX_UPDATES, updates + UPDATES_PER_STREAM);
    }

    /** A frame of data was sent, for which the peer will give room back. */
    public void dataSent() {
        updates = Math.min(MAX_UPDATES, updates + UPDATES_PER_DATA_FRAME);
    }

    /**
     * The peer widens a window. Only what goes beyond the data that it was sent is counted.
     *
     * @throws Http2Exception when there were too many
     */
    public void windowUpdated(long nowMillis) {
        if (updates > 0) {
            updates--;
        } else {
            spend(nowMillis);
        }
    }

    /** @throws Http2Exception when there were too many */
    public void spend(long nowMillis) {
        leftThisTurn--;
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
