package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.resilience.CircuitLimits;
import java.util.concurrent.atomic.AtomicInteger;

/** The connections of an endpoint and the requests that wait for one, on all event loops, and their limits. Thread-safe, without locks. */
public final class Capacity {

    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private volatile CircuitLimits limits = CircuitLimits.NONE;

    Capacity() {}

    void limit(CircuitLimits next) {
        limits = next;
    }

    /** Connections now, those that are being opened included. */
    public int connections() {
        return connections.get();
    }

    /** Requests that wait for a connection now. */
    public int pending() {
        return pending.get();
    }

    /**
     * Takes the place of a connection, to be given back by {@link #disconnected}; false if there is none left. An event loop that has
     * none gets one in any case, for nobody but itself could free one for it.
     */
    public boolean connect(boolean first) {
        if (connections.getAndIncrement() < limits.maxConnections() || first) {
            return true;
        }
        connections.getAndDecrement();
        return false;
    }

    /** A connection is gone. */
    public void disconnected() {
        connections.getAndDecrement();
    }

    /** Whether the next {@link #connect} is likely to succeed. */
    public boolean admitsConnection(boolean first) {
        return first || connections.get() < limits.maxConnections();
    }

    /** Takes a place to wait in, to be given back by {@link #waited}; false if there is none left. */
    public boolean await() {
        if (pending.getAndIncrement() < limits.maxPendingRequests()) {
            return true;
        }
        pending.getAndDecrement();
        return false;
    }

    /** A request waits no longer. */
    public void waited() {
        pending.getAndDecrement();
    }
}
