package dev.gatehouse.controller.status;

import dev.gatehouse.controller.model.FleetKey;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How statuses are written.
 *
 * @param identity of this replica, in Events
 * @param addresses shown by all Ingresses instead of those that their fleet has; empty: the fleet's
 * @param writesPerSecond bound on requests to the API server
 * @param rollbackProblem why a fleet is not rolled back as it asks for
 */
public record StatusSettings(
        String identity,
        List<String> addresses,
        int writesPerSecond,
        Function<FleetKey, Optional<String>> rollbackProblem) {

    public StatusSettings {
        addresses = List.copyOf(addresses);
    }
}
