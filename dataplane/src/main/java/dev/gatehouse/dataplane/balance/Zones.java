package dev.gatehouse.dataplane.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The endpoints of an upstream as one zone sees them. With Z zones that have endpoints, and clients spread evenly over them, a
 * zone takes 1/Z of the requests. If its own endpoints are as much of the whole they get all of these; if they are less they
 * get no more than they can take, and the rest goes to the zones that have more than their part, in proportion to what they
 * have too much. So no endpoint gets more than it would if zones did not matter. Immutable.
 */
final class Zones {

    private static final double TO_UNIT = 0x1.0p-53;
    private static final long SALT = 0x7a6f6e6573L;

    private final Group all;
    private final Group local;
    private final double localShare;
    private final Group[] others;
    private final double[] upTo;

    private Zones(Group all, Group local, double localShare, Group[] others, double[] upTo) {
        this.all = all;
        this.local = local;
        this.localShare = localShare;
        this.others = others;
        this.upTo = upTo;
    }

    /**
     * Of the endpoints that can be used.
     *
     * @param all the same as a group, for when zones do not help
     * @param own the zone to see them from; empty: not known
     */
    static Zones of(List<Seat> seats, Group all, String own) {
        TreeMap<String, List<Seat>> byZone = new TreeMap<>();
        for (Seat seat : seats) {
            byZone.computeIfAbsent(seat.member().zone(), zone -> new ArrayList<>())
                    .add(seat);
        }
        List<Seat> here = byZone.getOrDefault(own, List.of());
        boolean allKnown = !byZone.containsKey("");
        if (own.isEmpty() || here.isEmpty() || !allKnown || byZone.size() == 1) {
            return new Zones(all, all, 1, new Group[0], new double[0]);
        }
        double fair = (double) all.weight / byZone.size();
        List<Group> others = new ArrayList<>();
        List<Double> upTo = new ArrayList<>();
        double surplus = 0;
        for (Map.Entry<String, List<Seat>> zone : byZone.entrySet()) {
            double more = weight(zone.getValue()) - fair;
            if (more > 0 && !zone.getKey().equals(own)) {
                surplus += more;
                others.add(new Group(zone.getValue(), new AtomicLong()));
                upTo.add(surplus);
            }
        }
        double total = surplus;
        return new Zones(
                all,
                new Group(here, new AtomicLong()),
                Math.min(1, weight(here) / fair),
                others.toArray(Group[]::new),
                upTo.stream().mapToDouble(each -> each / total).toArray());
    }

    private static long weight(List<Seat> seats) {
        return seats.stream().mapToLong(Seat::weight).sum();
    }

    /** Whether zones make a difference. */
    boolean matter() {
        return local != all;
    }

    /** Those that the caller should choose among. Requests with the same key are in the same zone. */
    Group group(Caller caller) {
        if (localShare >= 1) {
            return local;
        }
        double point = unit(caller);
        if (point < localShare) {
            return local;
        }
        double rest = (point - localShare) / (1 - localShare);
        for (int i = 0; i < others.length; i++) {
            if (rest < upTo[i]) {
                return others[i];
            }
        }
        return all;
    }

    private static double unit(Caller caller) {
        return caller.isKeyed()
                ? (KeyHash.mix(caller.key() ^ SALT) >>> 11) * TO_UNIT
                : caller.random().nextDouble();
    }
}
