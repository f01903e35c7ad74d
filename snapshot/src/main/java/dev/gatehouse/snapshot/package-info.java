/**
 * The versioned routing snapshot: shards, their digests, and what changes between two snapshots.
 * In: shard bodies made by the compiler or read from the wire. Out: immutable snapshots and deltas.
 * Knows nothing of Kubernetes, of Vert.x, or of how a delta travels.
 */
@NullMarked
package dev.gatehouse.snapshot;

import org.jspecify.annotations.NullMarked;
