package dev.gatehouse.dataplane.match;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Parameters of a query, read in place as backends read them (application/x-www-form-urlencoded: WHATWG URL, 5.1): parted by
 * {@code &}, {@code +} is a space, {@code %} and two digits are an octet, and any other {@code %} is itself. Pure.
 */
final class QueryParams {

    private QueryParams() {}

    /**
     * The first value of a parameter as it was sent, packed as {@code offset << 32 | length}; -1 if there is none.
     *
     * @param start of the query: its question mark
     * @param names have the parameter's, decoded, at {@code name}
     */
    static long find(byte[] bytes, int start, int length, byte[] names, int name, int nameLength) {
        int end = start + length;
        int from = start + 1;
        while (from < end) {
            int nameEnd = -1;
            int to = from;
            while (to < end && bytes[to] != '&') {
                if (bytes[to] == '=' && nameEnd < 0) {
                    nameEnd = to;
                }
                to++;
            }
            int value = nameEnd < 0 ? to : nameEnd + 1;
            if (is(bytes, from, (nameEnd < 0 ? to : nameEnd) - from, names, name, nameLength)) {
                return (long) value << 32 | (to - value);
            }
            from = to + 1;
        }
        return -1;
    }

    /** Whether an encoded text means the decoded one that stands in {@code decoded} at {@code from}. */
    static boolean is(byte[] bytes, int start, int length, byte[] decoded, int from, int decodedLength) {
        int end = start + length;
        int at = from;
        int decodedEnd = from + decodedLength;
        for (int i = start; i < end; i += width(bytes, i, end)) {
            if (at == decodedEnd || decoded[at++] != octet(bytes, i, end)) {
                return false;
            }
        }
        return at == decodedEnd;
    }

    /** What an encoded text means. */
    static String decode(byte[] bytes, int start, int length) {
        int end = start + length;
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(length);
        for (int i = start; i < end; i += width(bytes, i, end)) {
            decoded.write(octet(bytes, i, end));
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }

    private static int width(byte[] bytes, int i, int end) {
        return isEncoded(bytes, i, end) ? 3 : 1;
    }

    private static byte octet(byte[] bytes, int i, int end) {
        if (isEncoded(bytes, i, end)) {
            return (byte) (Character.digit(bytes[i + 1], 16) << 4 | Character.digit(bytes[i + 2], 16));
        }
        return bytes[i] == '+' ? (byte) ' ' : bytes[i];
    }

    private static boolean isEncoded(byte[] bytes, int i, int end) {
        return bytes[i] == '%' && i + 2 < end && isHex(bytes[i + 1]) && isHex(bytes[i + 2]);
    }

    private static boolean isHex(byte b) {
        return b > 0 && Character.digit(b, 16) >= 0;
    }
}
