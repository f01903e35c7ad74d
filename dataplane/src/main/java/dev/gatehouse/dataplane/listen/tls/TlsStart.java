package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;

/**
 * Waits for a connection's ClientHello and puts the TLS handler for it in its own place. If somebody else is to do TLS, the
 * handlers behind are told so by the event {@link TlsContexts.Choice.Passed}, and get the hello as it came. Event loop only.
 */
@SuppressWarnings("NullAway.Init") // What needs the channel is set in handlerAdded, before any other event.
public final class TlsStart extends ChannelInboundHandlerAdapter {
    private final TlsContexts contexts;
    private final String listener;
    private final Consumer<String> refused;
    private HelloRecords records;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    /** @param refused is told the code of why there is no handshake */
    public TlsStart(TlsContexts contexts, String listener, Consumer<String> refused) {
        this.contexts = contexts;
        this.listener = listener;
        this.refused = refused;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        records = new HelloRecords(ctx.alloc());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf received = (ByteBuf) message;
        if (held.isReadable()) {
            held.writeBytes(received);
            received.release();
            received = held;
        }
        HelloRecords.Progress progress = records.advance(received);
        if (progress == HelloRecords.Progress.MORE) {
            hold(ctx, received);
            return;
        }
        held = Unpooled.EMPTY_BUFFER;
        boolean passedOn = false;
        try {
            switch (progress) {
                case WHOLE -> passedOn = begin(ctx, ClientHello.read(records.body()), received);
                case TOO_LONG -> refuse(ctx, TlsContexts.TOO_LONG);
                default -> passedOn = begin(ctx, ClientHello.UNKNOWN, received);
            }
        } finally {
            if (!passedOn) {
                received.release();
            }
        }
    }

    /** As a copy: what was read came in a buffer as large as anything that may be read at once. */
    @SuppressWarnings("ReferenceEquality") // The buffer itself is meant.
    private void hold(ChannelHandlerContext ctx, ByteBuf received) {
        if (received != held) {
            held = ctx.alloc().directBuffer(2 * received.readableBytes()).writeBytes(received);
            received.release();
        }
    }

    /** Whether what was received now belongs to the next handler. */
    private boolean begin(ChannelHandlerContext ctx, ClientHello hello, ByteBuf received) {
        switch (contexts.choose(hello, listener)) {
            case TlsContexts.Choice.Refused refusal -> {
                refuse(ctx, refusal);
                return false;
            }
            case TlsContexts.Choice.Served served -> handshake(ctx, served);
            case TlsContexts.Choice.Passed passed -> {
                ctx.fireUserEventTriggered(passed);
                ctx.pipeline().remove(this);
            }
        }
        ctx.fireChannelRead(received); // out of the pipeline, the context still leads to what stands in its place
        return true;
    }

    private void refuse(ChannelHandlerContext ctx, TlsContexts.Choice.Refused refusal) {
        refused.accept(refusal.code());
        // In the place of this handler, which would read the same hello again with whatever follows.
        ctx.pipeline().replace(this, "refused", new Deaf());
        TlsAlert.close(ctx.channel(), refusal.alert());
    }

    private void handshake(ChannelHandlerContext ctx, TlsContexts.Choice.Served served) {
        served.connection().on(ctx.channel());
        SslHandler tls = served.context().newHandler(ctx.alloc());
        try {
            ctx.pipeline().replace(this, "tls", tls);
        } catch (RuntimeException e) {
            // Not in the pipeline: nobody else frees the native engine.
            ReferenceCountUtil.safeRelease(tls.engine());
            throw e;
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        records.release();
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }

    /** Reads nothing more until the connection is closed. */
    private static final class Deaf extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
