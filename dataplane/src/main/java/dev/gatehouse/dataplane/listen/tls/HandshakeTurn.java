package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Holds what a client sends first until it is its turn to begin a handshake, and leaves the pipeline. Event loop only. */
@SuppressWarnings("NullAway.Init") // What needs the channel is set in handlerAdded, before any other event.
public final class HandshakeTurn extends ChannelInboundHandlerAdapter {
    private final HandshakeTurns turns;
    private ChannelHandlerContext context;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    public HandshakeTurn(HandshakeTurns turns) {
        this.turns = turns;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (isWaiting()) {
            // No client goes on before it is answered, but for early data (RFC 8446, 2.3), which nobody is offered
            // here.
            ctx.channel().config().setAutoRead(false);
            held.writeBytes(in);
            in.release();
        } else if (turns.take()) {
            pass(in);
        } else {
            // As a copy: what was read came in a buffer as large as anything that may be read at once.
            held = ctx.alloc().directBuffer(in.readableBytes()).writeBytes(in);
            in.release();
            turns.await(this);
        }
    }

    /** Whether it is still there and has something to begin with. */
    boolean isWaiting() {
        return held.isReadable();
    }

    void begin() {
        ByteBuf all = held;
        held = Unpooled.EMPTY_BUFFER;
        context.channel().config().setAutoRead(true); // before who comes next, who may want to read no more for now
        pass(all);
    }

    private void pass(ByteBuf first) {
        context.pipeline().remove(this);
        context.fireChannelRead(first); // out of the pipeline, the context still leads to what stood behind it
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        forget();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        forget();
    }

    private void forget() {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }
}
