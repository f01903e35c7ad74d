package dev.gatehouse.dataplane.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What one request brings to the choice of its endpoint: chance, time, the key that it is kept together by, the session that
 * it belongs to, and who has failed it already. Reused for many requests; one thread.
 */
public final class Caller {

    private final RandomGenerator random;
    private final List<Endpoint> tried = new ArrayList<>(0);
    private long nowNanos;
    private boolean keyed;
    private long key;
    private SessionKeys sessionKeys = SessionKeys.NONE;
    private boolean inSession;
    private long sessionHigh;
    private long sessionLow;
    private long sessionChance;

    /** @param random chance that is no secret */
    public Caller(RandomGenerator random) {
        this.random = random;
    }

    /** Begins the next request. */
    public void reset(long now) {
        nowNanos = now;
        keyed = false;
        inSession = false;
        sessionKeys = SessionKeys.NONE;
        if (!tried.isEmpty()) {
            tried.clear();
        }
    }

    /** Requests with the same key go to the same endpoint where the policy is a hash. */
    public void key(long hash) {
        keyed = true;
        key = hash;
    }

    /** Endpoints have names by these keys, and the request can be given one to come back with. */
    public void sessionKeys(SessionKeys keys) {
        sessionKeys = keys;
    }

    /** The request belongs to a session, by the token that its client was given. */
    void session(SessionKeys keys, long high, long low, long chance) {
        sessionKeys = keys;
        inSession = true;
        sessionHigh = high;
        sessionLow = low;
        sessionChance = chance;
    }

    /** The endpoint has failed this request, and is not to get it again. */
    public void failed(Endpoint endpoint) {
        tried.add(endpoint);
    }

    boolean hasTried(Endpoint endpoint) {
        return !tried.isEmpty() && tried.contains(endpoint);
    }

    boolean isKeyed() {
        return keyed;
    }

    long key() {
        return key;
    }

    boolean isInSession() {
        return inSession;
    }

    SessionKeys sessionKeys() {
        return sessionKeys;
    }

    /** What tells the session from others of its endpoint: the same for all its requests. A new one gets it now. */
    long sessionChance() {
        return inSession ? sessionChance : random.nextLong();
    }

    long sessionHigh() {
        return sessionHigh;
    }

    long sessionLow() {
        return sessionLow;
    }

    /** When it began, on the clock of {@link System#nanoTime}. */
    long nowNanos() {
        return nowNanos;
    }

    RandomGenerator random() {
        return random;
    }
}
