package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for time to pass: changes that are held back until a second look, and last good versions that are kept for so long and
 * no longer. Is told what there is, and what time it is. One thread only.
 */
final class Waiting {

    private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
    private static final int SHOWN = 10;

    private final Duration hold;
    private final Optional<Duration> quarantine;
    private final Map<FleetKey, Held> held = new HashMap<>();
    private final Map<ObjectKey, Long> kept = new HashMap<>();

    private record Held(List<String> hosts, long since) {}

    /**
     * How long to wait.
     *
     * @param hold until a second look at a change that is held back
     * @param quarantine for how long a last good version is kept; empty: until the object is repaired
     */
    Waiting(Duration hold, Optional<Duration> quarantine) {
        this.hold = hold;
        this.quarantine = quarantine;
    }

    /**
     * Takes over what there is.
     *
     * @return the fleets for which more or less is held back than before
     */
    List<FleetKey> look(Map<FleetKey, List<String>> heldNow, Set<ObjectKey> keptNow, long nanos) {
        List<FleetKey> turned = new ArrayList<>();
        held.keySet().removeIf(fleet -> heldNow.getOrDefault(fleet, List.of()).isEmpty() && turned.add(fleet));
        heldNow.forEach((fleet, hosts) -> {
            Held before = held.get(fleet);
            // Another change is another first look.
            if (!hosts.isEmpty() && (before == null || !before.hosts.equals(hosts))) {
                held.put(fleet, new Held(hosts, nanos));
                turned.add(fleet);
            }
        });
        if (quarantine.isPresent()) {
            kept.keySet().retainAll(keptNow);
            keptNow.forEach(key -> kept.putIfAbsent(key, nanos));
        }
        return turned;
    }

    boolean anything() {
        return !held.isEmpty() || !kept.isEmpty();
    }

    /** The fleets whose change still stands after the hold time. */
    List<FleetKey> agreed(long nanos) {
        return held.entrySet().stream()
                .filter(entry -> nanos - entry.getValue().since >= hold.toNanos())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The objects whose last good version was kept for long enough. */
    List<ObjectKey> expired(long nanos) {
        return quarantine
                .map(bound -> kept.entrySet().stream()
                        .filter(entry -> nanos - entry.getValue() >= bound.toNanos())
                        .map(Map.Entry::getKey)
                        .toList())
                .orElse(List.of());
    }

    /** Says in the log what a fleet's data planes are not given, and how to let it take effect. */
    static void tell(FleetKey fleet, List<String> held) {
        if (held.isEmpty()) {
            LOG.info("event=nothing_held_back fleet={}", fleet);
        } else {
            LOG.warn(
                    "event=change_held_back fleet={} hosts={} first=\"{}\" action=\"put back what was changed, or let"
                            + " it take effect: kubectl annotate proxyfleet {} -n {} {}=... --overwrite\"",
                    fleet,
                    held.size(),
                    held.subList(0, Math.min(SHOWN, held.size())),
                    fleet.name(),
                    fleet.namespace(),
                    ProxyFleetModel.RELEASE_HOLD);
        }
    }
}
