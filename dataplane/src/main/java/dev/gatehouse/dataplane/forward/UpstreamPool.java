package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections of one event loop to one endpoint. The one that was used last is used first, so that those that a quiet
 * time does not need grow old and are closed. Bounded, with a bounded queue of exchanges that wait. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close ends in channelInactive.
final class UpstreamPool {
    private static final int MAX_WAITING = 1024;
    private static final long RESOLVED_FOR_MILLIS = 5_000;

    private final Worker worker;
    private final Endpoint endpoint;
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    /** The one that was used last is at the end. */
    private final ArrayList<UpstreamConnection> idle = new ArrayList<>();

    private int open;
    private boolean closed;
    private List<InetSocketAddress> resolved = List.of();
    private long resolvedUntilMillis;
    private int nextResolved;

    UpstreamPool(Worker worker, Endpoint endpoint) {
        this.worker = worker;
        this.endpoint = endpoint;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Gives the exchange a connection now, later, or tells it that there is none. */
    void acquire(Exchange exchange, ListenerSettings settings, boolean fresh) {
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
            exchange.waitingFor(this);
        } else {
            exchange.unavailable(Reason.POOL_FULL);
        }
    }

    void stopWaiting(Exchange exchange) {
        waiting.remove(exchange);
    }

    private void open(Exchange exchange, ListenerSettings settings) {
        open++;
        UpstreamConnection connection = new UpstreamConnection(worker, this, exchange, settings);
        exchange.connecting(connection);
        if (!endpoint.address().isUnresolved()) {
            connect(connection, endpoint.address(), settings);
        } else if (worker.ticker().nowMillis() < resolvedUntilMillis) {
            connect(connection, nextResolved(), settings);
        } else {
            resolve(connection, settings);
        }
    }

    private InetSocketAddress nextResolved() {
        return resolved.get(Math.floorMod(nextResolved++, resolved.size()));
    }

    private void resolve(UpstreamConnection connection, ListenerSettings settings) {
        worker.loops()
                .resolveAll(worker.loop(), endpoint.address().getHostString())
                .addListener((io.netty.util.concurrent.Future<List<InetSocketAddress>> answer) -> {
                    if (answer.isSuccess() && !answer.getNow().isEmpty()) {
                        int port = endpoint.address().getPort();
                        resolved = answer.getNow().stream()
                                .map(address -> new InetSocketAddress(address.getAddress(), port))
                                .toList();
                        resolvedUntilMillis = worker.ticker().nowMillis() + RESOLVED_FOR_MILLIS;
                        connect(connection, nextResolved(), settings);
                    } else {
                        connection.failed(Reason.RESOLVE_FAILED);
                    }
                    worker.flush();
                });
    }

    private void connect(UpstreamConnection connection, InetSocketAddress address, ListenerSettings settings) {
        ChannelFuture connected = new Bootstrap()
                .group(worker.loop())
                .channelFactory(worker.loops().channels())
                .disableResolver()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, settings.connectTimeoutMs())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                // A backend may answer and close while the request body is still being sent: a failed write must not
                // discard the answer that is waiting to be read.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.ALLOCATOR, worker.allocator())
                .option(ChannelOption.RECVBUF_ALLOCATOR, worker.readBuffer())
                .handler(connection)
                .connect(address);
        connected.addListener(done -> {
            if (done.isSuccess()) {
                connection.connected();
            } else {
                connection.failed(
                        done.cause() instanceof io.netty.channel.ConnectTimeoutException
                                ? Reason.CONNECT_TIMEOUT
                                : Reason.CONNECT_FAILED);
            }
            worker.flush();
        });
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
            worker.forget(this);
        }
    }

    void close() {
        closed = true;
        while (!idle.isEmpty()) {
            idle.removeLast().close();
        }
    }
}
