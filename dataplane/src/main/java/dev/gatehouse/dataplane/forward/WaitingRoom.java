package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.http1.Reason;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The requests that wait for a connection of one pool, first come first served. Bounded. Event loop only. */
final class WaitingRoom {
    private static final int PLACES = 1024;

    private final Capacity capacity;
    private final ArrayDeque<UpstreamRequest> waiting = new ArrayDeque<>();

    /** @param capacity of the endpoint, whose limit holds for all event loops together */
    WaitingRoom(Capacity capacity) {
        this.capacity = capacity;
    }

    /** Lets the request wait, or tells it that it cannot. Whether it waits. */
    boolean enter(UpstreamRequest request, EndpointPool pool, int millis) {
        if (waiting.size() >= PLACES) {
            request.unavailable(Reason.POOL_FULL);
            return false;
        }
        if (!capacity.await()) {
            request.unavailable(Reason.CIRCUIT_OPEN);
            return false;
        }
        waiting.add(request);
        request.waitingFor(pool, millis);
        return true;
    }

    /** Whose turn it is, who waits no longer then; null if nobody waits. */
    @Nullable
    UpstreamRequest next() {
        UpstreamRequest next = waiting.poll();
        if (next != null) {
            capacity.waited();
            next.waitedFor();
        }
        return next;
    }

    /** The request has given up, if it was here. */
    void leave(UpstreamRequest request) {
        if (waiting.remove(request)) {
            capacity.waited();
        }
    }

    int size() {
        return waiting.size();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }
}
