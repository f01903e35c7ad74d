package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Snapshot;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Holds the newest snapshot of each fleet and tells the streams of its nodes. Publishing is a reference and a wake-up per
 * stream: nobody waits for anybody. Thread-safe.
 */
public final class Publisher {

    private final Map<FleetKey, Snapshot> current = new ConcurrentHashMap<>();
    private final Map<FleetKey, Set<NodeStream>> streams = new ConcurrentHashMap<>();
    private final Map<NodeStream, Receipt> receipts = new ConcurrentHashMap<>();
    private final List<Consumer<FleetKey>> listeners = new CopyOnWriteArrayList<>();

    /** The stream of one node. */
    interface NodeStream {

        /** A newer snapshot may be had from {@link Publisher#snapshot}. Must not block. */
        void wake();
    }

    /** Makes {@code snapshot} the newest of its fleet. */
    public void publish(FleetKey fleet, Snapshot snapshot) {
        current.put(fleet, snapshot);
        streams.getOrDefault(fleet, Set.of()).forEach(NodeStream::wake);
    }

    /** Forgets a fleet: its nodes keep what they have. */
    public void remove(FleetKey fleet) {
        current.remove(fleet);
    }

    /** The newest; empty before the fleet was first published. */
    public Optional<Snapshot> snapshot(FleetKey fleet) {
        return Optional.ofNullable(current.get(fleet));
    }

    /** Fleets with a snapshot, in order. */
    public List<FleetKey> fleets() {
        return current.keySet().stream().sorted().toList();
    }

    /** Calls {@code listener} when what some node of a fleet serves has changed, or one came or went. */
    public void onReceipt(Consumer<FleetKey> listener) {
        listeners.add(listener);
    }

    /** What the connected nodes of a fleet serve, in order of node. A node that has acknowledged nothing yet is missing. */
    public List<Receipt> receipts(FleetKey fleet) {
        return receipts.values().stream()
                .filter(receipt -> receipt.fleet().equals(fleet))
                .sorted(Comparator.comparing(Receipt::node))
                .toList();
    }

    /** How many nodes of a fleet are connected to this replica. */
    public int connected(FleetKey fleet) {
        return streams.getOrDefault(fleet, Set.of()).size();
    }

    void opened(FleetKey fleet, NodeStream stream) {
        streams.computeIfAbsent(fleet, key -> ConcurrentHashMap.newKeySet()).add(stream);
        tell(fleet);
    }

    void acknowledged(NodeStream stream, Receipt receipt) {
        receipts.put(stream, receipt);
        tell(receipt.fleet());
    }

    void closed(FleetKey fleet, NodeStream stream) {
        Collection<NodeStream> open = streams.getOrDefault(fleet, Set.of());
        open.remove(stream);
        receipts.remove(stream);
        tell(fleet);
    }

    private void tell(FleetKey fleet) {
        listeners.forEach(listener -> listener.accept(fleet));
    }
}
