package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Waits for a connection's ClientHello and puts the TLS handler for it in its own place. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed close ends in channelInactive.
public final class TlsStart extends SslClientHelloHandler<TlsContexts.Choice> {
    private static final int ALERT = 21;
    private static final int FATAL = 2;

    private final TlsContexts contexts;
    private final String listener;
    private final Consumer<String> refused;

    /** @param refused is told the code of why there is no handshake */
    public TlsStart(TlsContexts contexts, String listener, Consumer<String> refused) {
        this.contexts = contexts;
        this.listener = listener;
        this.refused = refused;
    }

    @Override
    protected Future<TlsContexts.Choice> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
        ClientHello hello = clientHello == null ? ClientHello.UNKNOWN : ClientHello.read(clientHello);
        return ctx.executor().newSucceededFuture(contexts.choose(hello, listener));
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, Future<TlsContexts.Choice> lookup) {
        if (!lookup.isSuccess()) {
            ctx.close();
            return;
        }
        switch (lookup.getNow()) {
            case TlsContexts.Choice.Refused(String code, int alert) -> {
                refused.accept(code);
                // In the place of this handler, which would read the same hello again with whatever follows.
                ctx.pipeline().replace(this, "refused", new Deaf());
                // A plaintext record (RFC 8446, 5.1) is what the client reads before there are keys.
                ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ALERT, 3, 3, 0, 2, FATAL, (byte) alert}))
                        .addListener(ChannelFutureListener.CLOSE);
            }
            case TlsContexts.Choice.Served served -> begin(ctx, served);
        }
    }

    private void begin(ChannelHandlerContext ctx, TlsContexts.Choice.Served served) {
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

    /** Reads nothing more until the connection is closed. */
    private static final class Deaf extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
