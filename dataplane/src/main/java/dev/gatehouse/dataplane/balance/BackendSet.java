package dev.gatehouse.dataplane.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The weighted backends of a rule, in turn by weight (see {@link Schedule}). Thread-safe; picking allocates nothing. */
public final class BackendSet {

    /** Nobody: every pick is unavailable with {@code no-backend}. */
    public static final BackendSet EMPTY = new BackendSet(List.of(), List.of(), Schedule.of(1));

    private static final Selection NOBODY = Selection.unavailable("no-backend");

    private final List<Selection> all;
    private final List<Selection> backends;
    private final Schedule schedule;
    private final AtomicLong turn = new AtomicLong();

    /**
     * One backend.
     *
     * @param weight share relative to the others; 0: none
     */
    public record Weighted(Selection selection, long weight) {}

    private BackendSet(List<Selection> all, List<Selection> backends, Schedule schedule) {
        this.all = all;
        this.backends = backends;
        this.schedule = schedule;
    }

    /**
     * Backends in the order of their object. If no weight is above 0, every pick is unavailable.
     *
     * @throws IllegalArgumentException if the weights in lowest terms add up to more than 2^31 - 1
     */
    public static BackendSet of(List<Weighted> backends) {
        List<Weighted> used =
                backends.stream().filter(backend -> backend.weight() > 0).toList();
        List<Selection> all = backends.stream().map(Weighted::selection).toList();
        if (used.isEmpty()) {
            return new BackendSet(all, List.of(), Schedule.of(1));
        }
        try {
            return new BackendSet(
                    all,
                    used.stream().map(Weighted::selection).toList(),
                    Schedule.of(used.stream().mapToLong(Weighted::weight).toArray()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the weights of a rule's backends " + e.getMessage(), e);
        }
    }

    public Selection pick() {
        return switch (backends.size()) {
            case 0 -> NOBODY;
            case 1 -> backends.getFirst();
            default -> backends.get(schedule.at(turn.getAndIncrement()));
        };
    }

    /** The backend that the caller has a session with, whatever its weight; otherwise the next. */
    public Selection pick(Caller caller) {
        if (caller.isInSession()) {
            for (int i = 0; i < all.size(); i++) {
                Selection one = all.get(i);
                if (one.unavailable().isEmpty() && one.upstream().hasSession(caller)) {
                    return one;
                }
            }
        }
        return pick();
    }

    /** All of them, in the order of their object. */
    public List<Selection> all() {
        return all;
    }

    /** Those with a share, in the order of their object. */
    public List<Selection> backends() {
        return backends;
    }
}
