package dev.gatehouse.dataplane.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The weighted backends of a rule. Shares follow the weights exactly over time: the n-th request falls on the fraction of
 * n times the golden ratio, the sequence of lowest discrepancy. Thread-safe; picking allocates nothing.
 */
public final class BackendSet {

    /** Nobody: every pick is unavailable with {@code no-backend}. */
    public static final BackendSet EMPTY = new BackendSet(List.of());

    private static final Selection NOBODY = new Selection(new Upstream(""), 0, "no-backend");
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final List<Selection> backends;
    private final long[] upTo;
    private final AtomicLong count = new AtomicLong();

    /**
     * One backend.
     *
     * @param upstream where to go, if {@code unavailable} is empty
     * @param weight relative share; 0: none
     * @param unavailable reason code for which its share is answered 503; empty: it can be used
     */
    public record Selection(Upstream upstream, int weight, String unavailable) {}

    private BackendSet(List<Selection> backends) {
        this.backends = backends;
        this.upTo = new long[backends.size()];
        long total = 0;
        for (int i = 0; i < upTo.length; i++) {
            total += backends.get(i).weight();
            upTo[i] = total;
        }
    }

    /** Backends in the order of their object. If no weight is above 0, every pick is unavailable. */
    public static BackendSet of(List<Selection> backends) {
        return new BackendSet(List.copyOf(backends));
    }

    public Selection pick() {
        int size = upTo.length;
        long total = size == 0 ? 0 : upTo[size - 1];
        if (total == 0) {
            return NOBODY;
        }
        if (size == 1) {
            return backends.getFirst();
        }
        long point = Math.unsignedMultiplyHigh(count.getAndIncrement() * GOLDEN, total);
        int i = 0;
        while (point >= upTo[i]) {
            i++;
        }
        return backends.get(i);
    }

    public List<Selection> backends() {
        return backends;
    }
}
