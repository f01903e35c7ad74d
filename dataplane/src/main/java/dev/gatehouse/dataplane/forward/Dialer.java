package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.forward.tls.TlsFailures;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens connections of one event loop to one endpoint: resolves its name if it is one, connects, sends what stands before
 * everything else, shakes hands. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // The listener acts on failure.
final class Dialer {
    private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);
    private static final long RESOLVED_FOR_MILLIS = 5_000;

    private final Worker worker;
    private final InetSocketAddress endpoint;
    private List<InetSocketAddress> resolved = List.of();
    private long resolvedUntilMillis;
    private int nextResolved;

    /** What is to happen with a connection once it is open. */
    private interface Opening {
        void opened(Channel channel, InetSocketAddress address, Dialed connection, ListenerSettings settings);
    }

    /** @param endpoint unresolved if it is a name */
    Dialer(Worker worker, InetSocketAddress endpoint) {
        this.worker = worker;
        this.endpoint = endpoint;
        this.nextResolved = worker.random().nextInt(); // not every dialer's first connection to the same address
    }

    /** Connections in clear text that begin with these bytes. */
    Dialing plain(byte[] first) {
        return (connection, settings) -> dial(connection, settings, (channel, address, opened, same) -> {
            begin(channel, first);
            opened.connected();
        });
    }

    /** Connections that begin with these bytes in clear text; TLS follows. */
    Dialing secured(byte[] first, TlsClient tls, TlsClient.Offer offer) {
        return (connection, settings) -> dial(connection, settings, (channel, address, opened, same) -> {
            begin(channel, first);
            handshake(channel, tls.engine(address, offer), opened, same);
        });
    }

    /** Not flushed: it leaves together with what follows. */
    private static void begin(Channel channel, byte[] first) {
        if (first.length > 0) {
            channel.write(Unpooled.wrappedBuffer(first));
        }
    }

    private void handshake(Channel channel, SSLEngine engine, Dialed connection, ListenerSettings settings) {
        SslHandler tls = new SslHandler(engine);
        tls.setHandshakeTimeoutMillis(settings.connectTimeoutMs());
        tls.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                connection.connected();
            } else {
                Reason reason = TlsFailures.reason(done.cause()).orElse(Reason.BACKEND_TLS_FAILED);
                tell(reason, done.cause());
                connection.failed(reason);
                channel.close();
            }
            worker.flush();
        });
        channel.pipeline().addFirst("tls", tls);
    }

    private void tell(Reason reason, Throwable cause) {
        if (worker.mayTell()) {
            LOG.warn(
                    "event=backend_tls_failed backend={} reason={} detail=\"{}\"",
                    endpoint,
                    reason.code(),
                    TlsFailures.detail(cause));
        }
    }

    private void dial(Dialed connection, ListenerSettings settings, Opening opening) {
        if (!endpoint.isUnresolved()) {
            connect(connection, endpoint, settings, opening);
        } else if (worker.ticker().nowMillis() < resolvedUntilMillis) {
            connect(connection, nextResolved(), settings, opening);
        } else {
            resolve(connection, settings, opening);
        }
    }

    private InetSocketAddress nextResolved() {
        return resolved.get(Math.floorMod(nextResolved++, resolved.size()));
    }

    private void resolve(Dialed connection, ListenerSettings settings, Opening opening) {
        worker.loops()
                .resolveAll(worker.loop(), endpoint.getHostString())
                .addListener((Future<List<InetSocketAddress>> answer) -> {
                    if (answer.isSuccess() && !answer.getNow().isEmpty()) {
                        int port = endpoint.getPort();
                        resolved = answer.getNow().stream()
                                .map(address -> new InetSocketAddress(address.getAddress(), port))
                                .toList();
                        resolvedUntilMillis = worker.ticker().nowMillis() + RESOLVED_FOR_MILLIS;
                        connect(connection, nextResolved(), settings, opening);
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
    private void connect(Dialed connection, InetSocketAddress address, ListenerSettings settings, Opening opening) {
        worker.loop().execute(() -> connectNow(connection, address, settings, opening));
    }

    private void connectNow(Dialed connection, InetSocketAddress address, ListenerSettings settings, Opening opening) {
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
                opening.opened(connected.channel(), address, connection, settings);
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
