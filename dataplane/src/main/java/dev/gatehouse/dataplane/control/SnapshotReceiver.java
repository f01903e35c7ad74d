package dev.gatehouse.dataplane.control;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.table.Refused;
import dev.gatehouse.dataplane.table.TableBuilder;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Stages deltas, verifies them and puts them in force: all of a delta or nothing, refused shards aside. Thread-safe;
 * never throws for what a delta contains.
 */
public final class SnapshotReceiver {

    private final Tables tables;
    private final TableBuilder builder;
    private final Map<ShardId, Refused> refused = new TreeMap<>();
    private final CountDownLatch synchronised = new CountDownLatch(1);

    public SnapshotReceiver(Tables tables) {
        this.tables = tables;
        this.builder = new TableBuilder(tables);
    }

    /**
     * Applies a change.
     *
     * @param updates verified against their digests already
     * @param expectedRoot of the sender's snapshot after the change
     */
    public synchronized ApplyResult apply(Collection<Shard> updates, Collection<ShardId> removed, Digest expectedRoot) {
        Digest root = announced().with(updates, removed).root();
        if (!root.equals(expectedRoot)) {
            return new ApplyResult(
                    announced().root(),
                    List.of(),
                    Optional.of("the root after the change is " + root + ", not " + expectedRoot));
        }
        updates.forEach(shard -> refused.remove(shard.id()));
        removed.forEach(refused::remove);
        List<Refused> now = builder.apply(updates, removed);
        now.forEach(one -> refused.put(one.id(), one));
        synchronised.countDown();
        return new ApplyResult(expectedRoot, List.copyOf(refused.values()), Optional.empty());
    }

    /**
     * What the sender has offered last: what is held, with the refused versions in place of those that stayed. Their
     * bytes are not kept; ids and digests are what it is asked for. Told to a controller when the stream begins, so that a
     * refused version is never offered twice, by whichever replica.
     */
    public synchronized Snapshot announced() {
        return held().with(
                        refused.values().stream()
                                .map(one -> new Shard(one.id(), one.digest(), ByteString.EMPTY))
                                .toList(),
                        List.of());
    }

    /** What is served: refused shards in their last good version. */
    public Snapshot held() {
        return tables.current().snapshot();
    }

    /** Shards that are served in an older version than the sender's, with the reason of each. */
    public synchronized Map<ShardId, Refused> refused() {
        return refused.values().stream().collect(Collectors.toUnmodifiableMap(Refused::id, Function.identity()));
    }

    /** Whether a version that was current after the start has been applied or confirmed. */
    public boolean synchronisedOnce() {
        return synchronised.getCount() == 0;
    }

    /** Waits for {@link #synchronisedOnce()}. */
    public void awaitSynchronised() throws InterruptedException {
        synchronised.await();
    }
}
