package dev.gatehouse.dataplane.match;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Hashes and compares bytes eight at a time, where they stand. The hash folds the 128 bits of a product with a number that every
 * process draws anew (Wang Yi's wyhash is the model): nobody who may choose names can choose ones that collide. It can grow along
 * the bytes, word by word, so that the hashes of all prefixes of a path cost one pass. Pure.
 */
final class Words {

    /** The state before any word. */
    static final long START = new SecureRandom().nextLong();

    /** Bytes in a word. */
    static final int SIZE = Long.BYTES;

    private static final long FACTOR = new SecureRandom().nextLong() | (1L << 63) | 1;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Words() {}

    static long hash(byte[] bytes, int start, int length) {
        long state = START;
        int done = 0;
        for (; done <= length - SIZE; done += SIZE) {
            state = extend(state, bytes, start + done);
        }
        return finish(state, bytes, start, done, length);
    }

    /** The state after the whole word that begins at {@code from}. */
    static long extend(long state, byte[] bytes, int from) {
        return mix(state ^ (long) LONGS.get(bytes, from));
    }

    /**
     * The hash of the bytes from {@code start} on.
     *
     * @param state after their whole words
     * @param done bytes in those
     */
    static long finish(long state, byte[] bytes, int start, int done, int length) {
        return mix(state ^ rest(bytes, start + done, length - done) ^ ((long) length << 56));
    }

    static boolean equal(byte[] one, int oneStart, byte[] other, int otherStart, int length) {
        int done = 0;
        for (; done <= length - SIZE; done += SIZE) {
            if ((long) LONGS.get(one, oneStart + done) != (long) LONGS.get(other, otherStart + done)) {
                return false;
            }
        }
        return rest(one, oneStart + done, length - done) == rest(other, otherStart + done, length - done);
    }

    private static long mix(long word) {
        return (word * FACTOR) ^ Math.unsignedMultiplyHigh(word, FACTOR);
    }

    /** Fewer bytes than a word has, as the low ones of one. Whatever stands behind them in the array is read, but does not count. */
    private static long rest(byte[] bytes, int from, int count) {
        if (from <= bytes.length - SIZE) {
            return (long) LONGS.get(bytes, from) & ((1L << (count * 8)) - 1);
        }
        long rest = 0;
        for (int i = count - 1; i >= 0; i--) {
            rest = (rest << 8) | (bytes[from + i] & 0xff);
        }
        return rest;
    }
}
