package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/**
 * Finds a ClientHello in the records that a connection begins with (RFC 8446, 5.1), however it is cut into records and however
 * those arrive. What was looked at once is not looked at again. Event loop only.
 */
final class HelloRecords {
    /** Records and all. Those of clients have one to three kilobytes, keys against quantum computers included. */
    static final int MAX_BYTES = 64 * 1024;

    /** How far it is. */
    enum Progress {
        MORE,
        WHOLE,
        /** Something else than a hello: garbage, an alert, a protocol other than TLS. */
        OTHER,
        TOO_LONG
    }

    private static final int HANDSHAKE = 22;
    private static final int MAJOR_VERSION = 3;
    private static final int RECORD_HEAD = 5;
    private static final int MAX_FRAGMENT = 1 << 14;
    private static final int CLIENT_HELLO = 1;
    private static final int MESSAGE_HEAD = 4;

    private final ByteBufAllocator allocator;
    private ByteBuf gathered = Unpooled.EMPTY_BUFFER;
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private int next;

    HelloRecords(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** @param received everything since the connection began, from its reader index on, which stays where it is */
    Progress advance(ByteBuf received) {
        while (true) {
            int at = received.readerIndex() + next;
            int here = received.writerIndex() - at;
            boolean other = (here > 0 && received.getByte(at) != HANDSHAKE)
                    || (here > 1 && received.getByte(at + 1) != MAJOR_VERSION);
            if (other) {
                return Progress.OTHER;
            }
            int length = here < RECORD_HEAD ? 1 : received.getUnsignedShort(at + 3);
            if (length == 0 || length > MAX_FRAGMENT) {
                return Progress.OTHER;
            }
            if (here < RECORD_HEAD + length) {
                return next + here > MAX_BYTES ? Progress.TOO_LONG : Progress.MORE;
            }
            next += RECORD_HEAD + length;
            Progress progress = fragment(received, at + RECORD_HEAD, length);
            if (progress != Progress.MORE) {
                return progress;
            }
        }
    }

    private Progress fragment(ByteBuf received, int from, int length) {
        if (gathered.isReadable()) {
            gathered.writeBytes(received, from, length);
            return message(gathered, 0, gathered.readableBytes());
        }
        Progress progress = message(received, from, length); // nearly always the whole of it
        if (progress == Progress.MORE) {
            gathered = allocator.directBuffer(2 * length).writeBytes(received, from, length);
        }
        return progress;
    }

    private Progress message(ByteBuf in, int from, int length) {
        if (in.getByte(from) != CLIENT_HELLO) {
            return Progress.OTHER;
        }
        if (length < MESSAGE_HEAD) {
            return Progress.MORE;
        }
        int bodyLength = in.getUnsignedMedium(from + 1);
        if (bodyLength > MAX_BYTES) {
            return Progress.TOO_LONG;
        }
        if (length < MESSAGE_HEAD + bodyLength) {
            return Progress.MORE;
        }
        body = in.slice(from + MESSAGE_HEAD, bodyLength);
        return Progress.WHOLE;
    }

    /** The body of a whole hello; valid as long as what was received last, and until {@link #release}. */
    ByteBuf body() {
        return body;
    }

    void release() {
        gathered.release();
        gathered = Unpooled.EMPTY_BUFFER;
    }
}
