package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.http1.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The exchanges that wait for a connection of one pool, first come first served. Bounded. Event loop only. */
final class WaitingRoom {
    private static final int PLACES = 1024;

    private final Capacity capacity;
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();

    /** @param capacity of the endpoint, whose limit holds for all event loops together */
    WaitingRoom(Capacity capacity) {
        this.capacity = capacity;
    }

    /** Lets the exchange wait, or tells it that it cannot. Whether it waits. */
    boolean enter(Exchange exchange, EndpointPool pool, int millis) {
        if (waiting.size() >= PLACES) {
            exchange.unavailable(Reason.POOL_FULL);
            return false;
        }
        if (!capacity.await()) {
            exchange.unavailable(Reason.CIRCUIT_OPEN);
            return false;
        }
        waiting.add(exchange);
        exchange.waitingFor(pool, millis);
        return true;
    }

    /** Whose turn it is, who waits no longer then; null if nobody waits. */
    @Nullable
    Exchange next() {
        Exchange next = waiting.poll();
        if (next != null) {
            capacity.waited();
            next.waitedFor();
        }
        return next;
    }

    /** The exchange has given up, if it was here. */
    void leave(Exchange exchange) {
        if (waiting.remove(exchange)) {
            capacity.waited();
        }
    }

    /** All of them, who wait no longer. */
    List<Exchange> empty() {
        List<Exchange> all = new ArrayList<>();
        for (Exchange next = next(); next != null; next = next()) {
            all.add(next);
        }
        return all;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }
}
