package dev.gatehouse.controller.compile;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.List;

/**
 * How one fleet's snapshot changed.
 *
 * @param before what it was
 * @param after what it is now; never equal to {@code before}
 * @param updates new and changed shards, in order of id
 * @param removed ids that are gone, in order
 */
public record FleetUpdate(Snapshot before, Snapshot after, List<Shard> updates, List<ShardId> removed) {}
