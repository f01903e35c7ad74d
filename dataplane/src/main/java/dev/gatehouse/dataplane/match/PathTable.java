package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The places of rules by path, in three arrays: a look-up touches one line of the first and the bytes of the path, whatever the
 * number of rules. Among ten thousand hosts most of what a request needs is in no cache, and every pointer on the way to it
 * would cost a visit to memory. Immutable.
 */
final class PathTable {

    /** No path of the table. */
    static final int NONE = -1;

    /** For each slot: the hash, where the path begins in {@link #bytes}, its length, and where its places are. */
    private static final int WIDTH = 4;

    private final int[] slots;
    private final byte[] bytes;
    private final int[] places;

    /** @param byPath places in match order, at least one for each */
    PathTable(Map<String, List<Integer>> byPath) {
        int count = Integer.highestOneBit(Math.max(1, byPath.size() * 4 - 1)); // two to four slots for each
        this.slots = new int[count * WIDTH];
        this.bytes = new byte
                [byPath.keySet().stream()
                        .mapToInt(path -> path.getBytes(StandardCharsets.UTF_8).length)
                        .sum()];
        this.places = new int
                [byPath.values().stream().mapToInt(list -> list.size() + 1).sum() + 1];
        int keyAt = 0;
        int placeAt = 1; // 0 stands for an empty slot
        for (Map.Entry<String, List<Integer>> entry : byPath.entrySet()) {
            byte[] path = entry.getKey().getBytes(StandardCharsets.UTF_8);
            System.arraycopy(path, 0, bytes, keyAt, path.length);
            int hash = ByteIndex.hash(path, 0, path.length);
            int slot = (hash & (count - 1)) * WIDTH;
            while (slots[slot + 3] != 0) {
                slot = (slot + WIDTH) % slots.length;
            }
            slots[slot] = hash;
            slots[slot + 1] = keyAt;
            slots[slot + 2] = path.length;
            slots[slot + 3] = placeAt;
            keyAt += path.length;
            for (int place : entry.getValue()) {
                places[placeAt++] = place;
            }
            places[placeAt++] = NONE;
        }
    }

    /** Where the places of a path begin, for {@link #place}; {@link #NONE} if it has none. */
    int find(byte[] from, int start, int length, int hash) {
        int mask = slots.length - 1;
        for (int slot = (hash * WIDTH) & mask; slots[slot + 3] != 0; slot = (slot + WIDTH) & mask) {
            if (slots[slot] == hash && slots[slot + 2] == length && isAt(slots[slot + 1], from, start, length)) {
                return slots[slot + 3];
            }
        }
        return NONE;
    }

    /** The rule at a position; {@link #NONE} after the last one. */
    int place(int position) {
        return places[position];
    }

    private boolean isAt(int key, byte[] from, int start, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[key + i] != from[start + i]) {
                return false;
            }
        }
        return true;
    }
}
