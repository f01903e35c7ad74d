package dev.gatehouse.dataplane.control;

import dev.gatehouse.dataplane.table.Refused;
import dev.gatehouse.snapshot.Digest;
import java.util.List;
import java.util.Optional;

/**
 * What became of a delta.
 *
 * @param root of the commit if it was applied (refused shards aside), else of what is held
 * @param refused all shards that are served in an older version than the sender's, now and from earlier deltas
 * @param error why nothing was applied; then the whole inventory must be compared
 */
public record ApplyResult(Digest root, List<Refused> refused, Optional<String> error) {}
