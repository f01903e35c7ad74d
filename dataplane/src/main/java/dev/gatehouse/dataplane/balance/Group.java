package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Endpoints to choose among, and how much of the traffic each should get. Immutable but for its turn; thread-safe. Nothing here
 * allocates once it is made.
 */
@SuppressWarnings("ReferenceEquality") // endpoints are equal to themselves alone
final class Group {

    /** Nobody. */
    static final Group EMPTY = new Group(List.of(), new AtomicLong());

    /** A newly come endpoint gets no less than this share of what it gets in the end, or it would never warm up. */
    private static final double LEAST_SHARE = 0.1;

    /** How often to draw again, before whoever is left must do. */
    private static final int DRAWS = 16;

    final Endpoint[] endpoints;
    final long[] seeds;
    final long[] weights;
    final boolean equal;
    final long weight;
    private final Schedule schedule;
    private final AtomicLong turn;
    private final long newestNanos;
    private final boolean anyNew;

    /** @param turn whose it is next; may go on from another group */
    Group(List<Seat> seats, AtomicLong turn) {
        int size = seats.size();
        this.endpoints = new Endpoint[size];
        this.seeds = new long[size];
        this.weights = new long[size];
        this.turn = turn;
        boolean same = true;
        boolean someNew = false;
        long sum = 0;
        long newest = Long.MIN_VALUE;
        for (int i = 0; i < size; i++) {
            Seat seat = seats.get(i);
            endpoints[i] = seat.endpoint();
            seeds[i] = seed(seat.endpoint().address());
            weights[i] = seat.weight();
            sum += seat.weight();
            same &= weights[i] == weights[0];
            if (seat.endpoint().isNew()) {
                newest = someNew
                        ? Math.max(newest, seat.endpoint().sinceNanos())
                        : seat.endpoint().sinceNanos();
                someNew = true;
            }
        }
        this.equal = same;
        this.weight = sum;
        this.schedule = size == 0 ? Schedule.of(1) : Schedule.of(weights);
        this.newestNanos = newest;
        this.anyNew = someNew;
    }

    /** Of the address alone, so that it is the same on every node. */
    private static long seed(InetSocketAddress address) {
        byte[] bytes = address.isUnresolved()
                ? address.getHostString().getBytes(StandardCharsets.UTF_8)
                : address.getAddress().getAddress();
        return KeyHash.mix(KeyHash.of(bytes, 0, bytes.length) + address.getPort());
    }

    int size() {
        return endpoints.length;
    }

    boolean holds(Endpoint endpoint) {
        for (Endpoint each : endpoints) {
            if (each == endpoint) {
                return true;
            }
        }
        return false;
    }

    /** The slow start that is to be thought of now: 0 once the newest endpoint is through. */
    long ramp(Caller caller, long slowStartNanos) {
        return anyNew && slowStartNanos > 0 && caller.nowNanos() - newestNanos < slowStartNanos ? slowStartNanos : 0;
    }

    /** Whether the endpoint may get the request: not one that has failed it, and a new one only in part of the cases. */
    boolean admits(int i, Caller caller, long ramp) {
        Endpoint endpoint = endpoints[i];
        if (caller.hasTried(endpoint)) {
            return false;
        }
        if (ramp == 0 || !endpoint.isNew()) {
            return true;
        }
        double share = (caller.nowNanos() - endpoint.sinceNanos()) / (double) ramp;
        return share >= 1 || caller.random().nextDouble() < Math.max(share, LEAST_SHARE);
    }

    /** The next in turn by weight; -1 if all have failed the request. */
    int next(Caller caller, long ramp) {
        for (int i = 0; i < DRAWS; i++) {
            long now = turn.getAndIncrement();
            int index = equal ? (int) Long.remainderUnsigned(now, endpoints.length) : schedule.at(now);
            if (admits(index, caller, ramp)) {
                return index;
            }
        }
        return anyone(caller);
    }

    /** One by chance and weight; -1 if all have failed the request. */
    int drawn(Caller caller, long ramp) {
        for (int i = 0; i < DRAWS; i++) {
            long random = caller.random().nextLong();
            int index = equal ? (int) Math.unsignedMultiplyHigh(random, endpoints.length) : schedule.drawn(random);
            if (admits(index, caller, ramp)) {
                return index;
            }
        }
        return anyone(caller);
    }

    /** Whoever has not failed the request; -1 if there is nobody. */
    int anyone(Caller caller) {
        int size = endpoints.length;
        int start = (int) Math.unsignedMultiplyHigh(caller.random().nextLong(), size);
        for (int i = 0; i < size; i++) {
            int index = start + i < size ? start + i : start + i - size;
            if (!caller.hasTried(endpoints[index])) {
                return index;
            }
        }
        return -1;
    }
}
