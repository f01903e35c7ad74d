package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash map from byte strings, looked up in place: no String is made of the bytes that are asked for. A changed
 * copy shares keys and values with the one it was made of. Safe to share between threads.
 *
 * <p>Open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithms L and R). A byte for each
 * slot says with seven bits of the hash what cannot be there: with ten thousand keys these bytes still fit into the nearest
 * cache, and next to nothing is fetched from farther away that is not the key itself and its value, both at the same time.
 */
public final class ByteIndex<V> {

    private static final int FEWEST_SLOTS = 4;

    private final byte[] tags; // 0: nothing here
    private final @Nullable Object[] entries; // for each slot a key and its value, side by side
    private final int size;

    private ByteIndex(byte[] tags, @Nullable Object[] entries, int size) {
        this.tags = tags;
        this.entries = entries;
        this.size = size;
    }

    public static <V> ByteIndex<V> empty() {
        return new ByteIndex<>(new byte[FEWEST_SLOTS], new @Nullable Object[FEWEST_SLOTS * 2], 0);
    }

    /** The names' UTF-8 bytes are the keys. */
    public static <V> ByteIndex<V> of(Map<String, V> content) {
        Draft draft = new Draft(slotsFor(content.size()));
        content.forEach((name, value) -> draft.put(name.getBytes(StandardCharsets.UTF_8), value));
        return draft.index();
    }

    /** So that at most three of four are taken. */
    private static int slotsFor(int size) {
        int slots = FEWEST_SLOTS;
        while (isCrowded(size, slots)) {
            slots *= 2;
        }
        return slots;
    }

    private static boolean isCrowded(int size, int slots) {
        return size > slots / 4 * 3;
    }

    public int size() {
        return size;
    }

    /** The value of the key that stands in {@code bytes}; null if there is none. No allocation. */
    @SuppressWarnings("unchecked") // values are the only things at odd places
    public @Nullable V get(byte[] bytes, int start, int length) {
        long hash = Words.hash(bytes, start, length);
        byte tag = tag(hash);
        int mask = tags.length - 1;
        for (int slot = (int) hash & mask; tags[slot] != 0; slot = slot + 1 & mask) {
            if (tags[slot] == tag
                    && entries[slot * 2] instanceof byte[] key
                    && key.length == length
                    && Words.equal(key, 0, bytes, start, length)) {
                return (V) entries[slot * 2 + 1];
            }
        }
        return null;
    }

    public Optional<V> get(String name) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        return Optional.ofNullable(get(key, 0, key.length));
    }

    /** Every value, in no useful order. */
    @SuppressWarnings("unchecked") // as above
    public void forEach(Consumer<V> consumer) {
        for (int i = 1; i < entries.length; i += 2) {
            if (entries[i] != null) {
                consumer.accept((V) entries[i]);
            }
        }
    }

    /** A changed copy; an empty value removes the name. Costs one copy of the slots, nine bytes for each, and what changed. */
    public ByteIndex<V> with(Map<String, Optional<V>> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        Draft draft = isCrowded(size + changes.size(), tags.length)
                ? new Draft(slotsFor(size + changes.size()), this)
                : new Draft(this);
        changes.forEach((name, value) -> {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            value.ifPresentOrElse(one -> draft.put(key, one), () -> draft.remove(key));
        });
        return draft.index();
    }

    private static byte tag(long hash) {
        return (byte) (hash >>> 56 | 0x80);
    }

    /** One that is being made. */
    private static final class Draft {
        private final byte[] tags;
        private final @Nullable Object[] entries;
        private int size;

        Draft(int slots) {
            tags = new byte[slots];
            entries = new @Nullable Object[slots * 2];
        }

        Draft(ByteIndex<?> copied) {
            tags = copied.tags.clone();
            entries = copied.entries.clone();
            size = copied.size;
        }

        Draft(int slots, ByteIndex<?> spread) {
            this(slots);
            for (int i = 0; i < spread.entries.length; i += 2) {
                Object value = spread.entries[i + 1];
                if (spread.entries[i] instanceof byte[] key && value != null) {
                    put(key, value);
                }
            }
        }

        <V> ByteIndex<V> index() {
            return new ByteIndex<>(tags, entries, size);
        }

        /** Where the key is, or where it belongs. */
        private int slot(byte[] key, long hash) {
            byte tag = tag(hash);
            int slot = home(hash);
            while (tags[slot] != 0 && !(tags[slot] == tag && Arrays.equals(key(slot), key))) {
                slot = next(slot);
            }
            return slot;
        }

        void put(byte[] key, Object value) {
            long hash = Words.hash(key, 0, key.length);
            int slot = slot(key, hash);
            if (tags[slot] == 0) {
                size++;
                tags[slot] = tag(hash);
                entries[slot * 2] = key;
            }
            entries[slot * 2 + 1] = value;
        }

        /** What stands behind it and would have liked its place or one before moves up, so that no search ends too early. */
        void remove(byte[] key) {
            int hole = slot(key, Words.hash(key, 0, key.length));
            if (tags[hole] == 0) {
                return;
            }
            size--;
            for (int slot = next(hole); tags[slot] != 0; slot = next(slot)) {
                byte[] moving = key(slot);
                int home = home(Words.hash(moving, 0, moving.length));
                int mask = tags.length - 1;
                if ((slot - home & mask) >= (slot - hole & mask)) {
                    tags[hole] = tags[slot];
                    entries[hole * 2] = entries[slot * 2];
                    entries[hole * 2 + 1] = entries[slot * 2 + 1];
                    hole = slot;
                }
            }
            tags[hole] = 0;
            entries[hole * 2] = null;
            entries[hole * 2 + 1] = null;
        }

        private int home(long hash) {
            return (int) hash & tags.length - 1;
        }

        private int next(int slot) {
            return slot + 1 & tags.length - 1;
        }

        private byte[] key(int slot) {
            return (byte[]) Objects.requireNonNull(entries[slot * 2]);
        }
    }
}
