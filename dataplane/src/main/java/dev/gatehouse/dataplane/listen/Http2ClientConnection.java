package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Http2Connection;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.HeadReader;
import dev.gatehouse.dataplane.http2.HpackEncoder;
import dev.gatehouse.dataplane.http2.Http2Exception;
import dev.gatehouse.dataplane.http2.RequestAssembler;
import dev.gatehouse.dataplane.http2.Setting;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** A client's HTTP/2 connection (RFC 9113). Event loop only. */
@SuppressWarnings({
    "NullAway.Init", // The settings need the channel and are set before any other event.
    "FutureReturnValueIgnored" // A failed close ends in channelInactive.
})
final class Http2ClientConnection extends Http2Connection<Http2ClientStream> implements ServedConnection {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** How long the client has to learn that no more streams are taken (RFC 9113, 6.8). */
    private static final int GOAWAY_MILLIS = 5_000;

    private static final long GOAWAY_PING = 0x676f61776179L;
    private static final int EVERY_STREAM = Integer.MAX_VALUE;
    private static final int KEPT_STREAMS = 16;

    /** Heads of one read that wait for its end: small blocks can stand for large ones (RFC 7541, 7.3). */
    private static final int MAX_OPENED_BYTES = 256 * 1024;

    private final Listener listener;
    private final ArrayDeque<Http2ClientStream> spare = new ArrayDeque<>();
    private final ArrayDeque<Http2ClientStream> fresh = new ArrayDeque<>(0);
    private ConnectionSettings settings;
    private int prefaceLength;
    private int lastStreamId;
    private int requests;
    private int lastAnsweredId = EVERY_STREAM;
    private long idleSinceMillis;
    private long goAwayMillis = Long.MAX_VALUE;
    private boolean leaving;

    Http2ClientConnection(Worker worker, Listener listener, int maxHeadBytes) {
        super(worker, true, maxHeadBytes);
        this.listener = listener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        super.handlerAdded(added);
        worker().ticker().add(this); // first: the ticker's time stands still without entries
        settings = new ConnectionSettings(
                listener, added.channel(), worker().ticker().nowMillis(), worker().random());
        idleSinceMillis = worker().ticker().nowMillis();
        sendSettings(
                Setting.MAX_CONCURRENT_STREAMS,
                settings.listener().maxConcurrentStreams(),
                Setting.INITIAL_WINDOW_SIZE,
                STREAM_WINDOW,
                Setting.MAX_HEADER_LIST_SIZE,
                settings.listener().maxHeadBytes(),
                Setting.ENABLE_CONNECT_PROTOCOL,
                1);
        if (worker().draining()) {
            drain();
        }
    }

    ConnectionSettings settings() {
        return settings;
    }

    Listener listener() {
        return listener;
    }

    Worker loopWorker() {
        return worker();
    }

    HpackEncoder encoder() {
        return hpackOut();
    }

    FieldSection readTrailers(int streamId, byte[] block, int from, int end, boolean endStream) {
        return trailers(streamId, block, from, end, endStream);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        while (prefaceLength < PREFACE.length && in.isReadable() && !isClosing()) {
            if (in.readByte() != PREFACE[prefaceLength++]) {
                in.skipBytes(in.readableBytes());
                fail(ErrorCode.PROTOCOL_ERROR);
            }
        }
        super.channelRead(ctx, message);
    }

    @Override
    protected HeadLimits limits() {
        return settings.limits();
    }

    @Override
    protected boolean isIdle(int streamId) {
        return (streamId & 1) == 0 || streamId > lastStreamId;
    }

    @Override
    protected int lastPeerStream() {
        return lastStreamId;
    }

    @Override
    protected void open(int streamId, byte[] block, int from, int end, boolean endStream, int dependsOn) {
        if ((streamId & 1) == 0) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "an even stream id from a client");
        }
        if (streamId <= lastStreamId) {
            HeadReader.skip(hpackIn(), block, from, end);
            closedStream(streamId);
            return;
        }
        lastStreamId = streamId;
        if (worker().openedHeads().length() >= MAX_OPENED_BYTES) {
            beginFresh();
        }
        settings.table();
        RequestAssembler assembled = heads().request(hpackIn(), block, from, end, endStream, settings.limits());
        if (streamId > lastAnsweredId) {
            ignore(streamId); // RFC 9113, 6.8: it came too late, and the client knows.
            return;
        }
        if (dependsOn == streamId || assembled.malformed()) {
            throw Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "a malformed request");
        }
        if (streamCount() >= settings.listener().maxConcurrentStreams()) {
            throw Http2Exception.stream(streamId, ErrorCode.REFUSED_STREAM, "too many streams");
        }
        Http2ClientStream stream = spare.isEmpty() ? new Http2ClientStream(this) : spare.pop();
        stream.renewed(streamId);
        add(stream);
        if (++requests >= settings.listener().maxRequestsPerConnection()) {
            drain();
        }
        stream.opened(assembled, endStream);
        fresh.add(stream);
    }

    /** Requests begin when all that came with them was looked at: what a client takes back at once costs no backend anything. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        beginFresh();
        super.channelReadComplete(ctx);
    }

    private void beginFresh() {
        while (!fresh.isEmpty()) {
            try {
                fresh.remove().begin();
            } catch (Http2Exception e) {
                fail(e);
            }
        }
        worker().openedHeads().clear();
    }

    private void closedStream(int streamId) {
        switch (streamEnd(streamId)) {
            case BY_US -> spend();
            case BY_PEER ->
                throw Http2Exception.connection(ErrorCode.STREAM_CLOSED, "a head for a stream that is closed");
            case UNKNOWN -> throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a stream id that goes back");
        }
    }

    @Override
    protected void streamRemoved(Http2ClientStream stream) {
        if (streamCount() == 0) {
            idleSinceMillis = worker().ticker().nowMillis();
            if (leaving && lastAnsweredId != EVERY_STREAM) {
                closeAfterFlush();
            }
        }
    }

    /** The exchange of a stream that was taken out is over as well. */
    void over(Http2ClientStream stream) {
        if (spare.size() < KEPT_STREAMS) {
            spare.push(stream);
        }
    }

    @Override
    protected void peerSetting(int id, long value) {
        // Nothing more that a server cares for.
    }

    @Override
    protected void goAway(int lastPeerStreamId) {
        leaving = true;
        lastAnsweredId = lastStreamId;
        if (streamCount() == 0) {
            closeAfterFlush();
        }
    }

    @Override
    protected void pinged(long payload) {
        if (payload == GOAWAY_PING && leaving) {
            lastGoAway();
        }
    }

    /** The first of two steps (RFC 9113, 6.8): new streams are still taken, for they may be on their way. */
    @Override
    public void drain() {
        if (leaving || isClosing()) {
            return;
        }
        leaving = true;
        goAwayMillis = worker().ticker().nowMillis() + GOAWAY_MILLIS;
        sendGoAway(EVERY_STREAM, ErrorCode.NO_ERROR);
        sendPing(GOAWAY_PING);
    }

    private void lastGoAway() {
        if (lastAnsweredId != EVERY_STREAM || isClosing()) {
            return;
        }
        goAwayMillis = Long.MAX_VALUE;
        lastAnsweredId = lastStreamId;
        sendGoAway(lastStreamId, ErrorCode.NO_ERROR);
        if (streamCount() == 0) {
            closeAfterFlush();
        }
    }

    @Override
    public void closeNow() {
        context().channel().close();
    }

    @Override
    public void tick(long nowMillis) {
        if (prefaceLength < PREFACE.length
                && nowMillis - idleSinceMillis >= settings.listener().headerTimeoutMs()) {
            closeNow();
            return;
        }
        if (nowMillis >= goAwayMillis) {
            lastGoAway();
        } else if (settings.isOld(nowMillis)) {
            drain();
        }
        if (streamCount() > 0) {
            for (Http2ClientStream stream : allStreams()) {
                stream.tick(nowMillis);
            }
        } else if (!isClosing()
                && nowMillis - idleSinceMillis >= settings.listener().idleTimeoutMs()) {
            fail(ErrorCode.NO_ERROR);
        } else if (isClosing()
                && nowMillis - idleSinceMillis >= 2L * settings.listener().idleTimeoutMs()) {
            closeNow(); // it takes not even the farewell
        }
    }

    @Override
    protected void gone() {
        // The listener counts its connections itself.
    }
}
