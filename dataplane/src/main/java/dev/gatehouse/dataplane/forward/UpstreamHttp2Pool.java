package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 connections of one event loop to one endpoint: one, and another only when the streams of all are in use. Requests
 * wait while one is being opened. Event loop only.
 */
final class UpstreamHttp2Pool implements EndpointPool {
    private final Worker worker;
    private final Dialing dialing;
    private final Consumer<EndpointPool> whenEmpty;
    private final List<UpstreamHttp2Connection> connections = new ArrayList<>();
    private final Capacity capacity;
    private final WaitingRoom waiting;
    private int connecting;
    private boolean closed;

    UpstreamHttp2Pool(Worker worker, Dialing dialing, Capacity capacity, Consumer<EndpointPool> whenEmpty) {
        this.worker = worker;
        this.dialing = dialing;
        this.capacity = capacity;
        this.waiting = new WaitingRoom(capacity);
        this.whenEmpty = whenEmpty;
    }

    @Override
    public void acquire(UpstreamRequest request, ListenerSettings settings, boolean fresh) {
        for (UpstreamHttp2Connection connection : connections) {
            if (connection.hasRoom()) {
                connection.begin(request, settings);
                return;
            }
        }
        if (waiting.enter(request, this, settings.connectTimeoutMs() + settings.poolWaitTimeoutMs())) {
            dialForWaiting(settings);
        }
    }

    private void dialForWaiting(ListenerSettings settings) {
        if (!waiting.isEmpty()
                && connecting == 0
                && connections.size() < settings.maxUpstreamConnections()
                && capacity.connect(connections.isEmpty())) {
            connecting++;
            dialing.dial(new UpstreamHttp2Connection(worker, this, settings), settings);
        }
    }

    @Override
    public void stopWaiting(UpstreamRequest request) {
        waiting.leave(request);
    }

    void connected(UpstreamHttp2Connection connection) {
        connecting--;
        connections.add(connection);
        serveWaiting(connection);
        dialForWaiting(connection.settings());
    }

    void failed(Reason reason) {
        connecting--;
        capacity.disconnected();
        // Whoever is told may come back with another request, which waits for another connection.
        for (int left = waiting.size(); left > 0; left--) {
            UpstreamRequest request = waiting.next();
            if (request != null) {
                request.connectFailed(reason);
            }
        }
        forgetIfEmpty();
    }

    /** The connection that was being opened does not speak HTTP/2: the requests that wait are somebody else's. */
    void declined() {
        connecting--;
        capacity.disconnected();
    }

    /** Gives away the request that has waited longest; null if none waits. */
    @Nullable
    UpstreamRequest nextWaiting() {
        return waiting.next();
    }

    /** Whether there is no connection and nobody waits for one. */
    boolean isEmpty() {
        return connections.isEmpty() && connecting == 0 && waiting.isEmpty();
    }

    /** A connection has room for another stream. */
    void serveWaiting(UpstreamHttp2Connection connection) {
        while (connection.hasRoom()) {
            UpstreamRequest next = waiting.next();
            if (next == null) {
                break;
            }
            connection.begin(next, connection.settings());
        }
        if (closed) {
            connection.closeIfIdle();
        }
    }

    /** The connection takes no more streams. Requests that wait get another. */
    void leaving(UpstreamHttp2Connection connection) {
        if (connections.remove(connection)) {
            capacity.disconnected();
            dialForWaiting(connection.settings());
        }
        forgetIfEmpty();
    }

    private void forgetIfEmpty() {
        if (isEmpty()) {
            whenEmpty.accept(this);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (UpstreamHttp2Connection connection : List.copyOf(connections)) {
            connection.closeIfIdle();
        }
    }
}
