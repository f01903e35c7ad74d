package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a batch of changes led to.
 *
 * @param fleets snapshots that changed
 * @param removedFleets fleets that are no more. Nothing is to be sent to their data planes: they drain with what they have
 * @param verdicts of objects whose verdict changed
 * @param removedVerdicts objects of which there is nothing to say any more: they are gone
 * @param unread Secrets that are to be read now, or to be read again: hosts wait for what they hold
 * @param failures hosts that a mistake of ours keeps from being compiled, and where it is; what they served stays
 */
public record Outcome(
        Map<FleetKey, FleetUpdate> fleets,
        Set<FleetKey> removedFleets,
        Map<ObjectKey, Verdict> verdicts,
        Set<ObjectKey> removedVerdicts,
        Set<ObjectKey> unread,
        Map<HostKey, RuntimeException> failures) {

    /** How a fleet's snapshot changed; empty if it did not. */
    public Optional<FleetUpdate> fleet(FleetKey fleet) {
        return Optional.ofNullable(fleets.get(fleet));
    }

    /** The new verdict on an object; empty if it is as before. */
    public Optional<Verdict> verdict(ObjectKey object) {
        return Optional.ofNullable(verdicts.get(object));
    }
}
