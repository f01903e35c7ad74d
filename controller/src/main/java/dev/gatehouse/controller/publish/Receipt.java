package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Snapshot;
import java.time.Duration;
import java.util.Map;

/**
 * What a node is known to serve.
 *
 * @param node its name
 * @param snapshot the version it acknowledged
 * @param refused ids of shards it serves in an older version, with the reason of each
 * @param lag from the delta being sent to its acknowledgement
 */
public record Receipt(FleetKey fleet, String node, Snapshot snapshot, Map<String, String> refused, Duration lag) {}
