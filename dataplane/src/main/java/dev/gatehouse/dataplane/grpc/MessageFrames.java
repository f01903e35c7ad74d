package dev.gatehouse.dataplane.grpc;

import io.netty.buffer.ByteBuf;

/** Finds where messages end in a body that comes in any parts (gRPC over HTTP/2, "Length-Prefixed-Message"). One body; one thread. */
public final class MessageFrames {
    private static final int PREFIX = 5;

    /** Octets of a message's prefix that came. */
    private int prefix;

    /** Octets of the message that are still to come; the length may have all its 32 bits. */
    private long left;

    /** Goes through a part, as far as its first message. Returns where that ends: at the end of the part if it goes on behind it. */
    public int next(ByteBuf in, int from, int end) {
        int at = from;
        while (at < end) {
            if (prefix < PREFIX) {
                int octet = in.getByte(at++) & 0xff;
                left = prefix == 0 ? 0 : left << 8 | octet;
                prefix++;
            } else {
                int taken = (int) Math.min(left, end - at);
                left -= taken;
                at += taken;
            }
            if (prefix == PREFIX && left == 0) {
                prefix = 0;
                return at;
            }
        }
        return end;
    }

    /** Whether every message that has begun has come to its end. */
    public boolean isBetween() {
        return prefix == 0;
    }
}
