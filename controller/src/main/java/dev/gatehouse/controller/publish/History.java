package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The last snapshots of each fleet that this replica published, what changed with each, and because of which objects. What comes
 * and goes by itself (endpoints, session tickets, OCSP answers) makes no entry. Snapshots share what did not change, so that an
 * entry costs a few kilobytes. Thread-safe.
 */
public final class History {

    /** How many snapshots of a fleet are remembered. */
    public static final int ENTRIES = 100;

    private static final int CAUSES = 20;
    private static final Set<ShardKind> BY_ITSELF = Set.of(ShardKind.ENDPOINTS, ShardKind.TICKETS, ShardKind.STAPLE);

    private final Map<FleetKey, Deque<Entry>> entries = new HashMap<>();

    /**
     * A snapshot that was published.
     *
     * @param before the one that it followed; the empty one first
     * @param causes objects that changed, in words; at most {@value #CAUSES}
     * @param more how many others did
     */
    public record Entry(Instant at, Snapshot before, Snapshot snapshot, List<String> causes, int more) {

        /** Leaves out what comes and goes by itself. */
        public List<ShardId> changed() {
            Snapshot.Difference difference = before.differenceTo(snapshot);
            List<ShardId> all = new ArrayList<>();
            difference.updates().forEach(shard -> all.add(shard.id()));
            all.addAll(difference.removed());
            all.removeIf(id -> BY_ITSELF.contains(id.kind()));
            all.sort(null);
            return all;
        }
    }

    /** Remembers a change. */
    public synchronized void record(
            FleetKey fleet, Instant at, Snapshot before, Snapshot after, Collection<String> causes) {
        Entry entry = new Entry(
                at, before, after, causes.stream().limit(CAUSES).toList(), Math.max(0, causes.size() - CAUSES));
        Deque<Entry> all = entries.computeIfAbsent(fleet, f -> new ArrayDeque<>());
        if (!all.isEmpty() && entry.changed().isEmpty()) {
            return;
        }
        all.addFirst(entry);
        while (all.size() > ENTRIES) {
            all.removeLast();
        }
    }

    public synchronized void remove(FleetKey fleet) {
        entries.remove(fleet);
    }

    /** The newest first. */
    public synchronized List<Entry> entries(FleetKey fleet) {
        return List.copyOf(entries.getOrDefault(fleet, new ArrayDeque<>()));
    }

    /**
     * The newest snapshot whose root begins with these hexadecimal digits.
     *
     * @throws IllegalArgumentException if they are too few to tell, or are those of different roots
     */
    public synchronized Optional<Snapshot> find(FleetKey fleet, String root) {
        if (!root.matches("[0-9a-f]{4,64}")) {
            throw new IllegalArgumentException(
                    "a root is written in 4 to 64 hexadecimal digits, as gatehouse snapshot list has them, not '" + root
                            + "'");
        }
        List<Snapshot> found = entries(fleet).stream()
                .map(Entry::snapshot)
                .filter(snapshot -> snapshot.root().hex().startsWith(root))
                .distinct()
                .toList();
        if (found.size() > 1) {
            throw new IllegalArgumentException(found.size() + " roots begin with " + root + ": write more digits");
        }
        return found.stream().findFirst();
    }
}
