package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http2.ClosedStreams;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.FloodGuard;
import dev.gatehouse.dataplane.http2.FlowWindows;
import dev.gatehouse.dataplane.http2.FrameListener;
import dev.gatehouse.dataplane.http2.FrameType;
import dev.gatehouse.dataplane.http2.HeadReader;
import dev.gatehouse.dataplane.http2.Http2Exception;
import dev.gatehouse.dataplane.http2.Setting;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What the frames of a peer do to a connection and its streams (RFC 9113, 5.1 and 6), and which of them must not come. Event loop
 * only.
 *
 * @param <S> the streams
 */
final class PeerFrames<S extends Http2Stream> implements FrameListener {
    private final Http2Connection<S> connection;
    private final StreamTable<S> streams;
    private final FlowWindows windows;
    private final FloodGuard guard;
    private final FrameWriter frames;
    private boolean settled;
    private boolean windowSet;
    /** Whose the frame of data is that is being read, and how much of it is still to come. */
    private @Nullable S dataStream;

    private int dataFrameLeft;

    /** @param windows of the connection as a whole */
    PeerFrames(
            Http2Connection<S> connection,
            StreamTable<S> streams,
            FlowWindows windows,
            FloodGuard guard,
            FrameWriter frames) {
        this.connection = connection;
        this.streams = streams;
        this.windows = windows;
        this.guard = guard;
        this.frames = frames;
    }

    /** Until the first SETTINGS frame has come, nothing else may (RFC 9113, 3.4). */
    private void needSettings() {
        if (!settled) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "the first frame must be SETTINGS");
        }
    }

    @Override
    public boolean isPaused() {
        return guard.isTurnOver();
    }

    @Override
    public void dataBegin(int streamId, int flowControlled) {
        needSettings();
        if (!windows.received(flowControlled)) {
            throw Http2Exception.connection(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows");
        }
        dataFrameLeft = flowControlled;
        dataStream = null;
        if (flowControlled == 0) {
            connection.spend();
        }
        S stream = streams.get(streamId);
        if (stream == null) {
            connection.creditConnection(flowControlled);
            dataFrameLeft = 0;
            unknown(streamId);
            return;
        }
        if (stream.remoteClosed()) {
            connection.creditConnection(flowControlled);
            dataFrameLeft = 0;
            throw Http2Exception.stream(streamId, ErrorCode.STREAM_CLOSED, "data behind the end of the stream");
        }
        dataStream = stream;
        stream.received(flowControlled);
    }

    /** A frame for a stream that is not there: it was closed, or it never was. */
    private void unknown(int streamId) {
        if (connection.isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a frame for an idle stream");
        }
        if (streams.end(streamId) != ClosedStreams.End.BY_US) {
            throw Http2Exception.stream(streamId, ErrorCode.STREAM_CLOSED, "data for a closed stream");
        }
        connection.spend();
    }

    @Override
    public void data(int streamId, ByteBuf in, int from, int length) {
        S stream = dataStream;
        if (stream != null) {
            dataFrameLeft -= length;
            if (stream.isClosed()) {
                connection.creditConnection(length);
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
            connection.open(streamId, block, from, end, endStream, dependsOn);
        } else if (stream.remoteClosed()) {
            HeadReader.skip(connection.hpackIn(), block, from, end);
            throw Http2Exception.stream(streamId, ErrorCode.STREAM_CLOSED, "a head behind the end of the stream");
        } else {
            stream.onHeaders(block, from, end, endStream);
        }
    }

    @Override
    public void priority(int streamId, int dependsOn) {
        needSettings();
        connection.spend();
        if (dependsOn == streamId) {
            throw Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        }
    }

    @Override
    public void resetStream(int streamId, int code) {
        needSettings();
        connection.spend();
        S stream = streams.get(streamId);
        if (stream != null) {
            connection.remove(stream, ClosedStreams.End.BY_PEER);
            stream.resetByPeer(ErrorCode.of(code));
        } else if (connection.isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a reset of an idle stream");
        }
    }

    @Override
    public void setting(int id, long value) {
        Setting.check(id, value);
        if (id != Setting.INITIAL_WINDOW_SIZE) {
            connection.peerSetting(id, value);
            return;
        }
        if (windowSet) {
            connection.spend(); // each goes through all streams, and the last one would have been enough
        }
        windowSet = true;
        streams.initialWindow((int) value);
    }

    @Override
    public void settingsEnd() {
        settled = true;
        windowSet = false;
        connection.spend();
        frames.settingsAck();
        streams.resume();
    }

    @Override
    public void settingsAck() {
        needSettings();
        connection.spend();
    }

    @Override
    public void ping(boolean ack, long payload) {
        needSettings();
        connection.spend();
        if (ack) {
            connection.pinged(payload);
        } else {
            frames.ping(FrameType.ACK, payload);
        }
    }

    @Override
    public void windowUpdate(int streamId, int increment) {
        needSettings();
        guard.windowUpdated(connection.worker().ticker().nowMillis());
        if (streamId == 0) {
            if (!windows.widen(increment)) {
                throw Http2Exception.connection(ErrorCode.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
            }
            streams.resume();
            return;
        }
        S stream = streams.get(streamId);
        if (stream != null) {
            if (!stream.widen(increment)) {
                throw Http2Exception.stream(streamId, ErrorCode.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
            }
            stream.resume();
        } else if (connection.isIdle(streamId)) {
            throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "a window of an idle stream");
        } else {
            connection.spend();
        }
    }

    @Override
    public void goAway(int lastStreamId, int code) {
        connection.spend();
        connection.goAway(lastStreamId);
    }
}
