package dev.gatehouse.dataplane.balance;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a cookie says of a session, in 28 characters of base64url (RFC 4648): 22 name the upstream and one of its endpoints, the
 * other 6 are chance, and tell the sessions of an endpoint apart when they have to find other ones. Pure.
 */
public final class SessionToken {

    private static final int NAME = 22;
    private static final int LENGTH = 28;
    private static final byte[] ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SIX_BITS = new byte[128];

    static {
        Arrays.fill(SIX_BITS, (byte) -1);
        for (int i = 0; i < ALPHABET.length; i++) {
            SIX_BITS[ALPHABET[i]] = (byte) i;
        }
    }

    private SessionToken() {}

    /** Tells the caller which session it belongs to, if the text is a token at all. Allocates nothing. */
    public static void read(byte[] text, int from, int length, SessionKeys keys, Caller caller) {
        if (length != LENGTH) {
            return;
        }
        long high = 0;
        long low = 0;
        long chance = 0;
        for (int i = 0; i < LENGTH; i++) {
            byte c = text[from + i];
            byte bits = c < 0 ? -1 : SIX_BITS[c];
            if (bits < 0) {
                return;
            }
            if (i >= NAME) {
                chance = chance << 6 | bits;
            } else if (i < NAME - 1) {
                high = high << 6 | low >>> 58;
                low = low << 6 | bits;
            } else { // 126 bits are there, and two are to come
                high = high << 2 | low >>> 62;
                low = (low << 2) | (bits & 3);
            }
        }
        caller.session(keys, high, low, chance);
    }

    /** What {@link #read} reads; and, all of chance, what is like no other. */
    public static byte[] text(long high, long low, long chance) {
        byte[] text = new byte[LENGTH];
        long upper = high;
        long lower = low;
        text[NAME - 1] = ALPHABET[(int) (lower & 3)];
        lower = lower >>> 2 | upper << 62;
        upper >>>= 2;
        for (int i = NAME - 2; i >= 0; i--) {
            text[i] = ALPHABET[(int) (lower & 63)];
            lower = lower >>> 6 | upper << 58;
            upper >>>= 6;
        }
        for (int i = LENGTH - 1; i >= NAME; i--) {
            text[i] = ALPHABET[(int) (chance >>> (6 * (LENGTH - 1 - i))) & 63];
        }
        return text;
    }
}
