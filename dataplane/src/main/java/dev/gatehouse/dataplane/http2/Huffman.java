package dev.gatehouse.dataplane.http2;

import java.util.Arrays;

/**
 * The Huffman code of HPACK (RFC 7541, 5.2 and appendix B), decoded four bits at a time by a table of states. The code is
 * canonical, so the lengths of its words say everything. Pure.
 */
final class Huffman {
    /** The octets are no valid encoding. */
    static final int INVALID = -1;

    private static final int EOS = 256;

    /** Bits in the code word of each octet, and of the end-of-string symbol. */
    private static final byte[] LENGTHS = {
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15,
        6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22,
        20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23,
        23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22,
        22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26,
        27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27,
        26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    };

    private static final int EMITS = 1 << 16;
    private static final int FAILS = 1 << 17;

    /** By state and four bits: the next state, the octet in bits 8 to 15, and the flags. */
    private static final int[] STEPS = new int[256 * 16];

    /** Whether the octets may end in a state: less than eight bits of padding, all of them ones. */
    private static final boolean[] MAY_END = new boolean[256];

    static {
        // Inner nodes are numbered from 0 (the root); a leaf is 256 + its symbol.
        int[][] children = new int[256][2];
        int nodes = 1;
        Integer[] order = new Integer[LENGTHS.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> LENGTHS[a] != LENGTHS[b] ? LENGTHS[a] - LENGTHS[b] : a - b);
        int code = 0;
        int length = 0;
        for (int symbol : order) {
            code <<= LENGTHS[symbol] - length;
            length = LENGTHS[symbol];
            int node = 0;
            for (int bit = length - 1; bit > 0; bit--) {
                int side = (code >>> bit) & 1;
                if (children[node][side] == 0) {
                    children[node][side] = nodes++;
                }
                node = children[node][side];
            }
            children[node][code & 1] = 256 + symbol;
            code++;
        }
        for (int state = 0; state < 256; state++) {
            for (int bits = 0; bits < 16; bits++) {
                STEPS[state << 4 | bits] = step(children, state, bits);
            }
        }
        int node = 0;
        for (int ones = 0; ones < 8; ones++) {
            MAY_END[node] = true;
            node = children[node][1];
        }
    }

    private Huffman() {}

    private static int step(int[][] children, int state, int bits) {
        int result = 0;
        int node = state;
        for (int bit = 3; bit >= 0; bit--) {
            node = children[node][(bits >>> bit) & 1];
            if (node == 256 + EOS) {
                return FAILS;
            }
            if (node >= 256) {
                result = EMITS | (node - 256) << 8;
                node = 0;
            }
        }
        return result | node;
    }

    /**
     * Decodes into an array that has room for {@link #maxDecoded} octets.
     *
     * @return how many octets there are, or {@link #INVALID}
     */
    static int decode(byte[] in, int from, int end, byte[] out) {
        int state = 0;
        int length = 0;
        for (int i = from; i < end; i++) {
            int first = STEPS[state << 4 | (in[i] >>> 4 & 15)];
            if ((first & EMITS) != 0) {
                out[length++] = (byte) (first >>> 8);
            }
            int second = STEPS[(first & 255) << 4 | (in[i] & 15)];
            if ((second & EMITS) != 0) {
                out[length++] = (byte) (second >>> 8);
            }
            if (((first | second) & FAILS) != 0) {
                return INVALID;
            }
            state = second & 255;
        }
        return MAY_END[state] ? length : INVALID;
    }

    /** The most octets that so many encoded ones can stand for: no word is shorter than five bits. */
    static int maxDecoded(int encoded) {
        return encoded * 8 / 5 + 1;
    }
}
