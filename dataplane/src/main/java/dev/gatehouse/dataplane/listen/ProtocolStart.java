package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.listen.tls.HandshakeFailures;
import dev.gatehouse.dataplane.listen.tls.TlsConnection;
import dev.gatehouse.dataplane.listen.tls.TlsContexts;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/**
 * Waits until a client has said which protocol it speaks, by ALPN in TLS (RFC 7301), by its first octets in clear text (RFC
 * 9113, 3.3), and puts the connection for it in its own place; or one that is passed through. Event loop only.
 */
@SuppressWarnings({
    "NullAway.Init", // What needs the channel is set in handlerAdded, before any other event.
    "FutureReturnValueIgnored" // A failed close ends in channelInactive.
})
final class ProtocolStart extends ChannelInboundHandlerAdapter implements Timed, ServedConnection {
    /** {@code PRI }: no HTTP/1 method begins like this. */
    private static final int TELLING_OCTETS = 4;

    private final Worker worker;
    private final Listener listener;
    private final ListenerSettings settings;
    private ChannelHandlerContext context;
    private ByteBuf first = Unpooled.EMPTY_BUFFER;
    private long deadlineMillis;
    private int slot = -1;

    /** @param settings in force when the connection was accepted */
    ProtocolStart(Worker worker, Listener listener, ListenerSettings settings) {
        this.worker = worker;
        this.listener = listener;
        this.settings = settings;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        deadlineMillis = worker.ticker().nowMillis() + settings.headerTimeoutMs();
        worker.ticker().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        worker.ticker().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof TlsContexts.Choice.Passed(CompiledRule rule)) {
            PassedConnection.begin(worker, listener.name(), rule, ctx, settings);
            return;
        }
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (handshake.isSuccess() && tls != null) {
                worker.observer().handshakeDone(listener.name(), TlsConnection.resumed(ctx.channel()));
                become(ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol()));
            } else {
                HandshakeFailures.code(handshake.cause())
                        .ifPresent(code -> worker.observer().connectionRefused(listener.name(), code));
                ctx.close();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        ByteBuf in = (ByteBuf) message;
        first = first.isReadable() ? Unpooled.wrappedBuffer(first, in) : in;
        int known = Math.min(first.readableBytes(), TELLING_OCTETS);
        boolean http2 = settings.http2Cleartext();
        for (int i = 0; i < known; i++) {
            http2 &= first.getByte(first.readerIndex() + i) == Http2ClientConnection.PREFACE[i];
        }
        if (http2 && known < TELLING_OCTETS) {
            return;
        }
        ByteBuf all = first;
        first = Unpooled.EMPTY_BUFFER;
        ChannelInboundHandlerAdapter next = become(http2);
        next.channelRead(ctx.pipeline().context(next), all);
    }

    private ChannelInboundHandlerAdapter become(boolean http2) {
        ChannelInboundHandlerAdapter next = http2
                ? new Http2ClientConnection(worker, listener, settings.maxHeadBytes())
                : new ClientConnection(worker, listener);
        context.pipeline().replace(this, "http", next);
        return next;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        worker.ticker().remove(this);
        first.release();
        first = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void tick(long nowMillis) {
        if (nowMillis >= deadlineMillis) {
            closeNow();
        }
    }

    @Override
    public void drain() {
        closeNow();
    }

    @Override
    public void closeNow() {
        context.channel().close();
    }

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int newSlot) {
        slot = newSlot;
    }
}
