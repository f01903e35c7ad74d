package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.forward.tls.TlsFailures;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.HeadReader;
import dev.gatehouse.dataplane.http2.HpackDecoder;
import dev.gatehouse.dataplane.http2.HpackEncoder;
import dev.gatehouse.dataplane.http2.Http2Exception;
import dev.gatehouse.dataplane.http2.Setting;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;

/** An HTTP/2 connection to a backend. Carries many exchanges at once. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed close ends in channelInactive.
final class UpstreamHttp2Connection extends Http2Connection<UpstreamHttp2Stream> implements Dialed {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 200, 0);

    /** As many as a connection takes before another one is opened; the backend may allow fewer. */
    private static final int MAX_STREAMS = 128;

    private static final int LAST_STREAM_ID = Integer.MAX_VALUE - 2;

    /** When streams wait and the backend says nothing for so long, it is asked whether it is still there. */
    private static final int SILENCE_MILLIS = 10_000;

    private static final long ALIVE_PING = 0x616c697665L;

    private final UpstreamHttp2Pool pool;
    private final ListenerSettings settings;
    private int nextStreamId = 1;
    private int maxStreams = MAX_STREAMS;
    private boolean leaving;
    private boolean connected;
    private long lastReadMillis;
    private long pingedMillis = Long.MAX_VALUE;
    private long idleSinceMillis;
    private boolean tls;
    private Reason closedFor = Reason.BACKEND_CLOSED;

    UpstreamHttp2Connection(Worker worker, UpstreamHttp2Pool pool, ListenerSettings settings) {
        super(worker, false, LIMITS.maxBytes());
        this.pool = pool;
        this.settings = settings;
    }

    ListenerSettings settings() {
        return settings;
    }

    Worker loopWorker() {
        return worker();
    }

    boolean isTls() {
        return tls;
    }

    /** Why streams end that the backend has not ended itself. */
    Reason closedFor() {
        return closedFor;
    }

    HpackEncoder encoder() {
        return hpackOut();
    }

    HpackDecoder decoder() {
        return hpackIn();
    }

    HeadReader reader() {
        return heads();
    }

    @Override
    public void connected() {
        connected = true;
        tls = context().pipeline().get(SslHandler.class) != null;
        lastReadMillis = worker().ticker().nowMillis();
        idleSinceMillis = lastReadMillis;
        worker().ticker().add(this);
        outlet().bytes(PREFACE, 0, PREFACE.length);
        sendSettings(
                Setting.ENABLE_PUSH,
                0,
                Setting.INITIAL_WINDOW_SIZE,
                STREAM_WINDOW,
                Setting.MAX_HEADER_LIST_SIZE,
                LIMITS.maxBytes());
        pool.connected(this);
    }

    @Override
    public void failed(Reason reason) {
        if (!leaving) {
            leaving = true;
            pool.failed(reason);
        }
    }

    boolean hasRoom() {
        return connected
                && !leaving
                && !isClosing()
                && streamCount() < maxStreams
                && nextStreamId < LAST_STREAM_ID
                && context().channel().isActive();
    }

    void begin(UpstreamRequest request, ListenerSettings current) {
        UpstreamHttp2Stream stream = new UpstreamHttp2Stream(this, request, nextStreamId > 1);
        stream.begin(nextStreamId);
        nextStreamId += 2;
        add(stream);
        request.connected(stream);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        lastReadMillis = worker().ticker().nowMillis();
        super.channelReadComplete(ctx);
    }

    @Override
    protected HeadLimits limits() {
        return LIMITS;
    }

    @Override
    protected boolean isIdle(int streamId) {
        return (streamId & 1) == 0 || streamId >= nextStreamId;
    }

    @Override
    protected int lastPeerStream() {
        return 0;
    }

    @Override
    protected void open(int streamId, byte[] block, int from, int end, boolean endStream, int dependsOn) {
        if (isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a response that nobody asked for");
        }
        HeadReader.skip(hpackIn(), block, from, end); // of a stream that was given up
    }

    FieldSection readTrailers(int streamId, byte[] block, int from, int end, boolean endStream) {
        return trailers(streamId, block, from, end, endStream);
    }

    @Override
    protected void streamRemoved(UpstreamHttp2Stream stream) {
        if (streamCount() == 0) {
            idleSinceMillis = worker().ticker().nowMillis();
            if (leaving && !isClosing()) {
                closeAfterFlush();
                return;
            }
        }
        serveWaiting();
    }

    private void serveWaiting() {
        if (!leaving && !isClosing()) {
            pool.serveWaiting(this);
        }
    }

    @Override
    protected void peerSetting(int id, long value) {
        if (id == Setting.MAX_CONCURRENT_STREAMS) {
            maxStreams = (int) Math.min(value, MAX_STREAMS);
            serveWaiting(); // it may be more than before
        }
    }

    /** RFC 9113, 6.8: streams beyond the last were not looked at, and may be sent again elsewhere. */
    @Override
    protected void goAway(int lastStreamId) {
        leave();
        for (UpstreamHttp2Stream stream : allStreams()) {
            if (stream.id() > lastStreamId) {
                stream.refused();
            }
        }
        if (streamCount() == 0 && !isClosing()) {
            closeAfterFlush();
        }
    }

    private void leave() {
        if (!leaving) {
            leaving = true;
            pool.leaving(this);
        }
    }

    void closeIfIdle() {
        if (streamCount() == 0) {
            leave();
            closeNow();
        }
    }

    private void closeNow() {
        context().channel().close();
    }

    @Override
    protected void pinged(long payload) {
        pingedMillis = Long.MAX_VALUE;
    }

    @Override
    public void tick(long nowMillis) {
        if (isClosing()) {
            closeNow();
        } else if (streamCount() == 0) {
            if (nowMillis - idleSinceMillis >= settings.upstreamIdleTimeoutMs()) {
                leave();
                sendGoAway(0, ErrorCode.NO_ERROR);
                closeAfterFlush();
            }
        } else if (nowMillis - pingedMillis >= SILENCE_MILLIS) {
            closeNow(); // nobody is there any more
        } else if (pingedMillis == Long.MAX_VALUE && nowMillis - lastReadMillis >= SILENCE_MILLIS) {
            pingedMillis = nowMillis;
            sendPing(ALIVE_PING);
        } else if (lastReadMillis > pingedMillis) {
            pingedMillis = Long.MAX_VALUE;
        }
    }

    /** In TLS 1.3 a backend that wants another client certificate says so only after the handshake. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        closedFor = TlsFailures.reason(cause).orElse(closedFor);
        super.exceptionCaught(ctx, cause);
    }

    @Override
    protected void gone() {
        leave();
    }
}
