package dev.gatehouse.dataplane.forward;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * What goes out on one connection: small pieces are gathered into one buffer, large ones pass as retained slices, and
 * everything leaves in one system call when the loop flushes. Event loop only.
 */
@SuppressWarnings({
    "FutureReturnValueIgnored", // A failed write or close ends in channelInactive.
    "ReferenceEquality" // One buffer is meant, not one with the same content.
})
public final class Outlet {
    /** Below this, copying into the gathered buffer is cheaper than one more entry in the system call. */
    static final int COPY_LIMIT = 2048;

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final Worker worker;
    private final ChannelHandlerContext context;
    private ByteBuf gathered = Unpooled.EMPTY_BUFFER;
    private boolean waiting;
    private boolean closing;

    public Outlet(Worker worker, ChannelHandlerContext context) {
        this.worker = worker;
        this.context = context;
    }

    /** Makes the buffer, which the outlet then owns, the next to go; later small pieces may be appended to it. */
    void adopt(ByteBuf buffer) {
        passOn();
        gathered = buffer;
        await();
    }

    /** Whether a piece, with what frames it, will be appended to the buffer. */
    boolean gathersInto(ByteBuf buffer, int length, int framing) {
        return gathered == buffer && length <= COPY_LIMIT && length + framing <= buffer.writableBytes();
    }

    public void bytes(byte[] b, int from, int length) {
        room(length).writeBytes(b, from, length);
    }

    /** Sends a part of a buffer that stays the caller's. */
    public void data(ByteBuf in, int from, int length) {
        if (length <= COPY_LIMIT) {
            room(length).writeBytes(in, from, length);
        } else {
            passOn();
            context.write(in.retainedSlice(from, length), context.voidPromise());
            await();
        }
    }

    /** Sends a part of a buffer as one chunk (RFC 9112, 7.1). */
    public void chunk(ByteBuf in, int from, int length) {
        ByteBuf out = room(length <= COPY_LIMIT ? length + 12 : 12);
        int shift = (31 - Integer.numberOfLeadingZeros(length)) & ~3;
        for (; shift >= 0; shift -= 4) {
            out.writeByte(HEX[(length >>> shift) & 15]);
        }
        out.writeByte('\r').writeByte('\n');
        data(in, from, length);
        room(2).writeByte('\r').writeByte('\n');
    }

    private ByteBuf room(int length) {
        if (gathered == Unpooled.EMPTY_BUFFER || gathered.writableBytes() < length) {
            passOn();
            gathered = worker.allocate(Math.max(length, 512));
            await();
        }
        return gathered;
    }

    private void passOn() {
        if (gathered != Unpooled.EMPTY_BUFFER) {
            ByteBuf out = gathered;
            gathered = Unpooled.EMPTY_BUFFER;
            context.write(out, context.voidPromise());
        }
    }

    private void await() {
        if (!waiting) {
            waiting = true;
            worker.flushLater(this);
        }
    }

    /** Called by the worker: everything leaves. */
    void flush() {
        waiting = false;
        passOn();
        context.flush();
    }

    /** Sends what is there and closes the connection. */
    public void closeAfterFlush() {
        if (closing) {
            return;
        }
        closing = true;
        flushThen(ChannelFutureListener.CLOSE);
    }

    /** Sends what is there and tells when it left. */
    public void flushThen(ChannelFutureListener action) {
        passOn();
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(action);
    }

    /**
     * Sends what is there and ends our half of the connection, TLS's before TCP's.
     *
     * @param gone called when all that was there has left
     */
    public void shutdownAfterFlush(Runnable gone) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        flushThen(done -> {
            gone.run();
            if (tls != null) {
                tls.closeOutbound().addListener(closed -> shutdownOutput());
            } else {
                shutdownOutput();
            }
        });
    }

    private void shutdownOutput() {
        if (context.channel() instanceof SocketChannel socket && socket.isActive()) {
            socket.shutdownOutput();
        }
    }

    /** Drops what was not passed on yet; for a connection that is gone. */
    public void discard() {
        if (gathered != Unpooled.EMPTY_BUFFER) {
            gathered.release();
            gathered = Unpooled.EMPTY_BUFFER;
        }
    }
}
