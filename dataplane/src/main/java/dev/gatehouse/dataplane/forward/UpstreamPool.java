package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint. The one that was used last is used first, so that those that a quiet
 * time does not need grow old and are closed. Bounded, with a bounded queue of exchanges that wait. Event loop only.
 */
final class UpstreamPool implements EndpointPool {
    private static final int MAX_WAITING = 1024;

    private final Worker worker;
    private final Dialing dialing;
    private final Consumer<EndpointPool> whenEmpty;
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    /** The one that was used last is at the end. */
    private final ArrayList<UpstreamConnection> idle = new ArrayList<>();

    private int open;
    private boolean closed;

    UpstreamPool(Worker worker, Dialing dialing, Consumer<EndpointPool> whenEmpty) {
        this.worker = worker;
        this.dialing = dialing;
        this.whenEmpty = whenEmpty;
    }

    @Override
    public void acquire(Exchange exchange, ListenerSettings settings, boolean fresh) {
        while (!idle.isEmpty() && !fresh) {
            UpstreamConnection connection = idle.removeLast();
            if (connection.isUsable(exchange.retryable())) {
                connection.use(exchange, settings);
                return;
            }
            connection.close();
        }
        if (fresh && !idle.isEmpty() && open >= settings.maxUpstreamConnections()) {
            // The oldest is as likely closed by the backend as the one that failed.
            idle.getFirst().close();
        }
        if (open < settings.maxUpstreamConnections()) {
            open(exchange, settings);
        } else if (waiting.size() < MAX_WAITING) {
            waiting.add(exchange);
            exchange.waitingFor(this, settings.poolWaitTimeoutMs());
        } else {
            exchange.unavailable(Reason.POOL_FULL);
        }
    }

    @Override
    public void stopWaiting(Exchange exchange) {
        waiting.remove(exchange);
    }

    /** Takes over a connection that is open and was made elsewhere. Its user has to tell it that it is connected. */
    UpstreamConnection adopt(@Nullable Exchange exchange, ListenerSettings settings) {
        open++;
        return new UpstreamConnection(worker, this, exchange, settings);
    }

    /** Whether there is no connection and nobody waits for one. */
    boolean isEmpty() {
        return open == 0 && waiting.isEmpty();
    }

    private void open(Exchange exchange, ListenerSettings settings) {
        open++;
        UpstreamConnection connection = new UpstreamConnection(worker, this, exchange, settings);
        exchange.connecting(connection);
        dialing.dial(connection, settings);
    }

    /** Takes a connection back that is ready for another exchange. */
    void release(UpstreamConnection connection, ListenerSettings settings) {
        Exchange next = waiting.poll();
        if (next != null) {
            next.waitedFor();
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
        idle.remove(connection);
        Exchange next = waiting.poll();
        if (next != null) {
            next.waitedFor();
            open(next, settings);
        } else if (open == 0) {
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
