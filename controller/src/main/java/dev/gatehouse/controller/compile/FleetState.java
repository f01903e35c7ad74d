package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One fleet's snapshot, the units it is made of, and the changes since it was last sealed. A unit that would take its host away
 * waits until it is decided whether too many go at once; the one before stays in force with all it uses meanwhile, so that its
 * endpoints and certificates go on changing.
 */
final class FleetState {

    private static final String WHOLE_FLEET = "";

    private final FleetKey key;
    private final SharedShards shared;
    private final Map<String, Unit> units = new HashMap<>();
    private final Map<Use, Integer> uses = new HashMap<>();
    private final TreeMap<String, Unit> losing = new TreeMap<>();
    private final Map<String, Unit> lostLately = new HashMap<>();
    private boolean holding;
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

    /** What is in force. */
    Unit unit(String host) {
        return units.getOrDefault(host, Unit.NOTHING);
    }

    /** What was compiled last, in force or not. */
    Unit compiled(String host) {
        Unit waiting = losing.get(host);
        return waiting == null ? unit(host) : waiting;
    }

    /** Takes over what was compiled: at once, unless the host would be lost by it. */
    void take(String host, Unit after) {
        if (BlastRadius.loses(unit(host), after) && !comesBack(host, after)) {
            losing.put(host, after);
        } else {
            losing.remove(host);
            replace(host, after);
        }
    }

    /** Whether a host that was just led elsewhere is led back. */
    private boolean comesBack(String host, Unit after) {
        Unit lost = lostLately.get(host);
        return lost != null && !BlastRadius.loses(lost, after);
    }

    /** The same, for what is never held back. */
    void takeAtOnce(String host, Unit after) {
        losing.remove(host);
        replace(host, after);
    }

    /**
     * Lets the hosts go that would be lost, unless these are too many.
     *
     * @param released whether somebody wants it so
     * @return the hosts that are in force as they were compiled only from now on
     */
    Set<String> decide(BlastRadius bound, boolean released) {
        lostLately.entrySet().removeIf(lost -> !BlastRadius.loses(lost.getValue(), unit(lost.getKey())));
        Set<String> lost = new HashSet<>(lostLately.keySet());
        int served = served()
                + (int) lost.stream().filter(host -> !units.containsKey(host)).count();
        lost.addAll(losing.keySet());
        holding = !released && bound.exceeded(lost.size(), served);
        if (holding || losing.isEmpty()) {
            return Set.of();
        }
        Set<String> gone = Set.copyOf(losing.keySet());
        losing.forEach((host, after) -> {
            lostLately.putIfAbsent(host, unit(host));
            replace(host, after);
        });
        losing.clear();
        return gone;
    }

    /** What was lost until now does not count together with what will be. */
    void forgetLosses() {
        lostLately.clear();
    }

    /** The hosts that are held back, in order. */
    List<String> held() {
        return holding ? List.copyOf(losing.keySet()) : List.of();
    }

    boolean holds(String host) {
        return holding && losing.containsKey(host);
    }

    /** How many hosts are served. */
    int served() {
        return units.size() - (units.containsKey(WHOLE_FLEET) ? 1 : 0);
    }

    /** Names of the hosts that are in force or wait. */
    Set<String> hosts() {
        Set<String> all = new HashSet<>(units.keySet());
        all.addAll(losing.keySet());
        all.remove(WHOLE_FLEET);
        return all;
    }

    /** What was compiled last for each host and for the fleet, in force or not. */
    Collection<Unit> compiled() {
        Map<String, Unit> all = new HashMap<>(units);
        all.putAll(losing);
        return all.values();
    }

    /** Puts a unit in the place of the one before. */
    private void replace(String host, Unit after) {
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
        losing.clear();
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
