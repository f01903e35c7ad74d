package dev.gatehouse.dataplane.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The weighted backends of a rule, in turn by weight (see {@link Schedule}). Thread-safe; picking allocates nothing. */
public final class BackendSet {

    /** Nobody: every pick is unavailable with {@code no-backend}. */
    public static final BackendSet EMPTY = new BackendSet(List.of(), List.of(), List.of(), Schedule.of(1));

    private static final Selection NOBODY = Selection.unavailable("no-backend");

    private final List<Selection> all;
    private final List<Selection> backends;
    private final List<Selection> withSessions;
    private final Schedule schedule;
    private final AtomicLong turn = new AtomicLong();

    /**
     * One backend.
     *
     * @param weight share relative to the others; 0: none
     * @param guest whether another object brings it to the rule. While it has no endpoint the rule's own stands in: nobody takes
     *     anything away from a rule of others. An own one without a share, beside a guest with one, is there for that alone
     */
    public record Weighted(Selection selection, long weight, boolean guest) {
        public Weighted(Selection selection, long weight) {
            this(selection, weight, false);
        }
    }

    private BackendSet(List<Selection> all, List<Selection> backends, List<Selection> withSessions, Schedule schedule) {
        this.all = all;
        this.backends = backends;
        this.withSessions = withSessions;
        this.schedule = schedule;
    }

    /**
     * Backends in the order of their object. If no weight is above 0, every pick is unavailable.
     *
     * @throws IllegalArgumentException if the weights in lowest terms add up to more than 2^31 - 1
     */
    public static BackendSet of(List<Weighted> backends) {
        List<Weighted> joined = backends.stream()
                .map(backend -> backend.guest() ? hosted(backend, backends) : backend)
                .toList();
        List<Weighted> used =
                joined.stream().filter(backend -> backend.weight() > 0).toList();
        boolean guests = used.stream().anyMatch(Weighted::guest);
        List<Weighted> withSessions = joined.stream()
                .filter(backend -> backend.weight() > 0 || backend.guest() || !guests)
                .toList();
        try {
            return new BackendSet(
                    selections(joined),
                    selections(used),
                    selections(withSessions),
                    used.isEmpty()
                            ? Schedule.of(1)
                            : Schedule.of(
                                    used.stream().mapToLong(Weighted::weight).toArray()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the weights of a rule's backends " + e.getMessage(), e);
        }
    }

    private static Weighted hosted(Weighted guest, List<Weighted> backends) {
        return backends.stream()
                .filter(one -> !one.guest() && one.selection().unavailable().isEmpty())
                .findFirst()
                .map(own -> new Weighted(guest.selection().orElse(own.selection()), guest.weight(), true))
                .orElse(guest);
    }

    private static List<Selection> selections(List<Weighted> backends) {
        return backends.stream().map(Weighted::selection).toList();
    }

    public Selection pick() {
        return switch (backends.size()) {
            case 0 -> NOBODY;
            case 1 -> backends.getFirst().now();
            default -> backends.get(schedule.at(turn.getAndIncrement())).now();
        };
    }

    /** The backend that the caller has a session with, whatever its weight; otherwise the next. */
    public Selection pick(Caller caller) {
        if (caller.isInSession()) {
            for (int i = 0; i < withSessions.size(); i++) {
                Selection one = withSessions.get(i);
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
