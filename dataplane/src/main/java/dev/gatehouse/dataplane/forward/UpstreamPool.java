package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.table.ListenerSettings;
import java.util.ArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint. The one that was used last is used first, so that those that a quiet
 * time does not need grow old and are closed. Bounded, with a bounded queue of requests that wait. Event loop only.
 */
final class UpstreamPool implements EndpointPool {
    private final Worker worker;
    private final Dialing dialing;
    private final Consumer<EndpointPool> whenEmpty;
    private final Capacity capacity;
    private final WaitingRoom waiting;
    /** The one that was used last is at the end. */
    private final ArrayList<UpstreamConnection> idle = new ArrayList<>();

    private int open;
    private boolean closed;

    UpstreamPool(Worker worker, Dialing dialing, Capacity capacity, Consumer<EndpointPool> whenEmpty) {
        this.worker = worker;
        this.dialing = dialing;
        this.capacity = capacity;
        this.waiting = new WaitingRoom(capacity);
        this.whenEmpty = whenEmpty;
    }

    @Override
    public void acquire(UpstreamRequest request, ListenerSettings settings, boolean fresh) {
        while (!idle.isEmpty() && !fresh) {
            UpstreamConnection connection = idle.removeLast();
            if (connection.isUsable(request.retryable())) {
                connection.use(request, settings);
                return;
            }
            connection.close();
        }
        if (fresh && !idle.isEmpty() && !mayOpen(settings)) {
            // The oldest is as likely closed by the backend as the one that failed.
            idle.getFirst().close();
        }
        if (!tryOpen(request, settings)) {
            waiting.enter(request, this, settings.poolWaitTimeoutMs());
        }
    }

    private boolean mayOpen(ListenerSettings settings) {
        return open < settings.maxUpstreamConnections() && capacity.admitsConnection(open == 0);
    }

    private boolean tryOpen(UpstreamRequest request, ListenerSettings settings) {
        if (open >= settings.maxUpstreamConnections() || !capacity.connect(open == 0)) {
            return false;
        }
        open++;
        UpstreamConnection connection = new UpstreamConnection(worker, this, request, settings);
        request.connecting(connection);
        dialing.dial(connection, settings);
        return true;
    }

    @Override
    public void stopWaiting(UpstreamRequest request) {
        waiting.leave(request);
    }

    /** Takes over a connection that is open and was made elsewhere. Its user has to tell it that it is connected. */
    UpstreamConnection adopt(@Nullable UpstreamRequest request, ListenerSettings settings) {
        capacity.connect(true);
        open++;
        return new UpstreamConnection(worker, this, request, settings);
    }

    /** Whether there is no connection and nobody waits for one. */
    boolean isEmpty() {
        return open == 0 && waiting.isEmpty();
    }

    /** Takes a connection back that is ready for another request. */
    void release(UpstreamConnection connection, ListenerSettings settings) {
        UpstreamRequest next = waiting.next();
        if (next != null) {
            connection.use(next, settings);
            return;
        }
        if (closed) {
            connection.close();
            return;
        }
        idle.add(connection);
    }

    /** Tells that a connection is gone, whatever it was doing. */
    void gone(UpstreamConnection connection, ListenerSettings settings) {
        open--;
        capacity.disconnected();
        idle.remove(connection);
        if (mayOpen(settings)) {
            UpstreamRequest next = waiting.next();
            if (next != null && !tryOpen(next, settings)) {
                waiting.enter(next, this, settings.poolWaitTimeoutMs()); // another event loop was faster
            }
        }
        if (open == 0) {
            whenEmpty.accept(this);
        }
    }

    @Override
    public void close() {
        closed = true;
        while (!idle.isEmpty()) {
            idle.removeLast().close();
        }
    }
}
