package dev.gatehouse.snapshot;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * An immutable set of shards with a root digest that depends on their content alone: every replica that sees the same
 * cluster computes the same root.
 *
 * <p>Shards are spread over 256 buckets by a hash of their id. A bucket's digest is the SHA-256 of its shards' ids and
 * digests in order of id; the root is the SHA-256 of the 256 bucket digests. A change of one shard re-hashes one bucket
 * and copies two small arrays, whatever the number of shards (docs/decisions/0001).
 *
 * <p>Safe to share between threads.
 */
public final class Snapshot {

    private static final int BUCKETS = 256;

    private static final Snapshot EMPTY = new Snapshot(emptyBuckets(), 0);

    private final Bucket[] buckets;
    private final int size;
    private final Digest root;

    private Snapshot(Bucket[] buckets, int size) {
        this.buckets = buckets;
        this.size = size;
        MessageDigest sha = Digest.sha256();
        for (Bucket bucket : buckets) {
            bucket.digest.updateInto(sha);
        }
        this.root = Digest.finish(sha);
    }

    /** The snapshot without any shard. */
    public static Snapshot empty() {
        return EMPTY;
    }

    public static Snapshot of(Collection<Shard> shards) {
        return EMPTY.with(shards, Set.of());
    }

    /** The version: equal roots mean equal content. */
    public Digest root() {
        return root;
    }

    public int size() {
        return size;
    }

    public Optional<Shard> get(ShardId id) {
        return buckets[bucketOf(id)].find(id);
    }

    /** Every shard, in no useful order. */
    public void forEach(Consumer<Shard> consumer) {
        for (Bucket bucket : buckets) {
            for (Shard shard : bucket.shards) {
                consumer.accept(shard);
            }
        }
    }

    /** Every shard in order of id. Costs a sort. */
    public List<Shard> sorted() {
        List<Shard> all = new ArrayList<>(size);
        forEach(all::add);
        all.sort((a, b) -> a.id().compareTo(b.id()));
        return all;
    }

    /**
     * The snapshot after a change. What did not change is shared with this one.
     *
     * @param updates shards that are new or replace the one of the same id
     * @param removed ids that go; unknown ones are ignored
     */
    public Snapshot with(Collection<Shard> updates, Collection<ShardId> removed) {
        if (updates.isEmpty() && removed.isEmpty()) {
            return this;
        }
        TreeMap<Integer, SequencedMap<ShardId, Shard>> touched = new TreeMap<>();
        for (ShardId id : removed) {
            touched.computeIfAbsent(bucketOf(id), this::contentOf).remove(id);
        }
        for (Shard shard : updates) {
            touched.computeIfAbsent(bucketOf(shard.id()), this::contentOf).put(shard.id(), shard);
        }
        Bucket[] next = buckets.clone();
        int count = size;
        for (var entry : touched.entrySet()) {
            int i = entry.getKey();
            count -= buckets[i].shards.length;
            next[i] = Bucket.of(entry.getValue().sequencedValues());
            count += next[i].shards.length;
        }
        return new Snapshot(next, count);
    }

    /** What leads from this snapshot to {@code target}: buckets that are equal are not looked at. */
    public Difference differenceTo(Snapshot target) {
        List<Shard> updates = new ArrayList<>();
        TreeSet<ShardId> removed = new TreeSet<>();
        for (int i = 0; i < BUCKETS; i++) {
            Bucket before = buckets[i];
            Bucket after = target.buckets[i];
            if (before.digest.equals(after.digest)) {
                continue;
            }
            for (Shard shard : after.shards) {
                if (!before.find(shard.id()).filter(shard::equals).isPresent()) {
                    updates.add(shard);
                }
            }
            for (Shard shard : before.shards) {
                if (after.find(shard.id()).isEmpty()) {
                    removed.add(shard.id());
                }
            }
        }
        updates.sort((a, b) -> a.id().compareTo(b.id()));
        return new Difference(List.copyOf(updates), List.copyOf(removed));
    }

    /**
     * What leads from one snapshot to another.
     *
     * @param updates new and changed shards, in order of id
     * @param removed ids that are gone, in order
     */
    public record Difference(List<Shard> updates, List<ShardId> removed) {
        public boolean isEmpty() {
            return updates.isEmpty() && removed.isEmpty();
        }
    }

    private SequencedMap<ShardId, Shard> contentOf(int bucket) {
        TreeMap<ShardId, Shard> content = new TreeMap<>();
        for (Shard shard : buckets[bucket].shards) {
            content.put(shard.id(), shard);
        }
        return content;
    }

    /** FNV-1a over the id's text: cheap, and the same in every language that may one day speak this protocol. */
    private static int bucketOf(ShardId id) {
        int hash = fnv(0x811c9dc5, id.prefix());
        hash = fnv(hash, "/");
        hash = fnv(hash, id.rest());
        return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
    }

    private static int fnv(int hash, String text) {
        int h = hash;
        for (int i = 0; i < text.length(); i++) {
            h = (h ^ text.charAt(i)) * 0x01000193;
        }
        return h;
    }

    private static Bucket[] emptyBuckets() {
        Bucket[] all = new Bucket[BUCKETS];
        Arrays.fill(all, Bucket.of(List.of()));
        return all;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Snapshot s && root.equals(s.root);
    }

    @Override
    public int hashCode() {
        return root.hashCode();
    }

    @Override
    public String toString() {
        return "snapshot " + root + " of " + size + " shards";
    }

    /** Shards sorted by id, and the digest over them. */
    private static final class Bucket {

        private final Shard[] shards;
        private final Digest digest;

        private Bucket(Shard[] shards, Digest digest) {
            this.shards = shards;
            this.digest = digest;
        }

        static Bucket of(SequencedCollection<Shard> sorted) {
            MessageDigest sha = Digest.sha256();
            for (Shard shard : sorted) {
                sha.update(Digest.utf8(shard.id().toString()));
                sha.update((byte) 0);
                shard.digest().updateInto(sha);
            }
            return new Bucket(sorted.toArray(new Shard[0]), Digest.finish(sha));
        }

        Optional<Shard> find(ShardId id) {
            int low = 0;
            int high = shards.length - 1;
            while (low <= high) {
                int mid = (low + high) >>> 1;
                int order = shards[mid].id().compareTo(id);
                if (order == 0) {
                    return Optional.of(shards[mid]);
                }
                if (order < 0) {
                    low = mid + 1;
                } else {
                    high = mid - 1;
                }
            }
            return Optional.empty();
        }
    }
}
