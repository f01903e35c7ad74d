package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.ChunkDecoder;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.http1.ResponseWriter;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.SocketChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A connection to a backend: sends the request of one exchange at a time and reads its response. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close ends in channelInactive.
final class UpstreamConnection extends ChannelInboundHandlerAdapter implements Dialed, UpstreamLink, Timed {
    private enum State {
        CONNECTING,
        IDLE,
        HEAD,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE,
        /** An open WebSocket: octets pass as they are. */
        TUNNEL,
        CLOSED
    }

    private static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 200, 0);
    private static final byte[] NOTHING = {};
    private static final int TCP_ESTABLISHED = 1;

    /** Room for one chunk's size and line ends, and the last chunk. */
    static final int CHUNK_FRAMING = 24;

    private final Worker worker;
    private final UpstreamPool pool;
    private ListenerSettings settings;
    private State state = State.CONNECTING;
    private @Nullable Exchange exchange;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Outlet outlet;
    private @Nullable ChunkDecoder chunks;
    private @Nullable ResponseHead partialHead;
    private ByteBuf sent = Unpooled.EMPTY_BUFFER;
    private byte[] partial = NOTHING;
    private int partialLength;
    private long remaining;
    private boolean reusable;
    private boolean used;
    private boolean responseBegun;
    private boolean paused;
    private long idleUntilMillis;
    private int slot = -1;

    UpstreamConnection(Worker worker, UpstreamPool pool, Exchange exchange, ListenerSettings settings) {
        this.worker = worker;
        this.pool = pool;
        this.exchange = exchange;
        this.settings = settings;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        outlet = new Outlet(worker, added);
    }

    @Override
    public void send(ByteBuf request, boolean complete) {
        sent = request;
        outlet().adopt(request.retain());
    }

    @Override
    public boolean data(ByteBuf in, int from, int length) {
        boolean chunked = exchange != null && exchange.isChunked();
        boolean whole = outlet().gathersInto(sent, chunked ? length + CHUNK_FRAMING : length);
        if (chunked) {
            outlet().chunk(in, from, length);
        } else {
            outlet().data(in, from, length);
        }
        return whole;
    }

    @Override
    public boolean end(FieldSection trailers) {
        if (state == State.TUNNEL) {
            endTunnel();
            return false;
        }
        if (exchange == null || !exchange.isChunked()) {
            return true;
        }
        HeadBuffer out = worker.headBuffer();
        ResponseWriter.lastChunk(trailers, out);
        boolean whole = outlet().gathersInto(sent, out.length());
        outlet().bytes(out.bytes(), 0, out.length());
        return whole;
    }

    /** The client will send no more; the backend may (RFC 8441, 5). */
    private void endTunnel() {
        Channel channel = channel();
        outlet().flushThen(done -> {
            if (channel instanceof SocketChannel socket && socket.isActive()) {
                socket.shutdownOutput();
            }
        });
    }

    private Outlet outlet() {
        Outlet current = outlet;
        if (current == null) {
            throw new IllegalStateException("not connected");
        }
        return current;
    }

    private Channel channel() {
        ChannelHandlerContext current = context;
        if (current == null) {
            throw new IllegalStateException("not connected");
        }
        return current.channel();
    }

    @Override
    public void connected() {
        worker.ticker().add(this);
        Exchange waiting = exchange;
        if (waiting == null) {
            becomeIdle();
        } else {
            begin(waiting);
        }
    }

    @Override
    public void failed(Reason reason) {
        Exchange waiting = exchange;
        exchange = null;
        boolean first = state != State.CLOSED;
        state = State.CLOSED;
        if (first) {
            pool.gone(this, settings);
        }
        if (waiting != null) {
            waiting.connectFailed(reason);
        }
    }

    /** Whether an idle connection can take a request. Where a retry is not allowed, the kernel is asked for a close on its way. */
    boolean isUsable(boolean retryable) {
        Channel channel = channel();
        if (state != State.IDLE || !channel.isActive()) {
            return false;
        }
        if (!retryable && channel instanceof EpollSocketChannel epoll) {
            EpollTcpInfo info = epoll.tcpInfo();
            return info.state() == TCP_ESTABLISHED;
        }
        return true;
    }

    void use(Exchange next, ListenerSettings nextSettings) {
        settings = nextSettings;
        exchange = next;
        used = true;
        begin(next);
    }

    private void begin(Exchange next) {
        state = State.HEAD;
        responseBegun = false;
        partialLength = 0;
        next.connected(this);
    }

    @Override
    public boolean used() {
        return used;
    }

    @Override
    public boolean isWritable() {
        return channel().isWritable();
    }

    @Override
    public void abandon() {
        exchange = null;
        if (state == State.TUNNEL) {
            outlet().closeAfterFlush(); // the client's last words are on their way
            return;
        }
        if (state != State.CONNECTING) {
            close();
        }
    }

    void close() {
        if (state != State.CONNECTING) {
            channel().close();
        }
    }

    @Override
    public void readResponse(boolean reading) {
        if (paused == reading) {
            paused = !reading;
            channel().config().setAutoRead(reading);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable() && state != State.CLOSED) {
                step(in);
            }
        } finally {
            in.release();
        }
    }

    private void step(ByteBuf in) {
        switch (state) {
            case HEAD -> head(in);
            case LENGTH -> {
                int length = (int) Math.min(remaining, in.readableBytes());
                remaining -= length;
                data(in, length);
                if (remaining == 0) {
                    end(FieldSection.none(), in);
                }
            }
            case CHUNKED -> chunk(in);
            case UNTIL_CLOSE, TUNNEL -> data(in, in.readableBytes());
            case IDLE, CONNECTING, CLOSED -> {
                // Nobody asked: whatever it is, it must not become somebody's response.
                in.skipBytes(in.readableBytes());
                close();
            }
        }
    }

    private void data(ByteBuf in, int length) {
        int from = in.readerIndex();
        in.skipBytes(length);
        if (exchange != null) {
            exchange.responseData(in, from, length);
        }
    }

    private void chunk(ByteBuf in) {
        ChunkDecoder decoder = chunks;
        if (decoder == null) {
            throw new IllegalStateException("no chunked body");
        }
        switch (decoder.next(in)) {
            case MORE -> {}
            case DATA -> {
                int length = decoder.dataLength();
                decoder.taken(length);
                data(in, length);
            }
            case END -> end(decoder.trailers(), in);
            case REFUSED -> bad();
        }
    }

    private void head(ByteBuf in) {
        Exchange current = exchange;
        if (current == null) {
            close();
            in.skipBytes(in.readableBytes());
            return;
        }
        responseBegun = true;
        int from = in.readerIndex();
        ResponseHead head;
        int held = partialLength;
        int length;
        int end;
        if (held == 0) {
            head = worker.responseHead();
            byte[] scratch = worker.headBytes();
            length = Math.min(in.readableBytes(), scratch.length);
            in.getBytes(from, scratch, 0, length);
            head.reset(0);
            end = head.parse(scratch, length, LIMITS, current.isHead());
            if (end == FieldSection.MORE) {
                partial = Arrays.copyOf(scratch, length);
                partialHead = head = new ResponseHead();
                head.reset(0);
            }
        } else {
            head = java.util.Objects.requireNonNull(partialHead);
            length = Math.min(in.readableBytes(), LIMITS.maxBytes() - held);
            if (partial.length < held + length) {
                partial = Arrays.copyOf(partial, Math.max(held + length, partial.length * 2));
            }
            in.getBytes(from, partial, held, length);
            end = head.parse(partial, held + length, LIMITS, current.isHead());
        }
        if (end == FieldSection.MORE) {
            partialLength = held + length;
            in.skipBytes(length);
        } else if (end == FieldSection.REFUSED) {
            bad();
        } else {
            in.readerIndex(from + end - held);
            partialLength = 0;
            partial = NOTHING;
            partialHead = null;
            headComplete(current, head, in);
        }
    }

    private void headComplete(Exchange current, ResponseHead head, ByteBuf in) {
        int status = head.status();
        if (status < 200) {
            if (status == 101) {
                if (head.webSocket() && current.wantsWebSocket()) {
                    state = State.TUNNEL;
                    current.switched(head);
                } else {
                    // Nothing of the kind was asked for, so nothing can have been agreed (RFC 9110, 7.8).
                    bad();
                }
            } else {
                current.informational(head);
            }
            return;
        }
        reusable = head.keepAlive();
        remaining = head.contentLength();
        switch (head.framing()) {
            case NONE -> {
                current.responseHead(head);
                end(FieldSection.none(), in);
            }
            case LENGTH -> {
                state = State.LENGTH;
                current.responseHead(head);
            }
            case CHUNKED -> {
                if (chunks == null) {
                    chunks = new ChunkDecoder();
                }
                chunks.reset();
                state = State.CHUNKED;
                current.responseHead(head);
            }
            case UNTIL_CLOSE -> {
                state = State.UNTIL_CLOSE;
                current.responseHead(head);
            }
        }
    }

    private void end(FieldSection trailers, ByteBuf in) {
        Exchange finished = exchange;
        exchange = null;
        readResponse(true);
        boolean reuse = reusable && !in.isReadable() && finished != null && finished.requestSent();
        if (reuse) {
            becomeIdle();
        } else {
            in.skipBytes(in.readableBytes());
            state = State.IDLE;
            close();
        }
        if (finished != null) {
            finished.responseEnd(trailers);
        }
    }

    private void becomeIdle() {
        state = State.IDLE;
        idleUntilMillis = worker.ticker().nowMillis() + settings.upstreamIdleTimeoutMs();
        pool.release(this, settings);
    }

    private void bad() {
        fail(Reason.BACKEND_BAD_RESPONSE);
    }

    private void fail(Reason reason) {
        Exchange failed = exchange;
        exchange = null;
        state = State.IDLE;
        close();
        if (failed != null) {
            failed.upstreamFailed(reason, responseBegun, false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        worker.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.upstreamWritable(ctx.channel().isWritable());
        }
        worker.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        State was = state;
        state = State.CLOSED;
        if (was == State.CONNECTING || was == State.CLOSED) {
            return;
        }
        worker.ticker().remove(this);
        outlet().discard();
        Exchange current = exchange;
        exchange = null;
        pool.gone(this, settings);
        if (current != null) {
            if (was == State.UNTIL_CLOSE || was == State.TUNNEL) {
                current.responseEnd(FieldSection.none());
            } else {
                current.upstreamFailed(Reason.BACKEND_CLOSED, responseBegun, false);
            }
        }
        worker.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A reset while sending: what the backend has answered may still be readable, and its end is seen as a close.
        if (!ctx.channel().isActive() || !(cause instanceof java.io.IOException)) {
            ctx.close();
        }
    }

    @Override
    public void tick(long nowMillis) {
        if (state == State.IDLE && nowMillis >= idleUntilMillis) {
            close();
        }
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
