package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from byte strings, looked up in place: no String is made of the bytes that are asked for. A changed
 * copy shares every bucket that did not change. Safe to share between threads.
 */
public final class ByteIndex<V> {

    private static final int AVERAGE_BUCKET = 4;

    private final List<List<Entry<V>>> buckets;
    private final int mask;
    private final int size;

    @SuppressWarnings("ArrayRecordComponent") // compared in place with ranges of other arrays
    private record Entry<V>(String name, byte[] key, int hash, V value) {

        static <V> Entry<V> of(String name, V value) {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            return new Entry<>(name, key, ByteIndex.hash(key, 0, key.length), value);
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Entry<?> e && name.equals(e.name) && value.equals(e.value);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    private ByteIndex(List<List<Entry<V>>> buckets, int size) {
        this.buckets = buckets;
        this.mask = buckets.size() - 1;
        this.size = size;
    }

    public static <V> ByteIndex<V> empty() {
        return new ByteIndex<>(List.of(List.of()), 0);
    }

    public static <V> ByteIndex<V> of(Map<String, V> content) {
        List<Entry<V>> entries = new ArrayList<>(content.size());
        content.forEach((name, value) -> entries.add(Entry.of(name, value)));
        return build(entries);
    }

    private static <V> ByteIndex<V> build(List<Entry<V>> entries) {
        int count = Math.max(1, Integer.highestOneBit(Math.max(1, entries.size() * 2 / AVERAGE_BUCKET)));
        List<List<Entry<V>>> buckets = new ArrayList<>(Collections.nCopies(count, List.of()));
        for (Entry<V> entry : entries) {
            int i = spread(entry.hash) & (count - 1);
            buckets.set(i, plus(buckets.get(i), entry));
        }
        return new ByteIndex<>(buckets, entries.size());
    }

    /** The empty hash, to be continued by {@link #hash(int, byte)}. */
    static final int HASH_SEED = 1;

    static int hash(int hash, byte next) {
        return 31 * hash + next;
    }

    static int hash(byte[] bytes, int start, int length) {
        int h = HASH_SEED;
        for (int i = start; i < start + length; i++) {
            h = hash(h, bytes[i]);
        }
        return h;
    }

    private static int spread(int hash) {
        int h = hash * 0x9E3779B9;
        return h ^ (h >>> 15);
    }

    public int size() {
        return size;
    }

    /** The value of the key that stands in {@code bytes}; null if there is none. No allocation. */
    public @Nullable V get(byte[] bytes, int start, int length) {
        return get(bytes, start, length, hash(bytes, start, length));
    }

    /** As {@link #get(byte[], int, int)}, with the hash of those bytes already known. */
    @Nullable
    V get(byte[] bytes, int start, int length, int hash) {
        List<Entry<V>> bucket = buckets.get(spread(hash) & mask);
        for (int i = 0; i < bucket.size(); i++) {
            Entry<V> entry = bucket.get(i);
            if (entry.hash == hash && Arrays.equals(entry.key, 0, entry.key.length, bytes, start, start + length)) {
                return entry.value;
            }
        }
        return null;
    }

    public Optional<V> get(String name) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        return Optional.ofNullable(get(key, 0, key.length));
    }

    public void forEach(Consumer<V> consumer) {
        for (List<Entry<V>> bucket : buckets) {
            for (Entry<V> entry : bucket) {
                consumer.accept(entry.value);
            }
        }
    }

    /** A changed copy; an empty value removes the name. Costs what changed, and a full copy only when it outgrew itself. */
    public ByteIndex<V> with(Map<String, Optional<V>> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        List<List<Entry<V>>> next = new ArrayList<>(buckets);
        int count = size;
        for (Map.Entry<String, Optional<V>> change : changes.entrySet()) {
            byte[] key = change.getKey().getBytes(StandardCharsets.UTF_8);
            int i = spread(hash(key, 0, key.length)) & mask;
            List<Entry<V>> kept = new ArrayList<>(next.get(i));
            count -= kept.removeIf(entry -> entry.name.equals(change.getKey())) ? 1 : 0;
            if (change.getValue().isPresent()) {
                kept.add(Entry.of(change.getKey(), change.getValue().get()));
                count++;
            }
            next.set(i, List.copyOf(kept));
        }
        ByteIndex<V> changed = new ByteIndex<>(next, count);
        return count > buckets.size() * AVERAGE_BUCKET * 2 ? changed.rebuilt() : changed;
    }

    private ByteIndex<V> rebuilt() {
        List<Entry<V>> entries = new ArrayList<>(size);
        buckets.forEach(entries::addAll);
        return build(entries);
    }

    private static <V> List<Entry<V>> plus(List<Entry<V>> bucket, Entry<V> entry) {
        List<Entry<V>> next = new ArrayList<>(bucket.size() + 1);
        next.addAll(bucket);
        next.add(entry);
        return List.copyOf(next);
    }
}
