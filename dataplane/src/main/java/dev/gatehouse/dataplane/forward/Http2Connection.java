package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http2.ClosedStreams;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.FloodGuard;
import dev.gatehouse.dataplane.http2.FrameListener;
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
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
public abstract class Http2Connection<S extends Http2Stream> extends ChannelInboundHandlerAdapter
        implements FrameListener, Timed {
    /** Room for one stream's data that its receiver has not taken yet. */
    protected static final int STREAM_WINDOW = 256 * 1024;

    /** Room for all of them: the most that a connection can make us hold. */
    private static final int CONNECTION_WINDOW = 1024 * 1024;

    protected static final int SETTINGS_ENABLE_PUSH = 2;
    protected static final int SETTINGS_MAX_CONCURRENT_STREAMS = 3;
    protected static final int SETTINGS_INITIAL_WINDOW_SIZE = 4;
    private static final int SETTINGS_MAX_FRAME_SIZE = 5;
    protected static final int SETTINGS_MAX_HEADER_LIST_SIZE = 6;
    protected static final int SETTINGS_ENABLE_CONNECT_PROTOCOL = 8;
    private static final int DEFAULT_WINDOW = 65_535;
    private static final int MAX_FRAME_SIZE = 16_777_215;

    private final Worker worker;
    private final boolean server;
    private final int maxBlockBytes;
    private final HpackDecoder hpackIn = new HpackDecoder();
    private final HpackEncoder hpackOut = new HpackEncoder();
    private final FloodGuard guard = new FloodGuard();
    private final ClosedStreams closedStreams = new ClosedStreams();
    private final IntObjectMap<S> streams = new IntObjectHashMap<>();
    private final byte[] frameHead = new byte[9];
    private ChannelHandlerContext context;
    private Outlet outlet;
    private FrameReader frames;

    private int sendWindow = DEFAULT_WINDOW;
    private int peerStreamWindow = DEFAULT_WINDOW;
    private int receiveWindow = CONNECTION_WINDOW;
    private int credit;
    private boolean settled;
    private boolean closing;
    private @Nullable S dataStream;
    private int dataFrameLeft;
    private boolean resuming;
    private int turn;
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
        frames = new FrameReader(server, maxBlockBytes, this);
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

    protected final FloodGuard guard() {
        return guard;
    }

    protected final ClosedStreams closedStreams() {
        return closedStreams;
    }

    protected final int streamCount() {
        return streams.size();
    }

    protected final @Nullable S stream(int streamId) {
        return streams.get(streamId);
    }

    protected final Iterable<S> allStreams() {
        return new ArrayList<>(streams.values());
    }

    /** Limits of heads and trailers that this side reads. */
    protected abstract HeadLimits limits();

    /** Whether a stream of this id was never opened. */
    protected abstract boolean isIdle(int streamId);

    /** Sends our settings; pairs of id and value. The larger window of the connection follows. */
    protected final void sendSettings(int... pairs) {
        byte[] payload = new byte[pairs.length * 3];
        for (int i = 0; i < pairs.length; i += 2) {
            int at = i * 3;
            payload[at] = (byte) (pairs[i] >>> 8);
            payload[at + 1] = (byte) pairs[i];
            int32(payload, at + 2, pairs[i + 1]);
        }
        frame(FrameType.SETTINGS, 0, 0, payload, payload.length);
        windowUpdateFrame(0, CONNECTION_WINDOW - DEFAULT_WINDOW);
    }

    // ---- Reading

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            read(in);
        } finally {
            in.release();
        }
    }

    protected final void read(ByteBuf in) {
        while (in.isReadable() && !closing) {
            try {
                frames.read(in);
            } catch (Http2Exception e) {
                if (e.streamId() == 0) {
                    fail(e.code());
                } else {
                    streamError(e);
                }
            }
        }
    }

    private void streamError(Http2Exception e) {
        S stream = streams.get(e.streamId());
        if (stream == null) {
            resetFrame(e.streamId(), e.code());
            ignore(e.streamId());
        } else {
            reset(stream, e.code());
            stream.failed(e.code());
        }
        try {
            guard.spend(worker.ticker().nowMillis());
        } catch (Http2Exception tooMany) {
            fail(tooMany.code());
        }
    }

    /** What may still be on its way for a stream that never began is nobody's fault (RFC 9113, 5.1). */
    protected final void ignore(int streamId) {
        if (closedStreams.end(streamId) == ClosedStreams.End.UNKNOWN) {
            closedStreams.add(streamId, ClosedStreams.End.BY_US);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        worker.flush();
    }

    /** Until the first SETTINGS frame has come, nothing else may (RFC 9113, 3.4). */
    private void needSettings() {
        if (!settled) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "the first frame must be SETTINGS");
        }
    }

    @Override
    public void dataBegin(int streamId, int flowControlled) {
        needSettings();
        receiveWindow -= flowControlled;
        if (receiveWindow < 0) {
            throw Http2Exception.connection(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows");
        }
        dataFrameLeft = flowControlled;
        dataStream = null;
        if (flowControlled == 0) {
            guard.spend(worker.ticker().nowMillis());
        }
        S stream = streams.get(streamId);
        if (stream == null) {
            creditConnection(flowControlled);
            dataFrameLeft = 0;
            unknown(streamId);
            return;
        }
        if (stream.remoteClosed()) {
            creditConnection(flowControlled);
            dataFrameLeft = 0;
            throw Http2Exception.stream(streamId, ErrorCode.STREAM_CLOSED, "data behind the end of the stream");
        }
        dataStream = stream;
        stream.received(flowControlled);
    }

    /** A frame for a stream that is not there: it was closed, or it never was. */
    private void unknown(int streamId) {
        if (isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a frame for an idle stream");
        }
        if (closedStreams.end(streamId) != ClosedStreams.End.BY_US) {
            throw Http2Exception.stream(streamId, ErrorCode.STREAM_CLOSED, "data for a closed stream");
        }
        guard.spend(worker.ticker().nowMillis());
    }

    @Override
    public void data(int streamId, ByteBuf in, int from, int length) {
        S stream = dataStream;
        if (stream != null) {
            dataFrameLeft -= length;
            if (stream.isClosed()) {
                creditConnection(length);
            } else {
                stream.onData(in, from, length);
            }
        }
    }

    @Override
    public void dataEnd(int streamId, boolean endStream) {
        S stream = dataStream;
        dataStream = null;
        if (stream == null) {
            return;
        }
        if (dataFrameLeft > 0) {
            stream.consumed(dataFrameLeft); // padding
        }
        if (endStream && !stream.isClosed()) {
            stream.remoteEnd(FieldSection.none());
        }
    }

    @Override
    public void headers(int streamId, byte[] block, int from, int end, boolean endStream, int dependsOn) {
        needSettings();
        S stream = streams.get(streamId);
        if (stream == null) {
            open(streamId, block, from, end, endStream, dependsOn);
        } else if (stream.remoteClosed()) {
            HeadReader.skip(hpackIn, block, from, end);
            throw Http2Exception.stream(streamId, ErrorCode.STREAM_CLOSED, "a head behind the end of the stream");
        } else {
            stream.onHeaders(block, from, end, endStream);
        }
    }

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

    @Override
    public void priority(int streamId, int dependsOn) {
        needSettings();
        guard.spend(worker.ticker().nowMillis());
        if (dependsOn == streamId) {
            throw Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        }
    }

    @Override
    public void resetStream(int streamId, int code) {
        needSettings();
        guard.spend(worker.ticker().nowMillis());
        S stream = streams.get(streamId);
        if (stream != null) {
            remove(stream, ClosedStreams.End.BY_PEER);
            stream.resetByPeer(ErrorCode.of(code));
        } else if (isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a reset of an idle stream");
        }
    }

    @Override
    public void setting(int id, long value) {
        switch (id) {
            case SETTINGS_ENABLE_PUSH -> need(value <= 1, ErrorCode.PROTOCOL_ERROR);
            case SETTINGS_INITIAL_WINDOW_SIZE -> {
                need(value <= Integer.MAX_VALUE, ErrorCode.FLOW_CONTROL_ERROR);
                int difference = (int) value - peerStreamWindow;
                peerStreamWindow = (int) value;
                for (S stream : allStreams()) {
                    need(stream.widen(difference), ErrorCode.FLOW_CONTROL_ERROR);
                }
            }
            case SETTINGS_MAX_FRAME_SIZE ->
                need(value >= FrameType.MAX_PAYLOAD_BYTES && value <= MAX_FRAME_SIZE, ErrorCode.PROTOCOL_ERROR);
            default -> peerSetting(id, value);
        }
    }

    /** A setting of the peer that only one side cares for. */
    protected abstract void peerSetting(int id, long value);

    private static void need(boolean holds, ErrorCode otherwise) {
        if (!holds) {
            throw Http2Exception.connection(otherwise, "a setting that is out of bounds");
        }
    }

    @Override
    public void settingsEnd() {
        settled = true;
        guard.spend(worker.ticker().nowMillis());
        frame(FrameType.SETTINGS, FrameType.ACK, 0, frameHead, 0);
        resumeAll();
    }

    @Override
    public void settingsAck() {
        needSettings();
        guard.spend(worker.ticker().nowMillis());
    }

    @Override
    public void ping(boolean ack, long payload) {
        needSettings();
        guard.spend(worker.ticker().nowMillis());
        if (ack) {
            pinged(payload);
        } else {
            pingFrame(FrameType.ACK, payload);
        }
    }

    /** The peer has answered a ping of ours. */
    protected abstract void pinged(long payload);

    @Override
    public void windowUpdate(int streamId, int increment) {
        needSettings();
        guard.windowUpdated(worker.ticker().nowMillis());
        if (streamId == 0) {
            if (sendWindow + (long) increment > Integer.MAX_VALUE) {
                throw Http2Exception.connection(ErrorCode.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
            }
            sendWindow += increment;
            resumeAll();
            return;
        }
        S stream = streams.get(streamId);
        if (stream != null) {
            if (!stream.widen(increment)) {
                throw Http2Exception.stream(streamId, ErrorCode.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
            }
            stream.resume();
        } else if (isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a window of an idle stream");
        } else {
            guard.spend(worker.ticker().nowMillis());
        }
    }

    private void resumeAll() {
        if (resuming || streams.isEmpty()) {
            return;
        }
        resuming = true;
        List<S> all = new ArrayList<>(streams.values());
        // Each time another one is the first: where room is scarce it takes what there is.
        int first = Math.floorMod(turn++, all.size());
        for (int i = 0; i < all.size(); i++) {
            all.get((first + i) % all.size()).resume();
        }
        resuming = false;
    }

    // ---- Writing

    protected final void frame(int type, int flags, int streamId, byte[] payload, int length) {
        frameHead(type, flags, streamId, length);
        if (length > 0) {
            outlet.bytes(payload, 0, length);
        }
    }

    private void frameHead(int type, int flags, int streamId, int length) {
        byte[] head = frameHead;
        head[0] = (byte) (length >>> 16);
        head[1] = (byte) (length >>> 8);
        head[2] = (byte) length;
        head[3] = (byte) type;
        head[4] = (byte) flags;
        int32(head, 5, streamId);
        outlet.bytes(head, 0, FrameType.HEADER_BYTES);
    }

    /** Sends a header block, in as many frames as it needs. */
    final void headersFrame(int streamId, HeadBuffer block, boolean endStream) {
        int end = endStream ? FrameType.END_STREAM : 0;
        int length = block.length();
        if (length <= FrameType.MAX_PAYLOAD_BYTES) {
            frame(FrameType.HEADERS, FrameType.END_HEADERS | end, streamId, block.bytes(), length);
            return;
        }
        int type = FrameType.HEADERS;
        for (int from = 0; from < length; from += FrameType.MAX_PAYLOAD_BYTES) {
            int part = Math.min(FrameType.MAX_PAYLOAD_BYTES, length - from);
            int last = from + part == length ? FrameType.END_HEADERS : 0;
            frameHead(type, last | (type == FrameType.HEADERS ? end : 0), streamId, part);
            outlet.bytes(block.bytes(), from, part);
            type = FrameType.CONTINUATION;
        }
    }

    /** Sends as much of the data as fits into a frame and both windows. Returns how much that is. */
    final int dataFrame(Http2Stream stream, ByteBuf in, int from, int length, boolean endStream) {
        int part = Math.min(Math.min(length, FrameType.MAX_PAYLOAD_BYTES), Math.min(sendWindow, stream.sendWindow()));
        if (part < 0 || (part == 0 && length > 0)) {
            return 0;
        }
        frameHead(FrameType.DATA, endStream && part == length ? FrameType.END_STREAM : 0, stream.id(), part);
        if (part > 0) {
            outlet.data(in, from, part);
            guard.dataSent();
            sendWindow -= part;
            stream.sent(part);
        }
        return part;
    }

    final void windowUpdateFrame(int streamId, int increment) {
        byte[] payload = new byte[4];
        int32(payload, 0, increment);
        frame(FrameType.WINDOW_UPDATE, 0, streamId, payload, 4);
    }

    private void resetFrame(int streamId, ErrorCode code) {
        byte[] payload = new byte[4];
        int32(payload, 0, code.number());
        frame(FrameType.RST_STREAM, 0, streamId, payload, 4);
    }

    protected final void pingFrame(int flags, long value) {
        byte[] payload = new byte[8];
        int32(payload, 0, (int) (value >>> 32));
        int32(payload, 4, (int) value);
        frame(FrameType.PING, flags, 0, payload, 8);
    }

    protected final void goAwayFrame(int lastStreamId, ErrorCode code) {
        byte[] payload = new byte[8];
        int32(payload, 0, lastStreamId);
        int32(payload, 4, code.number());
        frame(FrameType.GOAWAY, 0, 0, payload, 8);
    }

    private static void int32(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 24);
        b[at + 1] = (byte) (value >>> 16);
        b[at + 2] = (byte) (value >>> 8);
        b[at + 3] = (byte) value;
    }

    /** Gives room back to the peer that its data no longer takes. */
    final void creditConnection(int bytes) {
        credit += bytes;
        if (credit >= CONNECTION_WINDOW / 2) {
            receiveWindow += credit;
            windowUpdateFrame(0, credit);
            credit = 0;
        }
    }

    // ---- Streams and the connection itself

    protected final void add(S stream) {
        stream.opened(peerStreamWindow, STREAM_WINDOW);
        guard.streamOpened();
        streams.put(stream.id(), stream);
    }

    /** Ends a stream from our side, whatever state it is in. */
    final void reset(Http2Stream stream, ErrorCode code) {
        resetFrame(stream.id(), code);
        remove(stream, ClosedStreams.End.BY_US);
    }

    /** Takes out a stream that is over. */
    final void remove(Http2Stream stream, ClosedStreams.End end) {
        S removed = streams.remove(stream.id());
        if (removed != null) {
            closedStreams.add(stream.id(), end);
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
        goAwayFrame(lastPeerStream(), code);
        failAll();
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

    private void failAll() {
        for (S stream : allStreams()) {
            remove(stream, ClosedStreams.End.BY_PEER);
            stream.failed(ErrorCode.CANCEL);
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
        resumeAll();
        worker.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        worker.ticker().remove(this);
        failAll();
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
