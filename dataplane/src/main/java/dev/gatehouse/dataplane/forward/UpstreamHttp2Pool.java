package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * HTTP/2 connections of one event loop to one endpoint: one, and another only when the streams of all are in use. Exchanges
 * wait while one is being opened. Event loop only.
 */
final class UpstreamHttp2Pool implements EndpointPool {
    private static final int MAX_WAITING = 1024;

    private final Worker worker;
    private final Dialing dialing;
    private final Consumer<EndpointPool> whenEmpty;
    private final List<UpstreamHttp2Connection> connections = new ArrayList<>();
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    private int connecting;
    private boolean closed;

    UpstreamHttp2Pool(Worker worker, Dialing dialing, Consumer<EndpointPool> whenEmpty) {
        this.worker = worker;
        this.dialing = dialing;
        this.whenEmpty = whenEmpty;
    }

    @Override
    public void acquire(Exchange exchange, ListenerSettings settings, boolean fresh) {
        for (UpstreamHttp2Connection connection : connections) {
            if (connection.hasRoom()) {
                connection.begin(exchange, settings);
                return;
            }
        }
        if (waiting.size() >= MAX_WAITING) {
            exchange.unavailable(Reason.POOL_FULL);
            return;
        }
        waiting.add(exchange);
        exchange.waitingFor(this, settings.connectTimeoutMs() + settings.poolWaitTimeoutMs());
        dialForWaiting(settings);
    }

    private void dialForWaiting(ListenerSettings settings) {
        if (!waiting.isEmpty() && connecting == 0 && connections.size() < settings.maxUpstreamConnections()) {
            connecting++;
            dialing.dial(new UpstreamHttp2Connection(worker, this, settings), settings);
        }
    }

    @Override
    public void stopWaiting(Exchange exchange) {
        waiting.remove(exchange);
    }

    void connected(UpstreamHttp2Connection connection) {
        connecting--;
        connections.add(connection);
        serveWaiting(connection);
        dialForWaiting(connection.settings());
    }

    void failed(Reason reason) {
        connecting--;
        for (Exchange exchange = waiting.poll(); exchange != null; exchange = waiting.poll()) {
            exchange.waitedFor();
            exchange.connectFailed(reason);
        }
        forgetIfEmpty();
    }

    /** The connection that was being opened does not speak HTTP/2. Gives away the exchanges that waited for it. */
    List<Exchange> declined() {
        connecting--;
        List<Exchange> left = new ArrayList<>(waiting);
        waiting.clear();
        left.forEach(Exchange::waitedFor);
        return left;
    }

    /** Whether there is no connection and nobody waits for one. */
    boolean isEmpty() {
        return connections.isEmpty() && connecting == 0 && waiting.isEmpty();
    }

    /** A connection has room for another stream. */
    void serveWaiting(UpstreamHttp2Connection connection) {
        while (!waiting.isEmpty() && connection.hasRoom()) {
            Exchange next = waiting.remove();
            next.waitedFor();
            connection.begin(next, connection.settings());
        }
        if (closed) {
            connection.closeIfIdle();
        }
    }

    /** The connection takes no more streams. Exchanges that wait get another. */
    void leaving(UpstreamHttp2Connection connection) {
        if (connections.remove(connection)) {
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
