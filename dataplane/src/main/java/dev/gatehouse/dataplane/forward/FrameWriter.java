package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.FrameType;
import io.netty.buffer.ByteBuf;

/** Writes the frames of one HTTP/2 connection (RFC 9113, 4.1 and 6). Knows nothing of windows or of streams' states. Event loop only. */
final class FrameWriter {
    private static final byte[] NOTHING = {};

    private final Outlet outlet;
    private final byte[] head = new byte[FrameType.HEADER_BYTES];

    FrameWriter(Outlet outlet) {
        this.outlet = outlet;
    }

    /** @param pairs of parameter and value */
    void settings(int... pairs) {
        byte[] payload = new byte[pairs.length * 3];
        for (int i = 0; i < pairs.length; i += 2) {
            int at = i * 3;
            payload[at] = (byte) (pairs[i] >>> 8);
            payload[at + 1] = (byte) pairs[i];
            int32(payload, at + 2, pairs[i + 1]);
        }
        frame(FrameType.SETTINGS, 0, 0, payload);
    }

    void settingsAck() {
        frame(FrameType.SETTINGS, FrameType.ACK, 0, NOTHING);
    }

    /** A header block, in as many frames as it needs. */
    void headers(int streamId, HeadBuffer block, boolean endStream) {
        int end = endStream ? FrameType.END_STREAM : 0;
        int length = block.length();
        int type = FrameType.HEADERS;
        int from = 0;
        do {
            int part = Math.min(FrameType.MAX_PAYLOAD_BYTES, length - from);
            int last = from + part == length ? FrameType.END_HEADERS : 0;
            head(type, last | (type == FrameType.HEADERS ? end : 0), streamId, part);
            outlet.bytes(block.bytes(), from, part);
            type = FrameType.CONTINUATION;
            from += part;
        } while (from < length);
    }

    /** A part of a body, of no more than a frame takes, in a buffer that stays the caller's. */
    void data(int streamId, ByteBuf in, int from, int length, boolean endStream) {
        head(FrameType.DATA, endStream ? FrameType.END_STREAM : 0, streamId, length);
        if (length > 0) {
            outlet.data(in, from, length);
        }
    }

    /** Nothing but the end of a stream. */
    void dataEnd(int streamId) {
        head(FrameType.DATA, FrameType.END_STREAM, streamId, 0);
    }

    void windowUpdate(int streamId, int increment) {
        byte[] payload = new byte[4];
        int32(payload, 0, increment);
        frame(FrameType.WINDOW_UPDATE, 0, streamId, payload);
    }

    void reset(int streamId, ErrorCode code) {
        byte[] payload = new byte[4];
        int32(payload, 0, code.number());
        frame(FrameType.RST_STREAM, 0, streamId, payload);
    }

    void ping(int flags, long value) {
        byte[] payload = new byte[8];
        int32(payload, 0, (int) (value >>> 32));
        int32(payload, 4, (int) value);
        frame(FrameType.PING, flags, 0, payload);
    }

    void goAway(int lastStreamId, ErrorCode code) {
        byte[] payload = new byte[8];
        int32(payload, 0, lastStreamId);
        int32(payload, 4, code.number());
        frame(FrameType.GOAWAY, 0, 0, payload);
    }

    private void frame(int type, int flags, int streamId, byte[] payload) {
        head(type, flags, streamId, payload.length);
        if (payload.length > 0) {
            outlet.bytes(payload, 0, payload.length);
        }
    }

    private void head(int type, int flags, int streamId, int length) {
        head[0] = (byte) (length >>> 16);
        head[1] = (byte) (length >>> 8);
        head[2] = (byte) length;
        head[3] = (byte) type;
        head[4] = (byte) flags;
        int32(head, 5, streamId);
        outlet.bytes(head, 0, FrameType.HEADER_BYTES);
    }

    private static void int32(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 24);
        b[at + 1] = (byte) (value >>> 16);
        b[at + 2] = (byte) (value >>> 8);
        b[at + 3] = (byte) value;
    }
}
