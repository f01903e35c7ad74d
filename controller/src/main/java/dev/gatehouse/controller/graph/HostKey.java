package dev.gatehouse.controller.graph;

import dev.gatehouse.controller.model.FleetKey;

/**
 * One host of one fleet: the unit that is compiled again when something changes.
 *
 * @param host exact lower-case name, {@code *.suffix} or {@code *}; empty for what belongs to the whole fleet
 */
public record HostKey(FleetKey fleet, String host) {

    /** What belongs to the whole fleet: its default backend, its listeners. */
    public static HostKey ofFleet(FleetKey fleet) {
        return new HostKey(fleet, "");
    }

    public boolean isFleet() {
        return host.isEmpty();
    }
}
