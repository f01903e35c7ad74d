package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connections over TLS of one event loop to one endpoint, which chooses with its first connection what is spoken inside (ALPN,
 * RFC 7301). Requests that come before it has chosen wait for that connection. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed close ends in channelInactive.
final class NegotiatedPool implements EndpointPool {
    private final Worker worker;
    private final UpstreamPool http1;
    private final UpstreamHttp2Pool http2;
    private final Consumer<EndpointPool> whenEmpty;
    private boolean http1Chosen;

    /** Opens connections that offer what the pool asks for. */
    interface Offering {
        Dialing offering(TlsClient.Offer offer);
    }

    NegotiatedPool(Worker worker, Offering dialer, Capacity capacity, Consumer<EndpointPool> whenEmpty) {
        this.worker = worker;
        this.whenEmpty = whenEmpty;
        Dialing either = dialer.offering(TlsClient.Offer.HTTP2_OR_HTTP1);
        this.http1 = new UpstreamPool(worker, dialer.offering(TlsClient.Offer.HTTP1), capacity, this::emptied);
        this.http2 = new UpstreamHttp2Pool(
                worker,
                (connection, settings) -> either.dial(new Negotiation(connection, settings), settings),
                capacity,
                this::emptied);
    }

    @Override
    public void acquire(UpstreamRequest request, ListenerSettings settings, boolean fresh) {
        // A WebSocket is opened by an upgrade, which HTTP/2 does not have.
        (http1Chosen || request.wantsWebSocket() ? http1 : http2).acquire(request, settings, fresh);
    }

    /** Each request waits in the pool that it was told of. */
    @Override
    public void stopWaiting(UpstreamRequest request) {
        http1.stopWaiting(request);
        http2.stopWaiting(request);
    }

    @Override
    public void close() {
        http1.close();
        http2.close();
    }

    private void emptied(EndpointPool part) {
        if (http1.isEmpty() && http2.isEmpty()) {
            whenEmpty.accept(this);
        }
    }

    /** The first connection is open, and speaks HTTP/1.1: it is the first request's, the others get their own. */
    private void choseHttp1(ChannelHandlerContext context, Negotiation negotiation, ListenerSettings settings) {
        http1Chosen = true;
        http2.declined();
        UpstreamConnection connection = http1.adopt(http2.nextWaiting(), settings);
        context.pipeline().replace(negotiation, "http", connection);
        connection.connected();
        // One after another: each may end others, who then wait no longer.
        for (UpstreamRequest next = http2.nextWaiting(); next != null; next = http2.nextWaiting()) {
            http1.acquire(next, settings, false);
        }
    }

    /** Holds the place of a connection's handler until it is known which one that is. */
    private final class Negotiation extends ChannelInboundHandlerAdapter implements Dialed {
        private final Dialed http2Connection;
        private final ListenerSettings settings;
        private @Nullable ChannelHandlerContext context;

        Negotiation(Dialed http2Connection, ListenerSettings settings) {
            this.http2Connection = http2Connection;
            this.settings = settings;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        @Override
        public void connected() {
            ChannelHandlerContext current = context;
            SslHandler tls = current == null ? null : current.pipeline().get(SslHandler.class);
            if (current == null || tls == null) {
                throw new IllegalStateException("not connected");
            }
            if (ApplicationProtocolNames.HTTP_2.equals(tls.engine().getApplicationProtocol())) {
                current.pipeline().replace(this, "http", http2Connection);
                http2Connection.connected();
            } else {
                choseHttp1(current, this, settings);
            }
        }

        @Override
        public void failed(Reason reason) {
            http2Connection.failed(reason);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            worker.flush();
        }

        /** Whoever dials is told by the handshake. */
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
