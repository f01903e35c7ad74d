package dev.gatehouse.testkit.flood;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A frame as it came; the frames of a header block are one, with its fields.
 *
 * @param payload each octet as the character of its number
 * @param fields as {@code name: value}
 */
public record Frame(int type, int flags, int streamId, String payload, List<String> fields) {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int END_STREAM = 1;
    public static final int ACK = 1;
    public static final int END_HEADERS = 4;
    public static final int PADDED = 8;
    public static final int PRIORITIZED = 0x20;

    public static final int NO_ERROR = 0;
    public static final int PROTOCOL_ERROR = 1;
    public static final int INTERNAL_ERROR = 2;
    public static final int FLOW_CONTROL_ERROR = 3;
    public static final int STREAM_CLOSED = 5;
    public static final int FRAME_SIZE_ERROR = 6;
    public static final int REFUSED_STREAM = 7;
    public static final int CANCEL = 8;
    public static final int COMPRESSION_ERROR = 9;
    public static final int ENHANCE_YOUR_CALM = 11;
    public static final int INADEQUATE_SECURITY = 12;

    public boolean is(int wanted, int stream) {
        return type == wanted && streamId == stream;
    }

    public boolean endsStream() {
        return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    public byte[] octets() {
        return payload.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The 31 bits at an offset of the payload. */
    public int number(int at) {
        return ByteBuffer.wrap(octets()).getInt(at) & 0x7fffffff;
    }

    @Override
    public String toString() {
        return "type " + type + " flags " + flags + " stream " + streamId + " of " + payload.length() + " " + fields
                + (type == GOAWAY ? " code " + number(4) + " last " + number(0) : "");
    }

    public static byte[] octets(int type, int flags, int streamId, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(streamId)
                .put(payload)
                .array();
    }

    public static byte[] int32(int... values) {
        ByteBuffer payload = ByteBuffer.allocate(values.length * 4);
        for (int value : values) {
            payload.putInt(value);
        }
        return payload.array();
    }

    /** Literals without a table and without Huffman coding (RFC 7541, 6.2.2): any octets can be said. */
    public static byte[] block(List<String> fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String field : fields) {
            int colon = field.indexOf(": ", 1);
            out.write(0);
            string(field.substring(0, colon), out);
            string(field.substring(colon + 2), out);
        }
        return out.toByteArray();
    }

    private static void string(String text, ByteArrayOutputStream out) {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        if (octets.length < 127) {
            out.write(octets.length);
        } else {
            out.write(127);
            int rest = octets.length - 127;
            for (; rest >= 128; rest >>>= 7) {
                out.write((rest & 127) | 128);
            }
            out.write(rest);
        }
        out.writeBytes(octets);
    }
}
