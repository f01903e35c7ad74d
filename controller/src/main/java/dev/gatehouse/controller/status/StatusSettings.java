package dev.gatehouse.controller.status;

import java.util.List;

/**
 * How statuses are written.
 *
 * @param identity of this replica, in Events
 * @param addresses shown by all Ingresses instead of those that their fleet has; empty: the fleet's
 * @param writesPerSecond bound on requests to the API server
 */
public record StatusSettings(String identity, List<String> addresses, int writesPerSecond) {

    public StatusSettings {
        addresses = List.copyOf(addresses);
    }
}
