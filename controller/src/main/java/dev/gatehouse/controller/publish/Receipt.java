package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Hello;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a node is known to serve.
 *
 * @param node its name
 * @param snapshot the version it acknowledged
 * @param refused ids of shards it serves in an older version, with the reason of each
 * @param program what runs there
 * @param lag from the delta being sent to its acknowledgement
 */
public record Receipt(
        FleetKey fleet, String node, Snapshot snapshot, Map<String, String> refused, Program program, Duration lag) {

    /**
     * What runs on a node.
     *
     * @param version for people; empty: it did not say
     * @param lacking features of this controller's version that it does not know: it answers 503 for rules that require one
     */
    public record Program(String version, Set<String> lacking) {

        static Program of(Hello hello) {
            Set<String> lacking = new TreeSet<>(Features.all());
            hello.getFeaturesList().forEach(lacking::remove);
            return new Program(hello.getVersion(), Set.copyOf(lacking));
        }
    }
}
