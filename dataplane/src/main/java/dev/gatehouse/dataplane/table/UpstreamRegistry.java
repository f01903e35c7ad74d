package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Endpoints;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The upstream objects that rules of all tables share, by shard id, and who uses which endpoints. An upstream lives as
 * long as a host names it. Used by the thread that builds tables.
 */
final class UpstreamRegistry {

    private final Map<String, Held> held = new HashMap<>();
    private final Map<ShardId, Set<String>> byEndpoints = new HashMap<>();

    private static final class Held {
        private final Upstream upstream;
        private int hosts;

        Held(String id) {
            upstream = new Upstream(id);
        }
    }

    /** The members an upstream has in a snapshot, decoded but not yet in force. */
    record Members(List<Endpoint> ready, List<Endpoint> terminating) {}

    /** The object for an upstream's shard id, made when first asked for. */
    Upstream get(String id) {
        return held.computeIfAbsent(id, Held::new).upstream;
    }

    /** A host begins to name these upstreams. */
    void acquire(List<String> ids) {
        ids.forEach(id -> held.computeIfAbsent(id, Held::new).hosts++);
    }

    /** A host no longer names them. */
    void release(List<String> ids) {
        for (String id : ids) {
            Held one = held.get(id);
            if (one != null && --one.hosts == 0) {
                held.remove(id);
            }
        }
    }

    /** Upstreams whose endpoints are in this shard. */
    Set<String> usersOf(ShardId endpoints) {
        return byEndpoints.getOrDefault(endpoints, Set.of());
    }

    /** Remembers, or with {@code use} false forgets, that an upstream has its endpoints in a shard. */
    void link(String upstream, ShardId endpoints, boolean use) {
        if (use) {
            byEndpoints.computeIfAbsent(endpoints, id -> new HashSet<>()).add(upstream);
        } else {
            Set<String> users = byEndpoints.get(endpoints);
            if (users != null && users.remove(upstream) && users.isEmpty()) {
                byEndpoints.remove(endpoints);
            }
        }
    }

    /**
     * Reads an upstream's members out of a snapshot; none if the snapshot lacks its shards.
     *
     * @throws CorruptShardException if a shard cannot be decoded or an address has neither 4 nor 16 bytes
     */
    static Members members(Snapshot snapshot, dev.gatehouse.snapshot.proto.Upstream shard)
            throws CorruptShardException {
        if (shard.hasExternal()) {
            var external = shard.getExternal();
            return new Members(
                    List.of(new Endpoint(
                            InetSocketAddress.createUnresolved(external.getDnsName(), external.getPort()))),
                    List.of());
        }
        var endpoints = snapshot.get(ShardId.parse(shard.getEndpoints()));
        return endpoints.isEmpty()
                ? new Members(List.of(), List.of())
                : members(endpoints.get().body().getEndpoints());
    }

    private static Members members(Endpoints shard) throws CorruptShardException {
        List<Endpoint> ready = new ArrayList<>();
        List<Endpoint> terminating = new ArrayList<>();
        for (var endpoint : shard.getEndpointsList()) {
            try {
                var address = new InetSocketAddress(
                        InetAddress.getByAddress(endpoint.getAddress().toByteArray()), endpoint.getPort());
                switch (endpoint.getState()) {
                    case READY -> ready.add(new Endpoint(address));
                    case TERMINATING -> terminating.add(new Endpoint(address));
                    case UNRECOGNIZED -> throw new CorruptShardException("an endpoint is in an unknown state");
                }
            } catch (UnknownHostException | IllegalArgumentException e) {
                throw new CorruptShardException("an endpoint's address cannot be used: " + e.getMessage());
            }
        }
        return new Members(ready, terminating);
    }
}
