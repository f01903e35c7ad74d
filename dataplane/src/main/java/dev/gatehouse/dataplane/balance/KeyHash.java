package dev.gatehouse.dataplane.balance;

/**
 * Hashes that every data plane makes alike, so that all of them choose the same endpoint for the same key. Of their values
 * nothing but equality between nodes is relied upon; they are no secret. Pure.
 */
public final class KeyHash {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private KeyHash() {}

    /** Of a range of bytes (FNV-1a, mixed). */
    public static long of(byte[] bytes, int from, int length) {
        return of(FNV_OFFSET, bytes, from, length);
    }

    /** Of a range of bytes, different for each salt. */
    public static long of(long salt, byte[] bytes, int from, int length) {
        long hash = salt;
        for (int i = from; i < from + length; i++) {
            hash = (hash ^ (bytes[i] & 0xff)) * FNV_PRIME;
        }
        return mix(hash);
    }

    /** Every bit of the result depends on every bit of the value, one to one (Stafford's variant 13 of MurmurHash3's end). */
    public static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
