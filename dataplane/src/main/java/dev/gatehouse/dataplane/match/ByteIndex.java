package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash map from byte strings, looked up in place: no String is made of the bytes that are asked for. A changed
 * copy shares all chains but those of the changed keys. Safe to share between threads.
 *
 * <p>The hash is polynomial, so that it can grow along a path, with a base that every process draws anew: nobody who may
 * choose host names can choose ones that collide.
 */
public final class ByteIndex<V> {

    /** Keys per bucket at most, on average, before the buckets are doubled. */
    private static final int MAX_LOAD = 2;

    private static final long BASE = new SecureRandom().nextLong() | 1;

    private final @Nullable Node<V>[] buckets;
    private final int size;

    /** A link of a bucket's chain. */
    private static final class Node<V> {
        private final byte[] key;
        private final int hash;
        private final V value;
        private final @Nullable Node<V> next;

        Node(byte[] key, int hash, V value, @Nullable Node<V> next) {
            this.key = key;
            this.hash = hash;
            this.value = value;
            this.next = next;
        }
    }

    private ByteIndex(@Nullable Node<V>[] buckets, int size) {
        this.buckets = buckets;
        this.size = size;
    }

    public static <V> ByteIndex<V> empty() {
        return new ByteIndex<>(newBuckets(1), 0);
    }

    /** The names' UTF-8 bytes are the keys. */
    public static <V> ByteIndex<V> of(Map<String, V> content) {
        @Nullable Node<V>[] buckets = newBuckets(bucketsFor(content.size()));
        content.forEach((name, value) -> {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            int hash = hash(key, 0, key.length);
            int i = hash & (buckets.length - 1);
            buckets[i] = new Node<>(key, hash, value, buckets[i]);
        });
        return new ByteIndex<>(buckets, content.size());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made otherwise
    private static <V> @Nullable Node<V>[] newBuckets(int count) {
        return new Node[count];
    }

    private static int bucketsFor(int size) {
        return Integer.highestOneBit(Math.max(1, size * 2 - 1));
    }

    /** The state of the empty byte string, to be continued by {@link #extend}. */
    static final long EMPTY_STATE = 1;

    static long extend(long state, byte next) {
        return (state + next) * BASE;
    }

    /** The low bits of a product hardly mix; the high ones do. */
    static int finish(long state) {
        return (int) (state >>> 32);
    }

    /** What {@link #finish} makes of the state after all bytes. */
    static int hash(byte[] bytes, int start, int length) {
        long state = EMPTY_STATE;
        for (int i = start; i < start + length; i++) {
            state = extend(state, bytes[i]);
        }
        return finish(state);
    }

    public int size() {
        return size;
    }

    /** The value of the key that stands in {@code bytes}; null if there is none. No allocation. */
    public @Nullable V get(byte[] bytes, int start, int length) {
        return size == 0 ? null : get(bytes, start, length, hash(bytes, start, length));
    }

    /** As {@link #get(byte[], int, int)}, with the finished hash of those bytes already known. */
    @Nullable
    V get(byte[] bytes, int start, int length, int hash) {
        for (Node<V> node = buckets[hash & (buckets.length - 1)]; node != null; node = node.next) {
            if (node.hash == hash && Arrays.equals(node.key, 0, node.key.length, bytes, start, start + length)) {
                return node.value;
            }
        }
        return null;
    }

    public Optional<V> get(String name) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        return Optional.ofNullable(get(key, 0, key.length));
    }

    /** Every value, in no useful order. */
    public void forEach(Consumer<V> consumer) {
        for (Node<V> head : buckets) {
            for (Node<V> node = head; node != null; node = node.next) {
                consumer.accept(node.value);
            }
        }
    }

    /**
     * A changed copy; an empty value removes the name. Costs one copy of the array of buckets, four bytes for each, and
     * the chains of what changed.
     */
    public ByteIndex<V> with(Map<String, Optional<V>> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        @Nullable
        Node<V>[] next = size + changes.size() > buckets.length * MAX_LOAD
                ? spread(bucketsFor(size + changes.size()))
                : buckets.clone();
        int count = size;
        for (Map.Entry<String, Optional<V>> change : changes.entrySet()) {
            byte[] key = change.getKey().getBytes(StandardCharsets.UTF_8);
            int hash = hash(key, 0, key.length);
            int i = hash & (next.length - 1);
            Node<V> rest = without(next[i], key, hash);
            count -= rest == next[i] ? 0 : 1;
            if (change.getValue().isPresent()) {
                rest = new Node<>(key, hash, change.getValue().get(), rest);
                count++;
            }
            next[i] = rest;
        }
        return new ByteIndex<>(next, count);
    }

    /** The chain without a key: the very same chain if it does not hold it. */
    private static <V> @Nullable Node<V> without(@Nullable Node<V> chain, byte[] key, int hash) {
        if (chain == null) {
            return null;
        }
        if (chain.hash == hash && Arrays.equals(chain.key, key)) {
            return chain.next;
        }
        Node<V> rest = without(chain.next, key, hash);
        return rest == chain.next ? chain : new Node<>(chain.key, chain.hash, chain.value, rest);
    }

    private @Nullable Node<V>[] spread(int count) {
        @Nullable Node<V>[] wider = newBuckets(count);
        for (Node<V> head : buckets) {
            for (Node<V> node = head; node != null; node = node.next) {
                int i = node.hash & (count - 1);
                wider[i] = new Node<>(node.key, node.hash, node.value, wider[i]);
            }
        }
        return wider;
    }
}
