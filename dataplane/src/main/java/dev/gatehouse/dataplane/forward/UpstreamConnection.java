package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.forward.tls.TlsFailures;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Reason;
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
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a backend that speaks HTTP/1.1: sends one request at a time and hands its response on.
 * Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close ends in channelInactive.
final class UpstreamConnection extends ChannelInboundHandlerAdapter
        implements Dialed, UpstreamLink, Timed, Http1ResponseReader.Receiver {
    private enum State {
        CONNECTING,
        IDLE,
        /** A request has it, or had it and gave it up before the response was complete. */
        BUSY,
        /** The rest of a response that nobody is to know of is read, so that the connection can serve another request. */
        DRAINING,
        CLOSED
    }

    private static final int TCP_ESTABLISHED = 1;

    /** What is left of a declined response is read up to so much, and for so long: a new connection costs about as much. */
    static final int DRAINED_BYTES = 16 * 1024;

    private static final int DRAIN_MILLIS = 200;

    /** Room for one chunk's size and line ends, and the last chunk. */
    static final int CHUNK_FRAMING = 24;

    private final Worker worker;
    private final UpstreamPool pool;
    private final Http1ResponseReader reader;
    private ListenerSettings settings;
    private State state = State.CONNECTING;
    private @Nullable UpstreamRequest request;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Outlet outlet;
    private ByteBuf sent = Unpooled.EMPTY_BUFFER;
    private boolean used;
    private boolean paused;
    private boolean broken;
    private boolean cleanlyClosed;
    private Reason closedFor = Reason.BACKEND_CLOSED;
    private long idleUntilMillis;
    private int drained;
    private int slot = -1;

    UpstreamConnection(Worker worker, UpstreamPool pool, @Nullable UpstreamRequest request, ListenerSettings settings) {
        this.worker = worker;
        this.pool = pool;
        this.request = request;
        this.settings = settings;
        this.reader = new Http1ResponseReader(worker, this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        outlet = new Outlet(worker, added);
    }

    @Override
    public void send(ByteBuf bytes, boolean complete) {
        sent = bytes;
        outlet().adopt(bytes.retain());
    }

    @Override
    public boolean data(ByteBuf in, int from, int length) {
        boolean chunked = request != null && request.isChunked();
        boolean whole = outlet().gathersInto(sent, length, chunked ? CHUNK_FRAMING : 0);
        if (chunked) {
            outlet().chunk(in, from, length);
        } else {
            outlet().data(in, from, length);
        }
        return whole;
    }

    @Override
    public boolean end(FieldSection trailers) {
        if (isTunnel()) {
            outlet().shutdownAfterFlush(() -> {}); // the client will send no more; the backend may (RFC 8441, 5)
            return false;
        }
        if (request == null || !request.isChunked()) {
            return true;
        }
        HeadBuffer out = worker.headBuffer();
        ResponseWriter.lastChunk(trailers, out);
        boolean whole = outlet().gathersInto(sent, out.length(), 0);
        outlet().bytes(out.bytes(), 0, out.length());
        return whole;
    }

    private boolean isTunnel() {
        return state == State.BUSY && reader.isTunnel();
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
        UpstreamRequest waiting = request;
        if (waiting == null) {
            becomeIdle();
        } else {
            begin(waiting);
        }
    }

    @Override
    public void failed(Reason reason) {
        UpstreamRequest waiting = request;
        request = null;
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

    void use(UpstreamRequest next, ListenerSettings nextSettings) {
        settings = nextSettings;
        request = next;
        used = true;
        begin(next);
    }

    private void begin(UpstreamRequest next) {
        state = State.BUSY;
        reader.begin();
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
        request = null;
        if (isTunnel()) {
            outlet().closeAfterFlush(); // the client's last words are on their way
            idleUntilMillis = worker.ticker().nowMillis() + settings.bodyTimeoutMs();
            return;
        }
        if (state != State.CONNECTING) {
            close();
        }
    }

    @Override
    public void decline() {
        UpstreamRequest declined = request;
        if (state != State.BUSY || declined == null || !declined.isSent() || !reader.endsWithin(DRAINED_BYTES)) {
            abandon();
            return;
        }
        request = null;
        state = State.DRAINING;
        drained = 0;
        idleUntilMillis = worker.ticker().nowMillis() + DRAIN_MILLIS;
        readResponse(true);
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
                UpstreamRequest current = request;
                if (current != null && state == State.BUSY) {
                    reader.read(in, current);
                } else if (state == State.DRAINING) {
                    reader.readBody(in);
                } else {
                    nobodyAsked(in);
                }
            }
        } finally {
            in.release();
        }
    }

    /** Whatever it is, it must not become somebody's response. A tunnel that was given up closes by itself. */
    private void nobodyAsked(ByteBuf in) {
        in.skipBytes(in.readableBytes());
        if (!isTunnel()) {
            close();
        }
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {
        if (request != null) {
            request.responseData(in, from, length);
        } else if (state == State.DRAINING) {
            drained += length;
            if (drained > DRAINED_BYTES) {
                close();
            }
        }
    }

    @Override
    public void responseEnd(FieldSection trailers, boolean reusable) {
        UpstreamRequest finished = request;
        request = null;
        readResponse(true);
        boolean sent = state == State.DRAINING || (finished != null && finished.isSent());
        if (reusable && sent) {
            becomeIdle();
        } else {
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

    @Override
    public void responseMalformed() {
        UpstreamRequest failed = request;
        request = null;
        state = State.IDLE;
        close();
        if (failed != null) {
            failed.failed(Reason.BACKEND_BAD_RESPONSE, reader.begun(), false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        worker.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (request != null) {
            request.writable(ctx.channel().isWritable());
        }
        worker.flush();
    }

    /** The backend has closed TLS: nothing more will come, and nothing is missing. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
            cleanlyClosed = true;
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        State was = state;
        if (was == State.CONNECTING) {
            return; // whoever dialled is told
        }
        state = State.CLOSED;
        if (was == State.CLOSED) {
            return;
        }
        worker.ticker().remove(this);
        outlet().discard();
        UpstreamRequest current = request;
        request = null;
        pool.gone(this, settings);
        if (current != null) {
            if (reader.endsWithConnection() && !isCutOff(ctx, current)) {
                current.responseEnd(FieldSection.none());
            } else {
                current.failed(closedFor, reader.begun(), false);
            }
        }
        worker.flush();
    }

    /**
     * Whether what ends with the connection may not be all. A reset behind the whole request does not come of our own sending;
     * and without TLS's own end anyone on the way can have made one (RFC 9112, 9.8).
     */
    private boolean isCutOff(ChannelHandlerContext ctx, UpstreamRequest current) {
        return (broken && current.isSent())
                || (!reader.isTunnel() && !cleanlyClosed && ctx.pipeline().get(SslHandler.class) != null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken = true;
        Optional<Reason> tls = TlsFailures.reason(cause);
        if (tls.isPresent() && state != State.CONNECTING) {
            // In TLS 1.3 a backend that wants another client certificate says so only after the handshake.
            closedFor = tls.get();
            ctx.close();
            return;
        }
        // A reset while sending: what the backend has answered may still be readable, and its end is seen as a close.
        if (!ctx.channel().isActive() || !(cause instanceof java.io.IOException)) {
            ctx.close();
        }
    }

    @Override
    public void tick(long nowMillis) {
        boolean leftTunnel = request == null && isTunnel();
        if ((state == State.IDLE || state == State.DRAINING || leftTunnel) && nowMillis >= idleUntilMillis) {
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
