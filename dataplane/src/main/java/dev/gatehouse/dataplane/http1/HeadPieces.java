package dev.gatehouse.dataplane.http1;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** The pieces of a head that did not come in one, put together. Holds nothing between heads. One thread. */
public final class HeadPieces {
    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private int length;

    /** Whether no head is waiting for its next piece. */
    public boolean isEmpty() {
        return length == 0;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Begins with a piece, which is copied. */
    public void begin(byte[] piece, int count) {
        bytes = Arrays.copyOf(piece, count);
        length = count;
    }

    /** Takes the next piece, as much of it as there may be of a head. */
    public void add(ByteBuf in, int maxBytes) {
        int count = Math.clamp(maxBytes - length, 0, in.readableBytes());
        if (bytes.length < length + count) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
        in.readBytes(bytes, length, count);
        length += count;
    }

    /** The head is complete, or nothing that can be read. */
    public void clear() {
        bytes = NOTHING;
        length = 0;
    }
}
