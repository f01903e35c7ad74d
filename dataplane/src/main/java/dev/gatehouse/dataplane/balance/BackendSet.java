package dev.gatehouse.dataplane.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The weighted backends of a rule. With weights w1..wn in lowest terms and their sum W, any W picks in a row give each
 * backend exactly its weight, and spread it evenly over them: the n-th pick falls on the point {@code n * stride mod W}
 * with a stride that is coprime to W and whose multiples are spread evenly. Thread-safe; picking allocates nothing.
 */
public final class BackendSet {

    /** Nobody: every pick is unavailable with {@code no-backend}. */
    public static final BackendSet EMPTY = new BackendSet(List.of(), new long[0], 1);

    private static final Selection NOBODY = Selection.unavailable("no-backend");
    private static final double GOLDEN = 0.6180339887498949;
    private static final int STRIDES_TRIED = 32;

    /** So that the product of two points stays within a long. */
    private static final long MAX_TOTAL = Integer.MAX_VALUE;

    private final List<Selection> backends;
    private final long[] upTo;
    private final long stride;
    private final AtomicLong turn = new AtomicLong();

    /**
     * One backend.
     *
     * @param weight share relative to the others; 0: none
     */
    public record Weighted(Selection selection, long weight) {}

    private BackendSet(List<Selection> backends, long[] upTo, long stride) {
        this.backends = backends;
        this.upTo = upTo;
        this.stride = stride;
    }

    /**
     * Backends in the order of their object. If no weight is above 0, every pick is unavailable.
     *
     * @throws IllegalArgumentException if the weights in lowest terms add up to more than 2^31 - 1
     */
    public static BackendSet of(List<Weighted> backends) {
        long divisor = 0;
        for (Weighted backend : backends) {
            divisor = gcd(backend.weight(), divisor);
        }
        List<Selection> used = new ArrayList<>(backends.size());
        long[] upTo = new long[backends.size()];
        long total = 0;
        for (Weighted backend : backends) {
            if (backend.weight() > 0) {
                total += backend.weight() / divisor;
                upTo[used.size()] = total;
                used.add(backend.selection());
            }
        }
        if (used.isEmpty()) {
            return EMPTY;
        }
        if (total > MAX_TOTAL) {
            throw new IllegalArgumentException("the weights of a rule's backends add up to " + total
                    + " in lowest terms; the sum must not exceed " + MAX_TOTAL);
        }
        return new BackendSet(List.copyOf(used), java.util.Arrays.copyOf(upTo, used.size()), stride(total));
    }

    /** Of the coprimes near the golden section, the one whose multiples are spread most evenly. */
    private static long stride(long total) {
        long golden = Math.round(total * GOLDEN);
        long best = 1;
        long bestUnevenness = Long.MAX_VALUE;
        for (long stride = golden - STRIDES_TRIED; stride <= golden + STRIDES_TRIED; stride++) {
            if (stride > 0 && stride < total && gcd(stride, total) == 1) {
                long unevenness = unevenness(stride, total);
                if (unevenness < bestUnevenness) {
                    bestUnevenness = unevenness;
                    best = stride;
                }
            }
        }
        return best;
    }

    /** Sum of the partial quotients of the fraction, which bounds the discrepancy of its multiples (Ostrowski 1922). */
    private static long unevenness(long numerator, long denominator) {
        long sum = 0;
        long a = denominator;
        long b = numerator;
        while (b != 0) {
            sum += a / b;
            long rest = a % b;
            a = b;
            b = rest;
        }
        return sum;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    public Selection pick() {
        int size = upTo.length;
        if (size <= 1) {
            return size == 0 ? NOBODY : backends.getFirst();
        }
        long total = upTo[size - 1];
        long point = Long.remainderUnsigned(turn.getAndIncrement(), total) * stride % total;
        int i = 0;
        while (point >= upTo[i]) {
            i++;
        }
        return backends.get(i);
    }

    /** Those with a share, in the order of their object. */
    public List<Selection> backends() {
        return backends;
    }
}
