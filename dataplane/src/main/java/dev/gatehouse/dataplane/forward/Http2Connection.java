package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http2.ClosedStreams;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.FloodGuard;
import dev.gatehouse.dataplane.http2.FlowWindows;
import dev.gatehouse.dataplane.http2.FrameReader;
import dev.gatehouse.dataplane.http2.FrameType;
import dev.gatehouse.dataplane.http2.HeadReader;
import dev.gatehouse.dataplane.http2.HpackDecoder;
import dev.gatehouse.dataplane.http2.HpackEncoder;
import dev.gatehouse.dataplane.http2.Http2Exception;
import dev.gatehouse.dataplane.loop.Timed;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * What both ends of an HTTP/2 connection do alike (RFC 9113): settings, flow control, pings, errors, the way of the streams
 * through their states. Event loop only.
 *
 * @param <S> the streams
 */
@SuppressWarnings({
    "NullAway.Init", // What needs the channel is set in handlerAdded, before any other event.
    "FutureReturnValueIgnored" // A failed write or close ends in channelInactive.
})
public abstract class Http2Connection<S extends Http2Stream> extends ChannelInboundHandlerAdapter implements Timed {
    /** Room for one stream's data that its receiver has not taken yet. */
    protected static final int STREAM_WINDOW = 256 * 1024;

    /** How long a peer waits that has cost more than its turn: long enough for everybody else's. */
    private static final int PAUSE_MILLIS = 1;

    /** Room for all of them: the most that a connection can make us hold. */
    private static final int CONNECTION_WINDOW = 1024 * 1024;

    private final Worker worker;
    private final boolean server;
    private final int maxBlockBytes;
    private final HpackDecoder hpackIn = new HpackDecoder();
    private final HpackEncoder hpackOut = new HpackEncoder();
    private final FloodGuard guard = new FloodGuard();
    private final StreamTable<S> streams = new StreamTable<>();
    private final FlowWindows windows = new FlowWindows();
    private ChannelHandlerContext context;
    private Outlet outlet;
    private FrameReader reader;
    private FrameWriter frames;
    private final ArrayDeque<ByteBuf> unread = new ArrayDeque<>(0); // what came while the peer waits for its next turn
    private boolean paused;
    private boolean closing;
    private int slot = -1;

    /**
     * @param server whether the peer is a client
     * @param maxBlockBytes of a compressed header block; more ends the connection
     */
    protected Http2Connection(Worker worker, boolean server, int maxBlockBytes) {
        this.worker = worker;
        this.server = server;
        this.maxBlockBytes = maxBlockBytes;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        outlet = new Outlet(worker, added);
        frames = new FrameWriter(outlet);
        reader = new FrameReader(server, maxBlockBytes, new PeerFrames<>(this, streams, windows, guard, frames));
        windows.open(FlowWindows.DEFAULT_BYTES, CONNECTION_WINDOW);
    }

    protected final Worker worker() {
        return worker;
    }

    protected final ChannelHandlerContext context() {
        return context;
    }

    protected final Outlet outlet() {
        return outlet;
    }

    protected final HpackEncoder hpackOut() {
        return hpackOut;
    }

    protected final HpackDecoder hpackIn() {
        return hpackIn;
    }

    protected final HeadReader heads() {
        return worker.headReader();
    }

    /** Counts what the peer has sent without asking for anything. */
    protected final void spend() {
        guard.spend(worker.ticker().nowMillis());
    }

    /** Counts a request that was given up after it had begun. */
    public final void abandoned() {
        guard.abandoned();
    }

    /** How a stream ended that is not there any more. */
    protected final ClosedStreams.End streamEnd(int streamId) {
        return streams.end(streamId);
    }

    /** What may still be on its way for a stream that never began is nobody's fault. */
    protected final void ignore(int streamId) {
        streams.ignore(streamId);
    }

    protected final int streamCount() {
        return streams.size();
    }

    protected final Iterable<S> allStreams() {
        return streams.all();
    }

    final FrameWriter frames() {
        return frames;
    }

    /** Limits of heads and trailers that this side reads. */
    protected abstract HeadLimits limits();

    /** Whether a stream of this id was never opened. */
    protected abstract boolean isIdle(int streamId);

    /** Sends our settings; pairs of id and value. The larger window of the connection follows. */
    protected final void sendSettings(int... pairs) {
        frames.settings(pairs);
        frames.windowUpdate(0, CONNECTION_WINDOW - FlowWindows.DEFAULT_BYTES);
    }

    protected final void sendPing(long value) {
        frames.ping(0, value);
    }

    protected final void sendGoAway(int lastStreamId, ErrorCode code) {
        frames.goAway(lastStreamId, code);
    }

    // ---- Reading

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        unread.add((ByteBuf) message);
        if (!paused) {
            takeTurn();
        }
    }

    /** Reads what there is, but no more than others can wait for. */
    private void takeTurn() {
        guard.newTurn();
        while (!unread.isEmpty()) {
            ByteBuf in = unread.peek();
            read(in);
            if (!in.isReadable() || closing) {
                unread.remove().release();
            } else if (worker.mayPause()) {
                paused = true;
                context.channel().config().setAutoRead(false);
                worker.loop().schedule(this::nextTurn, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } else {
                guard.newTurn();
            }
        }
    }

    private void nextTurn() {
        if (endPause()) {
            takeTurn();
            if (!paused) {
                context.channel().config().setAutoRead(true);
            }
            channelReadComplete(context);
        }
    }

    private boolean endPause() {
        boolean was = paused;
        if (was) {
            paused = false;
            worker.pauseEnded();
        }
        return was;
    }

    private void read(ByteBuf in) {
        while (in.isReadable() && !closing && !guard.isTurnOver()) {
            try {
                reader.read(in);
            } catch (Http2Exception e) {
                fail(e);
            }
        }
    }

    /** Ends the stream or the connection whose peer has made a mistake. */
    protected final void fail(Http2Exception e) {
        if (e.streamId() == 0) {
            fail(e.code());
        } else {
            streamError(e);
        }
    }

    private void streamError(Http2Exception e) {
        S stream = streams.get(e.streamId());
        if (stream == null) {
            frames.reset(e.streamId(), e.code());
            streams.ignore(e.streamId());
        } else {
            reset(stream, e.code());
            stream.failed(e.code());
        }
        try {
            spend();
        } catch (Http2Exception tooMany) {
            fail(tooMany.code());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        worker.flush();
    }

    // ---- What only one side knows how to answer

    /** A header block for a stream that is not there. */
    protected abstract void open(int streamId, byte[] block, int from, int end, boolean endStream, int dependsOn);

    /** Reads trailers; they must end the stream (RFC 9113, 8.1). */
    protected final FieldSection trailers(int streamId, byte[] block, int from, int end, boolean endStream) {
        FieldSection trailers = heads().trailers(streamId, hpackIn, block, from, end, limits());
        if (!endStream) {
            throw Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "trailers that do not end the stream");
        }
        return trailers;
    }

    /** A setting of the peer that only one side cares for. */
    protected abstract void peerSetting(int id, long value);

    /** The peer has answered a ping of ours. */
    protected abstract void pinged(long payload);

    /** The peer takes no more streams beyond the last that it names (RFC 9113, 6.8). */
    protected abstract void goAway(int lastStreamId);

    // ---- Writing

    /** Sends as much of the data as fits into a frame and both windows. Returns how much that is. */
    final int dataFrame(Http2Stream stream, ByteBuf in, int from, int length, boolean endStream) {
        int room = Math.min(windows.send(), stream.sendWindow());
        int part = Math.min(Math.min(length, FrameType.MAX_PAYLOAD_BYTES), room);
        if (part < 0 || (part == 0 && length > 0)) {
            return 0;
        }
        frames.data(stream.id(), in, from, part, endStream && part == length);
        if (part > 0) {
            guard.dataSent();
            windows.sent(part);
            stream.sent(part);
        }
        return part;
    }

    /** Gives room back to the peer that its data no longer takes. */
    final void creditConnection(int bytes) {
        int told = windows.credit(bytes);
        if (told > 0) {
            frames.windowUpdate(0, told);
        }
    }

    // ---- Streams and the connection itself

    protected final void add(S stream) {
        guard.streamOpened();
        streams.add(stream, STREAM_WINDOW);
    }

    /** Ends a stream from our side, whatever state it is in. */
    final void reset(Http2Stream stream, ErrorCode code) {
        frames.reset(stream.id(), code);
        remove(stream, ClosedStreams.End.BY_US);
    }

    /** Takes out a stream that is over. */
    final void remove(Http2Stream stream, ClosedStreams.End end) {
        S removed = streams.remove(stream.id(), end);
        if (removed != null) {
            stream.closed();
            streamRemoved(removed);
        }
    }

    /** A stream was taken out; it may be used again for another id once its exchange is over. */
    protected abstract void streamRemoved(S stream);

    /** Ends the connection with an error (RFC 9113, 5.4.1). */
    protected final void fail(ErrorCode code) {
        if (closing) {
            return;
        }
        closing = true;
        frames.goAway(lastPeerStream(), code);
        failAll(code == ErrorCode.NO_ERROR ? ErrorCode.CANCEL : code);
        outlet.closeAfterFlush();
        worker.flush();
    }

    /** The highest id of a stream that the peer opened and we know. */
    protected abstract int lastPeerStream();

    protected final boolean isClosing() {
        return closing;
    }

    /** Sends what is there and closes. */
    protected final void closeAfterFlush() {
        closing = true;
        outlet.closeAfterFlush();
    }

    /** @param code of the peer's error; CANCEL if there was none */
    private void failAll(ErrorCode code) {
        for (S stream : streams.all()) {
            remove(stream, ClosedStreams.End.BY_PEER);
            stream.failed(code);
        }
    }

    /** Whether the channel takes data. */
    final boolean isChannelWritable() {
        return context.channel().isWritable();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            // Not at once: this may be called from within a write, between two parts of a frame.
            worker.loop().execute(this::writableAgain);
        }
    }

    private void writableAgain() {
        streams.resume();
        worker.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        worker.ticker().remove(this);
        endPause();
        while (!unread.isEmpty()) {
            unread.remove().release();
        }
        failAll(ErrorCode.CANCEL);
        outlet.discard();
        gone();
        worker.flush();
    }

    /** The connection is closed and has no streams any more. */
    protected abstract void gone();

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
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
