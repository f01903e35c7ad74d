package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.ShardId;

/**
 * A shard that cannot be served in this version; the one before it stays.
 *
 * @param reason for people; never content of the shard
 */
public record Refused(ShardId id, Digest digest, String reason) {}
