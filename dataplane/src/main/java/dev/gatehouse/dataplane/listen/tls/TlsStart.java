package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Waits for a connection's ClientHello and puts the TLS handler for it in its own place. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed close ends in channelInactive.
public final class TlsStart extends SslClientHelloHandler<SslContext> {
    private final TlsContexts contexts;

    public TlsStart(TlsContexts contexts) {
        this.contexts = contexts;
    }

    @Override
    protected Future<SslContext> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
        ClientHello hello = clientHello == null ? ClientHello.UNKNOWN : ClientHello.read(clientHello);
        return ctx.executor().newSucceededFuture(contexts.choose(hello));
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, Future<SslContext> chosen) {
        if (!chosen.isSuccess()) {
            ctx.close();
            return;
        }
        SslHandler tls = chosen.getNow().newHandler(ctx.alloc());
        try {
            ctx.pipeline().replace(this, "tls", tls);
        } catch (RuntimeException e) {
            // Not in the pipeline: nobody else frees the native engine.
            ReferenceCountUtil.safeRelease(tls.engine());
            throw e;
        }
    }
}
