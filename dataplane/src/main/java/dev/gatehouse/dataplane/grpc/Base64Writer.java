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
        byte[] octets = new byte[length];
        in.getBytes(from, octets);
        byte[] characters = new byte[most(length)];
        int at = 0;
        for (byte octet : octets) {
            bits = bits << 8 | (octet & 0xff);
            if (++count == 3) {
                at = characters(4, characters, at);
            }
        }
        out.writeBytes(characters, 0, at);
    }

    /** Writes what waits, with padding, so that its reader need not wait for more. */
    public void pad(ByteBuf out) {
        if (count > 0) {
            int octets = count;
            bits <<= 8 * (3 - octets);
            byte[] group = {'=', '=', '=', '='};
            characters(octets + 1, group, 0);
            out.writeBytes(group);
        }
    }

    private int characters(int characters, byte[] out, int at) {
        for (int i = 0; i < characters; i++) {
            out[at + i] = ALPHABET[bits >>> (18 - 6 * i) & 63];
        }
        bits = 0;
        count = 0;
        return at + characters;
    }
}
