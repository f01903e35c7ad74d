package dev.gatehouse.dataplane.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who is there behind an upstream, and among whom a request chooses. Made anew when a member comes, goes, or is usable or not.
 * Immutable.
 */
final class Members {

    /** Below this share of usable endpoints it is likelier that the judgement is wrong than that all of them are. */
    private static final int PANIC_PERCENT = 50;

    final Transport transport;
    final List<Seat> ready;

    /** Those that take new requests only when nobody is ready (KEP-1669), and keep their sessions until they go. */
    final List<Seat> terminating;

    /** Among whom to choose where zones do not matter to the rule: those that EndpointSlices give to the node's zone first. */
    final Group preferred;

    /** All that can take requests. */
    final Group available;

    final Zones zones;

    /** @param zone of the node; empty: not known */
    Members(Transport transport, List<Seat> ready, List<Seat> terminating, String zone, AtomicLong turn) {
        this.transport = transport;
        this.ready = ready;
        this.terminating = terminating;
        List<Seat> candidates = ready.isEmpty() ? terminating : ready;
        List<Seat> usable = usable(candidates);
        List<Seat> hinted = usable(hinted(candidates, zone));
        this.available = usable.isEmpty() ? Group.EMPTY : new Group(usable, turn);
        this.preferred = hinted.isEmpty() || hinted.size() == usable.size() ? available : new Group(hinted, turn);
        this.zones = Zones.of(usable, available, zone);
    }

    /** The usable ones; all of them in a panic, when too few would remain. */
    private static List<Seat> usable(List<Seat> candidates) {
        List<Seat> usable =
                candidates.stream().filter(seat -> seat.endpoint().usable()).toList();
        return usable.size() * 100L < PANIC_PERCENT * (long) candidates.size() ? candidates : usable;
    }

    /**
     * As kube-proxy has it: hints count if every endpoint has one and any is for the zone (KEP-2433, KEP-4444). Empty if they
     * do not, or too few of these can be used.
     */
    private static List<Seat> hinted(List<Seat> candidates, String zone) {
        if (zone.isEmpty()
                || candidates.stream().anyMatch(seat -> seat.member().forZones().isEmpty())) {
            return List.of();
        }
        List<Seat> here = candidates.stream()
                .filter(seat -> seat.member().forZones().contains(zone))
                .toList();
        long usable = here.stream().filter(seat -> seat.endpoint().usable()).count();
        return usable * 100 < PANIC_PERCENT * (long) here.size() ? List.of() : here;
    }

    /** All of them, ready ones first. A copy. */
    List<Seat> all() {
        List<Seat> all = new ArrayList<>(ready);
        all.addAll(terminating);
        return all;
    }
}
