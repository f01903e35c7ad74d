package dev.gatehouse.dataplane.http1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Classes of octets from the ABNF of RFC 9110 and RFC 3986, and comparisons on raw bytes. Pure; any thread. */
public final class Octets {
    /** Set for characters of a token (RFC 9110, 5.6.2). */
    static final byte TOKEN = 1;
    /** Set for the underscore, which CGI-like backends cannot tell from a hyphen. */
    static final byte UNDERSCORE = 2;

    /** Set for characters a path may have (RFC 3986, 3.3, and the few more that browsers leave unencoded). */
    static final byte PATH = 1;
    /** Set for the percent sign. */
    static final byte PERCENT = 2;
    /** Set for the dot. */
    static final byte DOT = 4;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;

    private static final byte[] TOKEN_CLASS = new byte[256];
    private static final byte[] PATH_CLASS = new byte[256];
    private static final byte[] HEX = new byte[256];

    static {
        for (int c = 0; c < 256; c++) {
            boolean alphanumeric = isAlpha(c) || isDigit(c);
            TOKEN_CLASS[c] = alphanumeric || "!#$%&'*+-.^`|~".indexOf(c) >= 0 ? TOKEN : 0;
            PATH_CLASS[c] = c > 0x20 && c < 0x7f && "#?\\<>\"".indexOf(c) < 0 ? PATH : 0;
            HEX[c] = (byte) Character.digit(c, 16);
        }
        for (int c = 0x80; c < 256; c++) {
            HEX[c] = -1;
        }
        TOKEN_CLASS['_'] = TOKEN | UNDERSCORE;
        PATH_CLASS['%'] = PATH | PERCENT;
        PATH_CLASS['.'] = PATH | DOT;
    }

    private Octets() {}

    static byte tokenClass(byte b) {
        return TOKEN_CLASS[b & 0xff];
    }

    static byte pathClass(byte b) {
        return PATH_CLASS[b & 0xff];
    }

    public static boolean isToken(byte b) {
        return TOKEN_CLASS[b & 0xff] != 0;
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hex(byte b) {
        return HEX[b & 0xff];
    }

    static boolean isAlpha(int c) {
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'z';
    }

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /** Characters that mean the same with and without percent-encoding (RFC 3986, 2.3). */
    static boolean isUnreserved(int c) {
        return isAlpha(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
    }

    /** The index of the first octet in [from, limit) that may not stand in a field value, or limit (RFC 9110, 5.5). */
    public static int valueEnd(byte[] b, int from, int limit) {
        int i = from;
        while (true) {
            while (i + 8 <= limit) {
                long v = (long) LONGS.get(b, i);
                long control = (v - 0x20 * ONES) & ~v & HIGHS;
                long del = v ^ (0x7f * ONES);
                long found = control | ((del - ONES) & ~del & HIGHS);
                if (found != 0) {
                    // The borrow of the subtraction can mark a later octet wrongly, never an earlier one.
                    i += Long.numberOfTrailingZeros(found) >>> 3;
                    break;
                }
                i += 8;
            }
            while (i < limit) {
                byte c = b[i];
                if ((c >= 0 && c < 0x20 && c != '\t') || c == 0x7f) {
                    return i;
                }
                i++;
                if (c == '\t') {
                    break;
                }
            }
            if (i >= limit) {
                return limit;
            }
        }
    }

    /** Whether the octets equal the lower-case ASCII name without regard to case. */
    public static boolean equalsIgnoreCase(byte[] b, int from, int length, byte[] lower) {
        return length == lower.length && isLowerCaseOf(lower, 0, b, from, length);
    }

    /** Whether the bytes at {@code from} are, in lower case, those of {@code lower} at {@code at}. */
    static boolean isLowerCaseOf(byte[] lower, int at, byte[] b, int from, int length) {
        for (int i = 0; i < length; i++) {
            int c = b[from + i];
            if (c != lower[at + i] && !(c >= 'A' && c <= 'Z' && (c | 0x20) == lower[at + i])) {
                return false;
            }
        }
        return true;
    }

    /** ASCII bytes of a constant. */
    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Writes a non-negative number in decimal at the offset and returns the offset behind it. */
    public static int decimal(long value, byte[] out, int at) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            out[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + digits;
    }
}
