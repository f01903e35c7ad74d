package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.ShardId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be said about an Ingress, a ProxyRoute, an IngressClass, a ProxyFleet or a ProxyPolicy.
 *
 * @param object names it
 * @param uid of the version that was looked at
 * @param generation of the version that was looked at
 * @param ours whether Gatehouse is to serve it. If not, nothing may be written to it; the findings are for {@code validate}
 * @param fleet who serves it
 * @param accepted whether any of it is served: it can be understood, has a fleet, and did not lose all it asks for
 * @param resolvedRefs whether everything it refers to exists and can be used
 * @param findings in the order of the object's fields
 * @param shards those that hold something of it: it is live on a node that serves them as they are now
 * @param users of a ProxyPolicy: how many Ingresses and ProxyRoutes use it
 */
public record Verdict(
        ObjectKey object,
        String uid,
        long generation,
        boolean ours,
        Optional<FleetKey> fleet,
        boolean accepted,
        boolean resolvedRefs,
        List<Finding> findings,
        Set<ShardId> shards,
        int users) {}
