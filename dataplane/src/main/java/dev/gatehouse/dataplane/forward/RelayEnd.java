package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;

/** One of the two connections of a {@link Relay}: tells it what comes in and sends what it is given. Event loop only. */
@SuppressWarnings({
    "NullAway.Init", // What needs the channel is set in handlerAdded, before any other event.
    "FutureReturnValueIgnored" // A failed write or close ends in channelInactive.
})
final class RelayEnd extends ChannelInboundHandlerAdapter implements Dialed {
    private static final int TCP_CLOSE = 7;

    private final Worker worker;
    private final Relay relay;
    private Channel channel;
    private Outlet outlet;
    private boolean open;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean broken;
    private long received;

    RelayEnd(Worker worker, Relay relay) {
        this.worker = worker;
        this.relay = relay;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        channel = added.channel();
        outlet = new Outlet(worker, added);
    }

    /** From now on its end is told. */
    void open() {
        open = true;
    }

    /** From now on each direction ends by itself. */
    void halfCloses() {
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    }

    @Override
    public void connected() {
        relay.connected(this);
    }

    @Override
    public void failed(Reason reason) {
        relay.connectFailed(reason);
    }

    /** How many octets it has brought. */
    long received() {
        return received;
    }

    /** Whether the peer has closed its side. */
    boolean inputEnded() {
        return inputEnded;
    }

    boolean isClosed() {
        return !channel.isOpen();
    }

    /** Sends what stands in a buffer that stays the caller's. */
    void send(ByteBuf in) {
        outlet.data(in, in.readerIndex(), in.readableBytes());
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    void read(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** The other side will send no more. */
    void endOutput() {
        outlet.flushThen(flushed -> {
            outputEnded = true;
            if (inputEnded) {
                channel.close();
            } else if (channel instanceof SocketChannel socket && socket.isActive()) {
                socket.shutdownOutput();
            }
        });
    }

    void close() {
        channel.close();
    }

    /** Breaks it off, so that the peer knows that something may be missing. */
    void reset() {
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    /** Netty does not tell of a reset behind the end of input, and only writing would: so the kernel is asked. */
    boolean isResetBehindEnd() {
        return inputEnded
                && channel.isActive()
                && channel instanceof EpollSocketChannel epoll
                && epoll.tcpInfo().state() == TCP_CLOSE;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            received += in.readableBytes();
            relay.received(this, in);
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        worker.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        relay.writable(this);
        worker.flush();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof ChannelInputShutdownEvent) || inputEnded) {
            return;
        }
        if (broken) {
            ctx.close();
            return;
        }
        inputEnded = true;
        relay.inputEnded(this);
        if (outputEnded) {
            ctx.close();
        }
        worker.flush();
    }

    /** A peer that was reset while it was being sent to may have sent something before: its end is seen when that was read. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken = true;
        if (!ctx.channel().isActive() || !(cause instanceof IOException)) {
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        outlet.discard();
        if (open) {
            open = false;
            relay.gone(this, inputEnded && outputEnded && !broken);
            worker.flush();
        }
    }
}
