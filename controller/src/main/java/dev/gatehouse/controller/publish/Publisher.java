package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the newest snapshot of each fleet and tells the streams of its nodes. Publishing is a reference and a wake-up per
 * stream: nobody waits for anybody. Thread-safe; listeners are called on event loops and must not block.
 */
public final class Publisher {

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    private final Map<FleetKey, SendableSnapshot> current = new ConcurrentHashMap<>();
    private final Map<FleetKey, Set<NodeStream>> streams = new ConcurrentHashMap<>();
    private final Map<FleetKey, Snapshot> good = new ConcurrentHashMap<>();
    private final Map<NodeStream, Receipt> receipts = new ConcurrentHashMap<>();
    private final List<Consumer<FleetKey>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Receipt>> acknowledgementListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Snapshot>> publications = new CopyOnWriteArrayList<>();
    private final PushCounters counters = new PushCounters();
    private volatile boolean synchronised;

    /** The stream of one node. */
    interface NodeStream {

        /** A newer snapshot may be had from {@link Publisher#snapshot}. Must not block. */
        void wake();

        /** Later streams have higher numbers. */
        long number();
    }

    /** Makes {@code snapshot} the newest of its fleet. The first call means that the whole cluster has been compiled. */
    public void publish(FleetKey fleet, Snapshot snapshot) {
        current.compute(
                fleet,
                (key, last) -> (last == null ? SendableSnapshot.empty() : last)
                        .next(
                                snapshot,
                                shard -> LOG.error(
                                        "event=shard_too_large fleet={} shard={} bytes={} limit={} "
                                                + "action=\"its last sendable version stays; spread its host over fewer rules\"",
                                        fleet,
                                        shard.id(),
                                        shard.bytes().size(),
                                        SendableSnapshot.MAX_SHARD_BYTES)));
        synchronised = true;
        announce(fleet);
    }

    private void announce(FleetKey fleet) {
        Optional.ofNullable(current.get(fleet)).ifPresent(now -> {
            if (!now.keptBack().isEmpty()) {
                publications.forEach(listener -> listener.accept(now.compiled()));
            }
            publications.forEach(listener -> listener.accept(now.sendable()));
        });
        streams.getOrDefault(fleet, Set.of()).forEach(NodeStream::wake);
    }

    /** Calls {@code listener} with each snapshot that is published, before any node hears of it. */
    public void onPublished(Consumer<Snapshot> listener) {
        publications.add(listener);
    }

    /** Forgets a fleet: its nodes keep what they have. */
    public void remove(FleetKey fleet) {
        current.remove(fleet);
        good.remove(fleet);
    }

    /** Shards that no data plane can use or be sent in their newest version, by id, with the reason of each. */
    public Map<String, String> keptBack(FleetKey fleet) {
        Map<String, String> all = new TreeMap<>();
        Optional.ofNullable(current.get(fleet))
                .ifPresent(now -> now.keptBack().forEach((id, kept) -> all.put(id.toString(), kept.reason())));
        return all;
    }

    /** What the nodes of a fleet are to have; empty before it was first published. */
    public Optional<Snapshot> snapshot(FleetKey fleet) {
        return Optional.ofNullable(current.get(fleet)).map(SendableSnapshot::sendable);
    }

    /** Fleets with a snapshot, in order. */
    public List<FleetKey> fleets() {
        return current.keySet().stream().sorted().toList();
    }

    /** Whether anything was ever published: a fleet without a snapshot is then one that does not exist. */
    public boolean synchronised() {
        return synchronised;
    }

    /** Calls {@code listener} when what some node of a fleet serves has changed, or one came or went. */
    public void onReceipt(Consumer<FleetKey> listener) {
        listeners.add(listener);
    }

    /** Calls {@code listener} with each acknowledgement, for measuring how long nodes take. */
    public void onAcknowledged(Consumer<Receipt> listener) {
        acknowledgementListeners.add(listener);
    }

    /**
     * What the connected nodes of a fleet serve, one each, in order of node. A node that has acknowledged nothing yet is
     * missing; of one that came back before its old stream was known to be dead, the new stream counts.
     */
    public List<Receipt> receipts(FleetKey fleet) {
        Map<String, Receipt> byNode = new TreeMap<>();
        List<NodeStream> open = new ArrayList<>(streams.getOrDefault(fleet, Set.of()));
        open.sort(Comparator.comparingLong(NodeStream::number));
        for (NodeStream stream : open) {
            Optional.ofNullable(receipts.get(stream)).ifPresent(receipt -> byNode.put(receipt.node(), receipt));
        }
        return List.copyOf(byNode.values());
    }

    /** How many streams of a fleet's nodes are open at this replica. */
    public int connected(FleetKey fleet) {
        return streams.getOrDefault(fleet, Set.of()).size();
    }

    /** What was sent and refused since the start, for metrics. */
    public PushCounters counters() {
        return counters;
    }

    void opened(FleetKey fleet, NodeStream stream) {
        streams.computeIfAbsent(fleet, key -> ConcurrentHashMap.newKeySet()).add(stream);
        tell(listeners, fleet);
    }

    void acknowledged(NodeStream stream, Receipt told) {
        FleetKey fleet = told.fleet();
        good.compute(fleet, (key, before) -> Refusals.good(before == null ? Snapshot.empty() : before, told));
        SendableSnapshot now = current.getOrDefault(fleet, SendableSnapshot.empty());
        Receipt receipt = now.seen(told);
        receipts.put(stream, receipt);
        tell(acknowledgementListeners, receipt);
        if (!told.refused().isEmpty()) {
            keepBack(fleet);
        }
        tell(listeners, fleet);
    }

    /** What nobody takes is not offered to those who start anew: they get what was good last. */
    private void keepBack(FleetKey fleet) {
        List<Receipt> all = receipts(fleet);
        int connected = connected(fleet);
        Snapshot known = good.getOrDefault(fleet, Snapshot.empty());
        SendableSnapshot before = current.get(fleet);
        SendableSnapshot after = current.computeIfPresent(fleet, (key, now) -> {
            SendableSnapshot next = now;
            for (Refusals.Unanimous refused : Refusals.unanimous(now.compiled(), all, connected)) {
                ShardId id = refused.shard().id();
                Optional<Shard> instead = known.get(id);
                if (instead.isPresent() && !now.keptBack().containsKey(id)) {
                    LOG.error(
                            "event=shard_kept_back fleet={} shard={} version={} instead={} reason=\"{}\" "
                                    + "note=\"every data plane refuses it; its last good version stays\"",
                            fleet,
                            id,
                            refused.shard().digest(),
                            instead.get().digest(),
                            refused.reason());
                    next = next.without(refused.shard(), instead.get(), refused.reason());
                }
            }
            return next;
        });
        if (after != null && !after.equals(before)) {
            announce(fleet);
        }
    }

    void closed(FleetKey fleet, NodeStream stream) {
        streams.getOrDefault(fleet, Set.of()).remove(stream);
        receipts.remove(stream);
        tell(listeners, fleet);
    }

    private static <T> void tell(List<Consumer<T>> listeners, T event) {
        for (Consumer<T> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                LOG.error("event=listener_failed", e);
            }
        }
    }
}
