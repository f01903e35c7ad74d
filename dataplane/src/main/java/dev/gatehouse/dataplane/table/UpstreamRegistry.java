package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.balance.Upstreams;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import dev.gatehouse.dataplane.table.StagedShard.Members;
import dev.gatehouse.dataplane.table.StagedShard.Way;
import dev.gatehouse.snapshot.ShardId;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The upstream objects that the rules of all tables share, by shard id. An upstream lives as long as its shard is there or
 * a rule of the table in force leads to it. Used by the thread that builds tables.
 */
final class UpstreamRegistry {

    private final String zone;
    private final Upstreams all;
    private final Map<String, Held> held = new HashMap<>();
    private final Map<ShardId, List<String>> byShard = new HashMap<>();
    private final Set<String> maybeUnused = new HashSet<>();

    private static final class Held {
        private final Upstream upstream;
        private int rules;
        private boolean present;
        private Way way = Way.PLAIN;
        private Optional<Transport> transport = Optional.empty();
        private Optional<ShardId> endpoints = Optional.empty();
        private Optional<InetSocketAddress> external = Optional.empty();
        private Set<ShardId> needed = Set.of();

        Held(Upstream upstream) {
            this.upstream = upstream;
        }
    }

    /** To look through all upstreams for TLS that nobody needs costs too much to be done for every change. */
    private boolean tlsReleased;

    /**
     * One without any.
     *
     * @param zone of the node; empty: not known
     * @param all shows everybody which there are
     */
    UpstreamRegistry(String zone, Upstreams all) {
        this.zone = zone;
        this.all = all;
    }

    /** The object for an upstream's shard id, made when first asked for. */
    Upstream get(String id) {
        return of(id).upstream;
    }

    private Held of(String id) {
        Held known = held.get(id);
        if (known == null) {
            known = new Held(new Upstream(id, zone, System::nanoTime));
            held.put(id, known);
            all.add(known.upstream);
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

    /** The upstream's shard is there now. Its transport is to be set anew. */
    void place(String id, StagedShard.OfUpstream shard, Way way) {
        Held one = of(id);
        one.present = true;
        tlsReleased |= one.way.tls().isPresent() && !one.way.equals(way);
        one.way = way;
        one.endpoints = shard.endpoints();
        one.external = shard.external();
        one.upstream.eject(shard.outlier());
        one.upstream.limit(shard.limits());
        check(one.upstream, shard.healthCheck());
        need(
                id,
                one,
                Stream.of(shard.endpoints(), way.clientCertificate())
                        .flatMap(Optional::stream)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** The upstream's shard is gone. Its endpoints stay with it, for requests of older tables. */
    void displace(String id) {
        Held one = of(id);
        one.present = false;
        one.endpoints = Optional.empty();
        one.external = Optional.empty();
        check(one.upstream, Optional.empty());
        need(id, one, Set.of());
        maybeUnused.add(id);
    }

    private void check(Upstream upstream, Optional<HealthCheck> healthCheck) {
        if (upstream.check(healthCheck)) {
            all.changed(upstream);
        }
    }

    private void need(String id, Held one, Set<ShardId> shards) {
        if (one.needed.equals(shards)) {
            return;
        }
        for (ShardId shard : one.needed) {
            byShard.computeIfPresent(shard, (key, users) -> {
                List<String> rest =
                        users.stream().filter(user -> !user.equals(id)).toList();
                return rest.isEmpty() ? null : rest;
            });
        }
        for (ShardId shard : shards) {
            byShard.merge(
                    shard,
                    List.of(id),
                    (users, more) ->
                            Stream.concat(users.stream(), more.stream()).toList());
        }
        one.needed = shards;
    }

    /** Upstreams whose endpoints or client certificate are in this shard. */
    List<String> usersOf(ShardId shard) {
        return byShard.getOrDefault(shard, List.of());
    }

    /** Where the upstream's endpoints are. */
    Optional<ShardId> endpointsOf(String id) {
        return of(id).endpoints;
    }

    /** The one address of an upstream outside of the cluster. */
    Optional<InetSocketAddress> externalOf(String id) {
        return of(id).external;
    }

    /** How the upstream's shard asks to be talked to. */
    Way wayOf(String id) {
        return of(id).way;
    }

    /** How the upstream is talked to from its next {@link #replace} on; empty: not at all. */
    void transport(String id, Optional<Transport> transport) {
        Held one = of(id);
        tlsReleased |= one.way.tls().isPresent() && !one.transport.equals(transport);
        one.transport = transport;
    }

    /** Whether an upstream that speaks TLS has changed or gone since this was last asked. */
    boolean someTlsMayBeUnused() {
        boolean released = tlsReleased;
        tlsReleased = false;
        return released;
    }

    /** Whether there is a way to talk to the upstream. */
    boolean canBeReached(String id) {
        return of(id).transport.isPresent();
    }

    /** Every transport there is. */
    List<Transport> transports() {
        return held.values().stream().flatMap(one -> one.transport.stream()).toList();
    }

    /** Gives an upstream its endpoints, which take effect at once in all tables. */
    void replace(String id, Members members) {
        Held one = of(id);
        one.upstream.replace(one.transport.orElse(Transport.PLAIN), members.ready(), members.terminating());
        if (one.upstream.healthCheck().isPresent()) {
            all.changed(one.upstream);
        }
    }

    /** Forgets upstreams without shard that no rule leads to. */
    void sweep() {
        for (String id : maybeUnused) {
            Held one = held.get(id);
            if (one != null && one.rules == 0 && !one.present) {
                held.remove(id);
                tlsReleased |= one.way.tls().isPresent();
                all.remove(one.upstream);
            }
        }
        maybeUnused.clear();
    }

    /** How many there are. */
    int size() {
        return held.size();
    }
}
