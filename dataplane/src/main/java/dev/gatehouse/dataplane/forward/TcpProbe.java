package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Opens a connection, shakes hands where the endpoint speaks TLS, and closes it. */
final class TcpProbe extends Probe {
    private final Dialing dialing;
    private @Nullable Attempted open;

    TcpProbe(Worker worker, HealthCheck check, InetSocketAddress address, Transport transport) {
        super(worker, check);
        Dialer dialer = new Dialer(worker, address);
        byte[] first = transport
                .proxyHeader()
                .map(version -> ProxyProtocolWriter.header(version, ProxiedAddresses.LOCAL))
                .orElse(new byte[0]);
        this.dialing = transport
                .tls()
                .map(tls -> dialer.secured(first, tls, TlsClient.Offer.HTTP2_OR_HTTP1))
                .orElseGet(() -> dialer.plain(first));
    }

    @Override
    protected void ask() {
        Attempted attempted = new Attempted();
        open = attempted;
        dialing.dial(attempted, settings());
    }

    @Override
    protected void giveUp() {
        if (open != null) {
            open.over = true;
            open.close();
            open = null;
        }
    }

    @Override
    protected void closeConnections() {
        // None is kept.
    }

    /** One connection. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is closed, whatever becomes of that
    private final class Attempted extends ChannelInboundHandlerAdapter implements Dialed {
        private boolean over;
        private @Nullable ChannelHandlerContext context;

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        @Override
        public void connected() {
            end("");
            close();
        }

        @Override
        public void failed(Reason reason) {
            end(reason.code());
        }

        private void end(String problem) {
            if (!over) {
                over = true;
                open = null;
                answered(problem);
            }
        }

        private void close() {
            if (context != null) {
                context.flush();
                context.close();
            }
        }

        /** Those that speak first say nothing about their health. */
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
