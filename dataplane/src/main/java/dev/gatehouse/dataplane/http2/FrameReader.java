package dev.gatehouse.dataplane.http2;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Cuts the bytes of a connection into frames (RFC 9113, 4 and 6) and checks each by itself. DATA is passed on as it arrives;
 * everything else is gathered until it is whole, in bounded memory. One per connection; event loop only.
 */
public final class FrameReader {
    /** CONTINUATION frames beyond this in one block can only be meant to cost us. */
    private static final int MAX_CONTINUATIONS = 32;

    private final FrameListener listener;
    private final int maxBlockBytes;
    private final boolean server;

    private final byte[] header = new byte[FrameType.HEADER_BYTES];
    private int headerLength;
    private byte[] payload = new byte[0];
    private int payloadLength;

    private int length;
    private int type;
    private int flags;
    private int streamId;

    private int dataLeft = -1;
    private int paddingLeft;
    private boolean paddingUnknown;

    private byte[] block = new byte[0];
    private int blockLength;
    private int blockStream;
    private boolean blockEndsStream;
    private int blockDependsOn;
    private int continuations;

    /**
     * @param server whether the peer is a client
     * @param maxBlockBytes of a compressed header block; more ends the connection
     */
    public FrameReader(boolean server, int maxBlockBytes, FrameListener listener) {
        this.server = server;
        this.maxBlockBytes = maxBlockBytes;
        this.listener = listener;
    }

    /**
     * Reads all of the buffer, or until the listener pauses; what is not a whole frame yet is kept.
     *
     * @throws Http2Exception after which only a stream error allows to go on with the rest of the buffer
     */
    public void read(ByteBuf in) {
        while (in.isReadable() && !listener.isPaused()) {
            if (dataLeft >= 0) {
                data(in);
            } else if (headerLength < FrameType.HEADER_BYTES) {
                header(in);
            } else {
                payload(in);
            }
        }
    }

    private void header(ByteBuf in) {
        int part = Math.min(FrameType.HEADER_BYTES - headerLength, in.readableBytes());
        in.readBytes(header, headerLength, part);
        headerLength += part;
        if (headerLength < FrameType.HEADER_BYTES) {
            return;
        }
        length = (header[0] & 255) << 16 | (header[1] & 255) << 8 | (header[2] & 255);
        type = header[3] & 255;
        flags = header[4] & 255;
        streamId = int31(header, 5);
        payloadLength = 0;
        if (length > FrameType.MAX_PAYLOAD_BYTES) {
            throw Http2Exception.connection(
                    ErrorCode.FRAME_SIZE_ERROR, "a frame that is larger than the setting allows");
        }
        if (blockStream != 0 && (type != FrameType.CONTINUATION || streamId != blockStream)) {
            throw protocol("a header block is interrupted");
        }
        if (type == FrameType.DATA) {
            beginData();
        } else if (length == 0) {
            headerLength = 0;
            frame(header, 0);
        }
    }

    private void beginData() {
        headerLength = 0;
        needStream();
        boolean padded = (flags & FrameType.PADDED) != 0;
        if (padded && length == 0) {
            throw Http2Exception.connection(ErrorCode.FRAME_SIZE_ERROR, "a padded frame without a padding length");
        }
        dataLeft = length;
        paddingLeft = 0;
        paddingUnknown = padded;
        listener.dataBegin(streamId, length);
        if (length == 0) {
            endData();
        }
    }

    private void data(ByteBuf in) {
        if (paddingUnknown) {
            paddingUnknown = false;
            paddingLeft = in.readUnsignedByte();
            dataLeft -= 1 + paddingLeft;
            if (dataLeft < 0) {
                throw protocol("more padding than frame");
            }
        }
        if (dataLeft > 0 && in.isReadable()) {
            int part = Math.min(dataLeft, in.readableBytes());
            int from = in.readerIndex();
            in.skipBytes(part);
            dataLeft -= part;
            listener.data(streamId, in, from, part);
        }
        if (dataLeft == 0) {
            int part = Math.min(paddingLeft, in.readableBytes());
            in.skipBytes(part);
            paddingLeft -= part;
            if (paddingLeft == 0) {
                endData();
            }
        }
    }

    private void endData() {
        dataLeft = -1;
        listener.dataEnd(streamId, (flags & FrameType.END_STREAM) != 0);
    }

    private void payload(ByteBuf in) {
        int part = Math.min(length - payloadLength, in.readableBytes());
        if (payload.length < payloadLength + part) {
            payload = Arrays.copyOf(payload, payloadLength == 0 ? length : Math.max(length, payloadLength + part));
        }
        in.readBytes(payload, payloadLength, part);
        payloadLength += part;
        if (payloadLength == length) {
            headerLength = 0;
            frame(payload, length);
            if (payload.length > 1024) {
                payload = new byte[0];
            }
        }
    }

    private void frame(byte[] p, int end) {
        switch (type) {
            case FrameType.HEADERS -> headers(p, end);
            case FrameType.PRIORITY -> {
                needStream();
                if (end != 5) {
                    throw Http2Exception.stream(streamId, ErrorCode.FRAME_SIZE_ERROR, "a PRIORITY frame is 5 octets");
                }
                listener.priority(streamId, int31(p, 0));
            }
            case FrameType.RST_STREAM -> {
                needStream();
                needLength(end == 4);
                listener.resetStream(streamId, int32(p, 0));
            }
            case FrameType.SETTINGS -> settings(p, end);
            case FrameType.PUSH_PROMISE -> throw protocol(server ? "a client pushes" : "a push that was not allowed");
            case FrameType.PING -> {
                needConnection();
                needLength(end == 8);
                listener.ping((flags & FrameType.ACK) != 0, ((long) int32(p, 0) << 32) | (int32(p, 4) & 0xffffffffL));
            }
            case FrameType.GOAWAY -> {
                needConnection();
                needLength(end >= 8);
                listener.goAway(int31(p, 0), int32(p, 4));
            }
            case FrameType.WINDOW_UPDATE -> windowUpdate(p, end);
            case FrameType.CONTINUATION -> continuation(p, end);
            default -> {
                // RFC 9113, 5.5: unknown types are ignored.
            }
        }
    }

    private void headers(byte[] p, int end) {
        needStream();
        int from = 0;
        int padding = 0;
        if ((flags & FrameType.PADDED) != 0) {
            needLength(end >= 1);
            padding = p[from++] & 255;
        }
        int dependsOn = -1;
        if ((flags & FrameType.PRIORITIZED) != 0) {
            needLength(end - from >= 5);
            dependsOn = int31(p, from);
            from += 5;
        }
        if (padding > end - from) {
            throw protocol("more padding than frame");
        }
        int blockEnd = end - padding;
        boolean endStream = (flags & FrameType.END_STREAM) != 0;
        if ((flags & FrameType.END_HEADERS) != 0) {
            listener.headers(streamId, p, from, blockEnd, endStream, dependsOn);
            return;
        }
        blockStream = streamId;
        blockEndsStream = endStream;
        blockDependsOn = dependsOn;
        blockLength = 0;
        continuations = 0;
        append(p, from, blockEnd);
    }

    private void continuation(byte[] p, int end) {
        if (blockStream == 0) {
            throw protocol("a CONTINUATION without a header block");
        }
        if (++continuations > MAX_CONTINUATIONS) {
            throw Http2Exception.connection(ErrorCode.ENHANCE_YOUR_CALM, "too many CONTINUATION frames");
        }
        append(p, 0, end);
        if ((flags & FrameType.END_HEADERS) != 0) {
            int stream = blockStream;
            blockStream = 0;
            byte[] whole = block;
            block = new byte[0];
            listener.headers(stream, whole, 0, blockLength, blockEndsStream, blockDependsOn);
        }
    }

    private void append(byte[] p, int from, int end) {
        int part = end - from;
        if (blockLength + part > maxBlockBytes) {
            throw Http2Exception.connection(ErrorCode.ENHANCE_YOUR_CALM, "a header block that is too large");
        }
        if (block.length < blockLength + part) {
            block = Arrays.copyOf(block, Math.max(blockLength + part, block.length * 2));
        }
        System.arraycopy(p, from, block, blockLength, part);
        blockLength += part;
    }

    private void settings(byte[] p, int end) {
        needConnection();
        if ((flags & FrameType.ACK) != 0) {
            needLength(end == 0);
            listener.settingsAck();
            return;
        }
        needLength(end % 6 == 0);
        for (int i = 0; i < end; i += 6) {
            listener.setting((p[i] & 255) << 8 | (p[i + 1] & 255), int32(p, i + 2) & 0xffffffffL);
        }
        listener.settingsEnd();
    }

    private void windowUpdate(byte[] p, int end) {
        needLength(end == 4);
        int increment = int31(p, 0);
        if (increment == 0) {
            throw streamId == 0
                    ? protocol("a window update of nothing")
                    : Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "a window update of nothing");
        }
        listener.windowUpdate(streamId, increment);
    }

    private void needStream() {
        if (streamId == 0) {
            throw protocol("a frame of a stream names none");
        }
    }

    private void needConnection() {
        if (streamId != 0) {
            throw protocol("a frame of the connection names a stream");
        }
    }

    private static void needLength(boolean fits) {
        if (!fits) {
            throw Http2Exception.connection(ErrorCode.FRAME_SIZE_ERROR, "a frame of the wrong length");
        }
    }

    private static Http2Exception protocol(String message) {
        return Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, message);
    }

    private static int int32(byte[] b, int at) {
        return b[at] << 24 | (b[at + 1] & 255) << 16 | (b[at + 2] & 255) << 8 | (b[at + 3] & 255);
    }

    private static int int31(byte[] b, int at) {
        return int32(b, at) & 0x7fffffff;
    }
}
