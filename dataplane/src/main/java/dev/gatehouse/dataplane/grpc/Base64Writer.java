package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.Octets;
import io.netty.buffer.ByteBuf;

/** Writes base64 (RFC 4648, 4) of octets that come in any parts. One body; one thread. */
public final class Base64Writer {
    static final byte[] ALPHABET = Octets.ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private int bits;
    /** Octets of the group of three that has begun. */
    private int count;

    /** How many characters a part of this length has at most. */
    public static int most(int octets) {
        return (octets + 4) / 3 * 4;
    }

    /** Writes a part; up to two octets wait for the next one, or for the padding. */
    public void write(ByteBuf in, int from, int length, ByteBuf out) {
        for (int i = from; i < from + length; i++) {
            bits = bits << 8 | (in.getByte(i) & 0xff);
            if (++count == 3) {
                characters(4, out);
            }
        }
    }

    /** Writes what waits, with padding, so that its reader need not wait for more. */
    public void pad(ByteBuf out) {
        if (count > 0) {
            int octets = count;
            bits <<= 8 * (3 - octets);
            characters(octets + 1, out);
            for (int i = octets; i < 3; i++) {
                out.writeByte('=');
            }
        }
    }

    private void characters(int characters, ByteBuf out) {
        for (int i = 0; i < characters; i++) {
            out.writeByte(ALPHABET[bits >>> (18 - 6 * i) & 63]);
        }
        bits = 0;
        count = 0;
    }
}
