package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http1.Field;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Octets;

/**
 * Turns the fields of a header block into the octets of an HTTP/1.1 head, which the same parser then judges by the same rules.
 * What only HTTP/2 knows is judged here (RFC 9113, 8.2 and 8.3): nothing that could end a line or a head gets into the octets.
 * Shared by all connections of a loop: one block at a time.
 */
abstract class HeadAssembler implements HpackDecoder.Fields {
    private static final byte[] COLON = {':', ' '};
    private static final byte[] TRAILERS = Octets.ascii("trailers");
    private static final byte[] PROXY_CONNECTION = Octets.ascii("proxy-connection");

    private final HeadBuffer out = new HeadBuffer();
    private final HeadBuffer pseudo = new HeadBuffer();
    private HeadLimits limits = new HeadLimits(0, 0, 0);
    private int fields;
    private int octets;
    private boolean regular;
    private boolean malformed;
    private boolean tooLarge;

    /** Forgets everything; the next fields are those of another block. */
    void reset(HeadLimits newLimits) {
        limits = newLimits;
        out.clear();
        pseudo.clear();
        fields = 0;
        octets = 0;
        regular = false;
        malformed = false;
        tooLarge = false;
    }

    @Override
    public final void field(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        if (malformed || tooLarge) {
            return;
        }
        octets += nameLength + valueLength + 4;
        if (++fields > limits.maxFields() || octets > limits.maxBytes()) {
            tooLarge = true;
            return;
        }
        int valueEnd = valueFrom + valueLength;
        if (nameLength == 0 || !isValue(value, valueFrom, valueEnd)) {
            malformed = true;
        } else if (name[nameFrom] == ':') {
            if (regular
                    || !isName(name, nameFrom + 1, nameLength - 1)
                    || !pseudo(name, nameFrom, nameLength, value, valueFrom, valueLength)) {
                malformed = true;
            }
        } else if (!isName(name, nameFrom, nameLength)) {
            malformed = true;
        } else {
            if (!regular) {
                regular = true;
                begin();
            }
            regular(name, nameFrom, nameLength, value, valueFrom, valueLength);
        }
    }

    /** A pseudo-header field; false if it is not allowed, or not again. */
    abstract boolean pseudo(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength);

    /** All pseudo-header fields are known: writes what stands before the first field line. */
    abstract void begin();

    private void regular(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        switch (Field.of(name, nameFrom, nameLength)) {
            case Field.CONNECTION, Field.KEEP_ALIVE, Field.TRANSFER_ENCODING, Field.UPGRADE -> malformed = true;
            case Field.TE -> {
                if (Octets.equalsIgnoreCase(value, valueFrom, valueLength, TRAILERS)) {
                    line(name, nameFrom, nameLength, value, valueFrom, valueLength);
                } else {
                    malformed = true;
                }
            }
            case Field.PROXY -> {
                if (Octets.equalsIgnoreCase(name, nameFrom, nameLength, PROXY_CONNECTION)) {
                    malformed = true;
                } else {
                    line(name, nameFrom, nameLength, value, valueFrom, valueLength);
                }
            }
            case Field.HTTP2_SETTINGS -> {
                // Says nothing in HTTP/2.
            }
            case Field.HOST -> host(name, nameFrom, nameLength, value, valueFrom, valueLength);
            default -> other(name, nameFrom, nameLength, value, valueFrom, valueLength);
        }
    }

    /** A Host field. */
    void host(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        line(name, nameFrom, nameLength, value, valueFrom, valueLength);
    }

    /** A field that HTTP/2 has no rule for. */
    void other(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        line(name, nameFrom, nameLength, value, valueFrom, valueLength);
    }

    final void line(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        out.append(name, nameFrom, nameLength)
                .append(COLON)
                .append(value, valueFrom, valueLength)
                .crlf();
    }

    /** RFC 9113, 8.2.1: a token without upper-case letters. */
    private static boolean isName(byte[] name, int from, int length) {
        for (int i = from; i < from + length; i++) {
            byte c = name[i];
            if (!Octets.isToken(c) || (c >= 'A' && c <= 'Z')) {
                return false;
            }
        }
        return true;
    }

    /** RFC 9113, 8.2.1, and no control characters at all, as in HTTP/1.1. */
    private static boolean isValue(byte[] value, int from, int end) {
        if (from == end) {
            return true;
        }
        return Octets.valueEnd(value, from, end) == end && !isBlank(value[from]) && !isBlank(value[end - 1]);
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || c == '\t';
    }

    /** Ends the head with an empty line. */
    final void finish() {
        if (!regular && !malformed) {
            begin();
        }
        end();
        out.crlf();
    }

    /** Writes what stands behind the last field line. */
    void end() {}

    final void refuse() {
        malformed = true;
    }

    /** Keeps octets of a pseudo-header field. Returns where they begin. */
    final int keep(byte[] value, int from, int length) {
        int at = pseudo.length();
        pseudo.append(value, from, length);
        return at;
    }

    final byte[] kept() {
        return pseudo.bytes();
    }

    final HeadBuffer out() {
        return out;
    }

    /** Whether the message must be treated as malformed (RFC 9113, 8.1.1). */
    public final boolean malformed() {
        return malformed;
    }

    /** Whether there are more fields or octets than allowed. */
    public final boolean tooLarge() {
        return tooLarge;
    }

    /** The octets of the head, valid until the next block. */
    public final byte[] bytes() {
        return out.bytes();
    }

    public final int length() {
        return out.length();
    }
}
