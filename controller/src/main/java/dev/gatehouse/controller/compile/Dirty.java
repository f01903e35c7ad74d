package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Rollback;
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
}
