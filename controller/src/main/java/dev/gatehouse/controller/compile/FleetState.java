package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One fleet's snapshot, the units it is made of, and the changes since it was last sealed. */
final class FleetState {

    private final FleetKey key;
    private final SharedShards shared;
    private final Map<String, Unit> units = new HashMap<>();
    private final Map<Use, Integer> uses = new HashMap<>();
    private final TreeMap<ShardId, Optional<Shard>> pending = new TreeMap<>();
    private Snapshot snapshot = Snapshot.empty();

    FleetState(FleetKey key, SharedShards shared) {
        this.key = key;
        this.shared = shared;
    }

    FleetKey key() {
        return key;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    Unit unit(String host) {
        return units.getOrDefault(host, Unit.NOTHING);
    }

    Collection<Unit> units() {
        return units.values();
    }

    /** Puts a unit in the place of the one before. */
    void replace(String host, Unit after) {
        Unit before = unit(host);
        if (after.equals(Unit.NOTHING)) {
            units.remove(host);
        } else {
            units.put(host, after);
        }
        swap(before.shards(), after.shards());
        for (Use use : after.uses()) {
            if (!before.uses().contains(use) && uses.merge(use, 1, Integer::sum) == 1) {
                swap(List.of(), shared.acquire(use));
            }
        }
        for (Use use : before.uses()) {
            if (!after.uses().contains(use)) {
                drop(use);
            }
        }
    }

    private void drop(Use use) {
        if (uses.merge(use, -1, Integer::sum) == 0) {
            uses.remove(use);
            swap(shared.release(use), List.of());
        }
    }

    /** Takes over new content of a use, if the fleet has it. */
    void refresh(SharedShards.Refreshed refreshed) {
        if (uses.containsKey(refreshed.use())) {
            swap(refreshed.before(), refreshed.after());
        }
    }

    private void swap(List<Shard> before, List<Shard> after) {
        for (Shard shard : before) {
            pending.put(shard.id(), Optional.empty());
        }
        for (Shard shard : after) {
            pending.put(shard.id(), Optional.of(shard));
        }
    }

    /** Lets go of everything that is shared with other fleets. */
    void close() {
        uses.keySet().forEach(shared::release);
        uses.clear();
        units.clear();
    }

    /** Makes the next snapshot of all changes since the last call; empty if it would be the same. */
    Optional<FleetUpdate> seal() {
        List<Shard> updates = new ArrayList<>();
        List<ShardId> removed = new ArrayList<>();
        pending.forEach((id, shard) -> {
            Optional<Shard> before = snapshot.get(id);
            if (shard.isPresent()) {
                if (!before.equals(shard)) {
                    updates.add(shard.get());
                }
            } else if (before.isPresent()) {
                removed.add(id);
            }
        });
        pending.clear();
        if (updates.isEmpty() && removed.isEmpty()) {
            return Optional.empty();
        }
        Snapshot before = snapshot;
        snapshot = before.with(updates, removed);
        return Optional.of(new FleetUpdate(before, snapshot, List.copyOf(updates), List.copyOf(removed)));
    }
}
