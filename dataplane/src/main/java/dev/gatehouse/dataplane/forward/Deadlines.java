package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.loop.Ticker;
import dev.gatehouse.dataplane.resilience.RuleTimeouts;
import dev.gatehouse.dataplane.table.ListenerSettings;

/**
 * Until when an exchange waits, and for what. Setting one is a store; its exchange looks at them with every tick. Reused for
 * one exchange after another. Event loop only.
 */
final class Deadlines {
    /** As HAProxy users set it: long enough for applications with pings of their own, short enough to find the dead. */
    private static final int TUNNEL_IDLE_MILLIS = 3_600_000;

    private static final long NEVER = Long.MAX_VALUE;

    private final Ticker ticker;
    private RuleTimeouts rule = RuleTimeouts.NONE;
    private int listenerMillis;
    /** For the backend to begin its answer, and to go on; 0: no limit but the whole. */
    private int answerMillis;

    private int silenceMillis;
    private long wholeUntil;
    private long silentUntil;
    private long tryUntil;
    private long waitUntil;

    Deadlines(Ticker ticker) {
        this.ticker = ticker;
    }

    /** A limit for the whole takes the place of the listener's for the parts, for streams that may rest. */
    void begin(RuleTimeouts timeouts, ListenerSettings settings) {
        rule = timeouts;
        listenerMillis = settings.requestTimeoutMs();
        int parts = timeouts.requestMs() > 0 ? 0 : listenerMillis;
        answerMillis = timeouts.firstByteMs() > 0 ? timeouts.firstByteMs() : parts;
        silenceMillis = timeouts.idleMs() > 0 ? timeouts.idleMs() : parts;
        wholeUntil = after(timeouts.requestMs());
        silentUntil = after(parts);
        tryUntil = NEVER;
        waitUntil = NEVER;
    }

    private long after(int millis) {
        return millis > 0 ? ticker.nowMillis() + millis : NEVER;
    }

    /** A try begins, whose connection has limits of its own. */
    void beginTry(int millis) {
        tryUntil = after(millis);
        silentUntil = after(listenerMillis);
    }

    /** Something has passed. */
    void extend(boolean wantsAnswer) {
        silentUntil = after(wantsAnswer ? answerMillis : silenceMillis);
    }

    /** The answer has begun. */
    void answered() {
        tryUntil = NEVER;
        silentUntil = after(silenceMillis);
    }

    /** Something has passed through an open WebSocket, which has no limit as a whole. */
    void extendTunnel(boolean waitsForBackend) {
        wholeUntil = NEVER;
        tryUntil = NEVER;
        int idle = rule.idleMs() > 0 ? rule.idleMs() : TUNNEL_IDLE_MILLIS;
        silentUntil = after(waitsForBackend ? listenerMillis : idle);
    }

    void waitForPool(int millis) {
        waitUntil = ticker.nowMillis() + millis;
    }

    void endWait() {
        waitUntil = NEVER;
    }

    boolean isPoolLate(long nowMillis) {
        return nowMillis >= waitUntil;
    }

    boolean isWholeLate(long nowMillis) {
        return nowMillis >= wholeUntil;
    }

    boolean isTryLate(long nowMillis) {
        return nowMillis >= tryUntil;
    }

    boolean isSilent(long nowMillis) {
        return nowMillis >= silentUntil;
    }

    /** Why an exchange ends whose backend is silent. */
    Reason silence(boolean wantsAnswer) {
        if (wantsAnswer) {
            return rule.firstByteMs() > 0 ? Reason.FIRST_BYTE_TIMEOUT : Reason.REQUEST_TIMEOUT;
        }
        return rule.idleMs() > 0 ? Reason.IDLE_TIMEOUT : Reason.REQUEST_TIMEOUT;
    }
}
