package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.graph.RouteGraph;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.RouteModel;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Hosts that go on as they are, since a Secret that they refer to has to be read before they can be compiled, and the objects of which
 * nothing new is said until then.
 */
final class PendingHosts {

    private final SecretBodies bodies;
    private final RouteGraph graph;
    private final Map<HostKey, Set<ObjectKey>> lookedAt = new HashMap<>();
    private final Set<ObjectKey> untold = new HashSet<>();

    PendingHosts(SecretBodies bodies, RouteGraph graph) {
        this.bodies = bodies;
        this.graph = graph;
    }

    /** The hosts that wait. */
    Set<HostKey> hosts() {
        return Collections.unmodifiableSet(lookedAt.keySet());
    }

    /** Whether a host stays as it is until a Secret was read. A new fleet does not: it would have no listeners. */
    boolean waits(HostKey host, Unit before, Unit after) {
        Set<ObjectKey> unread = bodies.unread(after.lookedAt());
        bodies.want(unread);
        if (unread.isEmpty()) {
            lookedAt.remove(host);
            return false;
        }
        lookedAt.put(host, after.lookedAt());
        return !host.isFleet() || !before.equals(Unit.NOTHING);
    }

    /** The fleet of a host is gone. */
    void remove(HostKey host) {
        lookedAt.remove(host);
        graph.looked(host, Set.of());
    }

    /** What waits looks at its own, and what is in force meanwhile at what it was made of. */
    void look(HostKey host, FleetState fleet) {
        Set<ObjectKey> looked = new HashSet<>(lookedAt.getOrDefault(host, Set.of()));
        looked.addAll(fleet.compiled(host.host()).lookedAt());
        looked.addAll(fleet.unit(host.host()).lookedAt());
        graph.looked(host, looked);
    }

    /** Whether what an object asks for now is not in force yet, because it waits. */
    boolean concern(Optional<ResourceModel> object, Optional<Selection> selection) {
        if (lookedAt.isEmpty()) {
            return false;
        }
        return switch (object.orElse(null)) {
            case RouteModel route
            when selection.orElse(null) instanceof Selection.Serve(FleetKey fleet) ->
                route.hosts().keySet().stream().anyMatch(host -> lookedAt.containsKey(new HostKey(fleet, host)))
                        || (route.globalDefault().isPresent() && lookedAt.containsKey(HostKey.ofFleet(fleet)));
            case ProxyFleetModel fleet -> lookedAt.containsKey(HostKey.ofFleet(fleet.fleet()));
            case null, default -> false;
        };
    }

    /** Nothing is said of an object for now. */
    void postpone(ObjectKey object) {
        untold.add(object);
    }

    /** The objects of which nothing was said until now. */
    Set<ObjectKey> takePostponed() {
        Set<ObjectKey> all = Set.copyOf(untold);
        untold.clear();
        return all;
    }
}
