package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.graph.RouteGraph;
import dev.gatehouse.controller.model.EndpointSliceModel;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.HostGrantModel;
import dev.gatehouse.controller.model.IngressClassModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.ProxyPolicyModel;
import dev.gatehouse.controller.model.ReferenceGrantModel;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.Rollback;
import dev.gatehouse.controller.model.RouteModel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the changes of a batch concern, and what came to light with it. */
final class Dirty {

    final Set<ObjectKey> routes = new HashSet<>();
    final Set<ObjectKey> sources = new HashSet<>();
    final Set<HostKey> hosts = new HashSet<>();
    final Set<ObjectKey> verdicts = new HashSet<>();
    final Set<FleetKey> released = new HashSet<>();
    final Map<HostKey, RuntimeException> failures = new HashMap<>();
    boolean classes;

    /** A rollback began, changed or ended: all that it may concern. It is what somebody wants, so nothing of it is held back. */
    void rolled(Optional<Rollback> rollback, Map<FleetKey, FleetState> fleets) {
        rollback.ifPresent(one -> {
            FleetKey fleet = one.fleet();
            released.add(fleet);
            verdicts.add(fleet.object());
            Rollbacks.concerned(one, Optional.ofNullable(fleets.get(fleet)))
                    .forEach(host -> hosts.add(new HostKey(fleet, host)));
        });
    }

    /** An object is another one, or gone. */
    void touch(ResourceModel model, Objects objects, RouteGraph graph) {
        switch (model) {
            case RouteModel route -> routes.add(route.key());
            case EndpointSliceModel slice -> slice.service().ifPresent(sources::add);
            case IngressClassModel c -> classes = true;
            case ProxyFleetModel fleet -> {
                classes = true;
                hosts.add(HostKey.ofFleet(fleet.fleet()));
            }
            case HostGrantModel grant -> {
                // The first one closes what it does not give, and the last one opens it.
                boolean all = objects.hostGrants().size() <= 1;
                hosts.addAll(graph.hosts(host -> all || grant.covers(host)));
            }
            case ReferenceGrantModel grant ->
                sources.add(ObjectKey.referenceGrants(grant.key().namespace()));
            case ProxyPolicyModel policy -> {
                sources.add(policy.key()); // who uses it
                if (policy.selector().isPresent()) { // who is to use it
                    hosts.addAll(graph.hostsOf(policy.key().namespace(), policy::selects));
                }
            }
            default -> sources.add(model.key());
        }
    }
}
