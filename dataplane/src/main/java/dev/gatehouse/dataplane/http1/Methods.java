package dev.gatehouse.dataplane.http1;

import java.nio.charset.StandardCharsets;

/** Request methods (RFC 9110, 9). Pure; no allocation for the known ones. */
public final class Methods {
    private static final String[] KNOWN = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"
    };
    private static final byte[][] BYTES = new byte[KNOWN.length][];

    static {
        for (int i = 0; i < KNOWN.length; i++) {
            BYTES[i] = Octets.ascii(KNOWN[i]);
        }
    }

    private Methods() {}

    /** The method as a string; the known ones are shared constants. */
    static String of(byte[] b, int from, int length) {
        for (int i = 0; i < BYTES.length; i++) {
            byte[] known = BYTES[i];
            if (known.length == length && known[0] == b[from] && same(b, from, known)) {
                return KNOWN[i];
            }
        }
        return new String(b, from, length, StandardCharsets.US_ASCII);
    }

    private static boolean same(byte[] b, int from, byte[] known) {
        for (int i = 1; i < known.length; i++) {
            if (b[from + i] != known[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether a request may be sent again although the first attempt may have had its effect (RFC 9110, 9.2.2). */
    public static boolean isIdempotent(String method) {
        return switch (method) {
            case "GET", "HEAD", "PUT", "DELETE", "OPTIONS" -> true;
            default -> false;
        };
    }
}
