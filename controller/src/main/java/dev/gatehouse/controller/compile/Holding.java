package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.Reasons;
import java.util.List;

/** What is said of hosts that are not served as it is written, and why. */
final class Holding {

    private static final int SHOWN = 5;

    private Holding() {}

    /** What is to be said of the objects of a host: of what was compiled, and of why that is not in force. */
    static Unit said(HostKey host, FleetState fleet, Rollbacks rollbacks) {
        Unit unit = fleet.compiled(host.host());
        if (!host.isFleet()) {
            return fleet.holds(host.host()) ? unit.noting(object -> true, ofHost(fleet.key(), host.host())) : unit;
        }
        Unit noted = rollbacks
                .said(fleet.key())
                .map(finding -> unit.noting(fleet.key().object(), finding))
                .orElse(unit);
        return fleet.held().isEmpty()
                ? noted
                : noted.noting(fleet.key().object(), ofFleet(fleet.key(), fleet.held(), fleet.served()));
    }

    /** To the objects of a host that a mistake of ours keeps from being compiled. */
    static Finding notCompiled(HostKey host, RuntimeException failure) {
        return Finding.error(
                Reasons.NOT_COMPILED,
                "",
                "what is asked for the host " + host.host() + " cannot be compiled, which is a mistake in Gatehouse ("
                        + failure + "): please report it. What was served before goes on being served");
    }

    /** To the fleet. */
    private static Finding ofFleet(FleetKey fleet, List<String> held, int served) {
        String some = String.join(", ", held.subList(0, Math.min(SHOWN, held.size())));
        return Finding.warning(
                Reasons.HELD,
                "",
                "a change would take " + held.size() + " of " + served + " hosts away at once: " + some
                        + (held.size() > SHOWN ? " and " + (held.size() - SHOWN) + " more" : "")
                        + ". They are served as before, with the endpoints that there are; everything else goes on. If it still stands after"
                        + " the hold time it takes effect. " + how(fleet));
    }

    /** To the objects of a host. */
    private static Finding ofHost(FleetKey fleet, String host) {
        return Finding.warning(
                Reasons.HELD,
                "",
                "the host " + host
                        + " is served as before and not as it is written here: a change would take too many hosts of the fleet "
                        + fleet + " away at once and is held back. " + how(fleet));
    }

    private static String how(FleetKey fleet) {
        return "To let it take effect now: kubectl annotate proxyfleet " + fleet.name() + " -n " + fleet.namespace()
                + " " + ProxyFleetModel.RELEASE_HOLD
                + "=\"$(date)\" --overwrite; to undo it, put back what was changed";
    }
}
