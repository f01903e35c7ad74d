package dev.gatehouse.dataplane.control;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.TlsSettings;
import dev.gatehouse.dataplane.table.Refused;
import dev.gatehouse.dataplane.table.TableBuilder;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Stages deltas, verifies them and puts them in force: all of a delta or nothing, refused shards aside. Any thread; never
 * throws for what a delta contains.
 */
public final class SnapshotReceiver {

    private final Tables tables;
    private final TableBuilder builder;
    private final List<Observer> observers = new CopyOnWriteArrayList<>();
    private final Map<ShardId, Refused> refused = new TreeMap<>();
    private Snapshot announced = Snapshot.empty();
    private final CountDownLatch synchronised = new CountDownLatch(1);
    private volatile boolean restored;

    /** Is told of every delta, on the thread that applied it and after it took effect. Must not block. */
    public interface Observer {

        /** @param took from the arrival of the delta until its table was in force */
        void applied(ApplyResult result, Duration took);
    }

    /**
     * @param tables empty as yet; nobody else swaps them
     * @param securing makes what begins TLS with backends
     */
    public SnapshotReceiver(Tables tables, Function<TlsSettings, TlsClient> securing) {
        this(tables, securing, "");
    }

    /**
     * As above, of a node that knows where it is.
     *
     * @param zone of the node; empty: not known
     */
    public SnapshotReceiver(Tables tables, Function<TlsSettings, TlsClient> securing, String zone) {
        this.tables = tables;
        this.builder = new TableBuilder(tables, securing, InstantSource.system(), zone);
    }

    public void observe(Observer observer) {
        observers.add(observer);
    }

    /**
     * Applies a change, or with nothing to change confirms what is held.
     *
     * @param updates verified against their digests already
     * @param expectedRoot of the sender's snapshot after the change
     */
    public synchronized ApplyResult apply(Collection<Shard> updates, Collection<ShardId> removed, Digest expectedRoot) {
        long start = System.nanoTime();
        ApplyResult result = change(updates, removed, expectedRoot);
        if (result.error().isEmpty()) {
            synchronised.countDown();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        observers.forEach(observer -> observer.applied(result, took));
        return result;
    }

    /**
     * Begins with a snapshot that was kept, before any delta: it is served, but whether it is current nobody knows before
     * the first delta comes.
     *
     * @param shards verified against their digests already
     */
    synchronized ApplyResult restore(Collection<Shard> shards, Digest root) {
        ApplyResult result = change(shards, List.of(), root);
        restored = result.error().isEmpty();
        return result;
    }

    /** Whether what is served was kept from an earlier time, and no controller has said yet that it is current. */
    public boolean stale() {
        return restored && !synchronisedOnce();
    }

    private ApplyResult change(Collection<Shard> updates, Collection<ShardId> removed, Digest expectedRoot) {
        Snapshot after = announced.with(updates, removed);
        if (!after.root().equals(expectedRoot)) {
            return new ApplyResult(
                    announced.root(),
                    List.copyOf(refused.values()),
                    Optional.of("the root after the change is " + after.root() + ", not " + expectedRoot));
        }
        if (updates.isEmpty() && removed.isEmpty()) {
            return new ApplyResult(expectedRoot, List.copyOf(refused.values()), Optional.empty());
        }
        TableBuilder.Staging staging = builder.stage(updates);
        removed.forEach(refused::remove);
        updates.forEach(shard -> refused.remove(shard.id()));
        staging.refused().forEach(one -> refused.put(one.id(), one));
        announced = withoutRefusedBytes(after, staging.refused());
        List<ShardId> gone = kept(removed);
        builder.commit(staging, gone, refused.isEmpty() ? after : held().with(staging.accepted(), gone));
        return new ApplyResult(expectedRoot, List.copyOf(refused.values()), Optional.empty());
    }

    private static Snapshot withoutRefusedBytes(Snapshot after, List<Refused> refused) {
        return after.with(
                refused.stream()
                        .map(one -> new Shard(one.id(), one.digest(), ByteString.EMPTY))
                        .toList(),
                List.of());
    }

    /** What is removed and offered anew in one delta, and refused, stays in its last good version. */
    private List<ShardId> kept(Collection<ShardId> removed) {
        List<ShardId> gone = new ArrayList<>(removed);
        gone.removeIf(refused::containsKey);
        return gone;
    }

    /** What is served: refused shards in their last good version. */
    public Snapshot held() {
        return tables.current().snapshot();
    }

    /**
     * What the sender has offered last: what is held, with the refused versions in place of those that stayed. Their
     * bytes are not kept; ids and digests are what it is asked for. Told to a controller when the stream begins, so that a
     * refused version is never offered twice, by whichever replica.
     */
    public synchronized Snapshot announced() {
        return announced;
    }

    /** Shards that are served in an older version than the sender's, with the reason of each; in order of id. */
    public synchronized List<Refused> refused() {
        return List.copyOf(refused.values());
    }

    /** Whether a version that was current after the start has been applied or confirmed. */
    public boolean synchronisedOnce() {
        return synchronised.getCount() == 0;
    }

    /**
     * Waits until there is something to serve: {@link #synchronisedOnce()}.
     *
     * @param patience no longer than this, if there is a snapshot that was kept
     */
    public void awaitServable(Duration patience) throws InterruptedException {
        if (restored) {
            var _ = synchronised.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            synchronised.await();
        }
    }
}
