package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.table.StagedShard.Members;
import dev.gatehouse.snapshot.ShardId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The upstream objects that the rules of all tables share, by shard id. An upstream lives as long as its shard is there or
 * a rule of the table in force leads to it. Used by the thread that builds tables.
 */
final class UpstreamRegistry {

    private final Map<String, Held> held = new HashMap<>();
    private final Map<ShardId, List<String>> byEndpoints = new HashMap<>();
    private final Set<String> maybeUnused = new HashSet<>();

    private static final class Held {
        private final Upstream upstream;
        private int rules;
        private boolean present;
        private Transport transport = Transport.PLAIN;
        private Optional<ShardId> endpoints = Optional.empty();

        Held(String id) {
            upstream = new Upstream(id);
        }
    }

    /** The object for an upstream's shard id, made when first asked for. */
    Upstream get(String id) {
        return of(id).upstream;
    }

    private Held of(String id) {
        Held known = held.get(id);
        if (known == null) {
            known = new Held(id);
            held.put(id, known);
            maybeUnused.add(id);
        }
        return known;
    }

    /** A rule of the table in force leads to the upstream. */
    void acquire(String id) {
        of(id).rules++;
    }

    /** A rule no longer does. */
    void release(String id) {
        if (--of(id).rules == 0) {
            maybeUnused.add(id);
        }
    }

    /** The upstream's shard is there now. */
    void place(String id, Optional<ShardId> endpoints, Transport transport) {
        Held one = of(id);
        one.present = true;
        one.transport = transport;
        link(id, one, endpoints);
    }

    /** The upstream's shard is gone. Its endpoints stay with it, for requests of older tables. */
    void displace(String id) {
        Held one = of(id);
        one.present = false;
        link(id, one, Optional.empty());
        maybeUnused.add(id);
    }

    private void link(String id, Held one, Optional<ShardId> endpoints) {
        if (one.endpoints.equals(endpoints)) {
            return;
        }
        one.endpoints.ifPresent(old -> byEndpoints.computeIfPresent(old, (key, users) -> {
            List<String> rest = users.stream().filter(user -> !user.equals(id)).toList();
            return rest.isEmpty() ? null : rest;
        }));
        endpoints.ifPresent(next -> byEndpoints.merge(
                next,
                List.of(id),
                (users, more) -> Stream.concat(users.stream(), more.stream()).toList()));
        one.endpoints = endpoints;
    }

    /** Upstreams whose endpoints are in this shard. */
    List<String> usersOf(ShardId endpoints) {
        return byEndpoints.getOrDefault(endpoints, List.of());
    }

    /** Where the upstream's endpoints are. */
    Optional<ShardId> endpointsOf(String id) {
        return of(id).endpoints;
    }

    /** Gives an upstream its endpoints, which take effect at once in all tables. */
    void replace(String id, Members members) {
        Held one = of(id);
        one.upstream.replace(one.transport, members.ready(), members.terminating());
    }

    /** Forgets upstreams without shard that no rule leads to. */
    void sweep() {
        for (String id : maybeUnused) {
            Held one = held.get(id);
            if (one != null && one.rules == 0 && !one.present) {
                held.remove(id);
            }
        }
        maybeUnused.clear();
    }

    /** How many there are. */
    int size() {
        return held.size();
    }
}
