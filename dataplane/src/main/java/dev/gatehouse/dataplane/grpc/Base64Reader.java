package dev.gatehouse.dataplane.grpc;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Reads base64 (RFC 4648, 4) that comes in any parts, and that may be several texts one after another, each padded by itself, as
 * gRPC-Web has it. One body; one thread.
 */
public final class Base64Reader {
    private static final byte INVALID = -1;
    private static final byte PADDING = -2;
    private static final byte[] VALUES = new byte[256];

    static {
        Arrays.fill(VALUES, INVALID);
        for (int i = 0; i < Base64Writer.ALPHABET.length; i++) {
            VALUES[Base64Writer.ALPHABET[i]] = (byte) i;
        }
        VALUES['='] = PADDING;
    }

    private int bits;
    /** Characters of the group of four that has begun. */
    private int count;

    private int padding;
    private boolean broken;

    /** How many octets a part of this length has at most. */
    public static int most(int characters) {
        return (characters + 3) / 4 * 3;
    }

    /**
     * Reads a part and writes what it stands for.
     *
     * @return false if it is not base64; then nothing more can be read
     */
    public boolean read(ByteBuf in, int from, int length, ByteBuf out) {
        byte[] characters = new byte[length];
        in.getBytes(from, characters);
        byte[] octets = new byte[most(length)];
        int at = 0;
        for (int i = 0; i < length && !broken; i++) {
            add(VALUES[characters[i] & 0xff]);
            if (count == 4 && !broken) {
                at = group(octets, at);
            }
        }
        out.writeBytes(octets, 0, at);
        return !broken;
    }

    private void add(byte value) {
        if (value == PADDING) {
            padding++;
            broken = count < 2;
        } else {
            broken = value == INVALID || padding > 0;
        }
        bits = bits << 6 | Math.max(value, 0);
        count++;
    }

    private int group(byte[] out, int at) {
        // Bits that stand for nothing are zero (RFC 4648, 3.5): there is one way to write an octet.
        int unused = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff;
        broken = (bits & unused) != 0;
        if (broken) {
            return at;
        }
        int length = 3 - padding;
        for (int i = 0; i < length; i++) {
            out[at + i] = (byte) (bits >>> (16 - 8 * i));
        }
        bits = 0;
        count = 0;
        padding = 0;
        return at + length;
    }

    /** Whether the text may end here. */
    public boolean isWhole() {
        return count == 0 && !broken;
    }
}
