package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.table.ListenerSettings;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Connections that serve one request each, because what they begin with is about its client. Each is a pool of its own that
 * is closed as soon as it has its request. Bounded like other pools. Event loop only.
 */
final class ExclusivePool implements EndpointPool {
    private final BiFunction<UpstreamRequest, Consumer<EndpointPool>, EndpointPool> pools;
    private final Consumer<EndpointPool> whenEmpty;
    private final Capacity capacity;
    private final WaitingRoom waiting;
    private final Set<EndpointPool> open = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * @param pools makes the pool for one request, which is to tell when it is empty
     * @param whenEmpty is told when this pool has neither connections nor requests that wait for one
     */
    ExclusivePool(
            BiFunction<UpstreamRequest, Consumer<EndpointPool>, EndpointPool> pools,
            Capacity capacity,
            Consumer<EndpointPool> whenEmpty) {
        this.pools = pools;
        this.capacity = capacity;
        this.waiting = new WaitingRoom(capacity);
        this.whenEmpty = whenEmpty;
    }

    @Override
    public void acquire(UpstreamRequest request, ListenerSettings settings, boolean fresh) {
        if (mayOpen(settings)) {
            open(request, settings);
        } else {
            waiting.enter(request, this, settings.poolWaitTimeoutMs());
        }
    }

    private boolean mayOpen(ListenerSettings settings) {
        return open.size() < settings.maxUpstreamConnections() && capacity.admitsConnection(open.isEmpty());
    }

    private void open(UpstreamRequest request, ListenerSettings settings) {
        EndpointPool pool = pools.apply(request, gone -> closed(gone, settings));
        open.add(pool);
        pool.acquire(request, settings, true);
        pool.close();
    }

    private void closed(EndpointPool pool, ListenerSettings settings) {
        if (!open.remove(pool)) {
            return;
        }
        UpstreamRequest next = mayOpen(settings) ? waiting.next() : null;
        if (next != null) {
            open(next, settings);
        } else if (open.isEmpty()) {
            whenEmpty.accept(this);
        }
    }

    @Override
    public void stopWaiting(UpstreamRequest request) {
        waiting.leave(request);
    }

    /** Every connection ends with its request anyway. */
    @Override
    public void close() {}
}
