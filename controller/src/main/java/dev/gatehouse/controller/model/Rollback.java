package dev.gatehouse.controller.model;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a fleet, or some of its hosts, is to serve instead of what its objects ask for: hosts as they were at an earlier root.
 * Their endpoints and certificates are those of today.
 *
 * @param root where the hosts are from
 * @param only the hosts that go back; empty: all of the fleet
 * @param hosts the shards of the hosts that there were
 */
public record Rollback(FleetKey fleet, String root, SortedSet<String> only, Map<ShardId, Shard> hosts) {

    /** Whether it decides about a host. */
    public boolean covers(String host) {
        return only.isEmpty() || only.contains(host);
    }

    /** What a host it covers is to serve; empty: it was not there. */
    public Optional<Shard> host(String host) {
        return Optional.ofNullable(hosts.get(ShardId.host(host)));
    }

    /** The root as people write it. */
    public String shortRoot() {
        return root.substring(0, Math.min(12, root.length()));
    }
}
