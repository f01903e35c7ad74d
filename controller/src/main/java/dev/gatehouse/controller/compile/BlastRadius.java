package dev.gatehouse.controller.compile;

import java.util.Collections;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How many hosts may go at once before a change is held back until a second look. A slip of a hand (a namespace deleted, a class
 * renamed, a selector emptied) looks like any other change but for this. Pure.
 *
 * @param percent of the hosts that are served; 0: nothing is ever held back
 * @param leastHosts fewer than these are never held back
 */
public record BlastRadius(int percent, int leastHosts) {

    /** Nothing is held back. */
    public static final BlastRadius UNBOUNDED = new BlastRadius(0, 1);

    public BlastRadius {
        if (percent < 0 || percent > 100 || leastHosts < 1) {
            throw new IllegalArgumentException("a share of " + percent + " % and " + leastHosts + " hosts");
        }
    }

    /** Whether so many of the hosts are too many. */
    boolean exceeded(int lost, int served) {
        return percent > 0 && lost >= leastHosts && lost * 100L > (long) percent * served;
    }

    /**
     * Whether the requests of a host would be lost by what was served: it is gone, or every backend that it led to is another
     * one. A host that keeps one of its backends keeps its users; one that had none has nothing to lose but itself.
     */
    static boolean loses(Unit before, Unit after) {
        if (before.shards().isEmpty()) {
            return false;
        }
        if (after.shards().isEmpty()) {
            return true;
        }
        Set<Use> upstreams = upstreams(before);
        return !upstreams.isEmpty() && Collections.disjoint(upstreams, upstreams(after));
    }

    private static Set<Use> upstreams(Unit unit) {
        return unit.uses().stream().filter(Use.OfUpstream.class::isInstance).collect(Collectors.toUnmodifiableSet());
    }
}
