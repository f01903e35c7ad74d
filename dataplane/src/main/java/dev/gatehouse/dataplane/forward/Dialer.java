package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;

/** Opens connections of one event loop to one endpoint, resolving its name if it is one. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // The listener acts on failure.
final class Dialer implements Dialing {
    private static final long RESOLVED_FOR_MILLIS = 5_000;
    private static final byte[] NOTHING = {};

    private final Worker worker;
    private final InetSocketAddress endpoint;
    private List<InetSocketAddress> resolved = List.of();
    private long resolvedUntilMillis;
    private int nextResolved;

    /** @param endpoint unresolved if it is a name */
    Dialer(Worker worker, InetSocketAddress endpoint) {
        this.worker = worker;
        this.endpoint = endpoint;
    }

    @Override
    public void dial(Dialed connection, ListenerSettings settings) {
        dial(connection, NOTHING, settings);
    }

    /** Dials the same, for connections that begin with these bytes. */
    Dialing beginningWith(byte[] first) {
        return (connection, settings) -> dial(connection, first, settings);
    }

    private void dial(Dialed connection, byte[] first, ListenerSettings settings) {
        if (!endpoint.isUnresolved()) {
            connect(connection, first, endpoint, settings);
        } else if (worker.ticker().nowMillis() < resolvedUntilMillis) {
            connect(connection, first, nextResolved(), settings);
        } else {
            resolve(connection, first, settings);
        }
    }

    private InetSocketAddress nextResolved() {
        return resolved.get(Math.floorMod(nextResolved++, resolved.size()));
    }

    private void resolve(Dialed connection, byte[] first, ListenerSettings settings) {
        worker.loops()
                .resolveAll(worker.loop(), endpoint.getHostString())
                .addListener((Future<List<InetSocketAddress>> answer) -> {
                    if (answer.isSuccess() && !answer.getNow().isEmpty()) {
                        int port = endpoint.getPort();
                        resolved = answer.getNow().stream()
                                .map(address -> new InetSocketAddress(address.getAddress(), port))
                                .toList();
                        resolvedUntilMillis = worker.ticker().nowMillis() + RESOLVED_FOR_MILLIS;
                        connect(connection, first, nextResolved(), settings);
                    } else {
                        connection.failed(Reason.RESOLVE_FAILED);
                    }
                    worker.flush();
                });
    }

    /**
     * Opens the socket behind the events at hand: Netty knows epoll's events by their file descriptor, and one that was closed
     * among them can be this socket's, which would then be closed by an event that is not its own.
     */
    private void connect(Dialed connection, byte[] first, InetSocketAddress address, ListenerSettings settings) {
        worker.loop().execute(() -> connectNow(connection, first, address, settings));
    }

    private void connectNow(Dialed connection, byte[] first, InetSocketAddress address, ListenerSettings settings) {
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
                if (first.length > 0) {
                    // Not flushed: it leaves together with the request.
                    connected.channel().write(Unpooled.wrappedBuffer(first));
                }
                connection.connected();
            } else {
                connection.failed(
                        done.cause() instanceof ConnectTimeoutException
                                ? Reason.CONNECT_TIMEOUT
                                : Reason.CONNECT_FAILED);
            }
            worker.flush();
        });
    }
}
