package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.Upstreams;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Holds the routing table in force. Read by every event loop with one volatile read; replaced by one thread. */
public final class Tables {

    private final List<Consumer<RoutingTable>> listeners = new CopyOnWriteArrayList<>();
    private volatile RoutingTable current = RoutingTable.empty();

    private final Upstreams upstreams = new Upstreams();

    /** What rules of the tables lead to. */
    public Upstreams upstreams() {
        return upstreams;
    }

    public RoutingTable current() {
        return current;
    }

    /** Calls {@code listener} after every swap, on the thread that swapped. It must not block. */
    public void onSwap(Consumer<RoutingTable> listener) {
        listeners.add(listener);
    }

    /** Puts {@code next} in force: requests that begin from now on see it. */
    public void swap(RoutingTable next) {
        current = next;
        listeners.forEach(listener -> listener.accept(next));
    }
}
