package dev.gatehouse.dataplane.balance;

/**
 * Turns by weight. With weights w1..wn in lowest terms and their sum W, any W turns in a row give each index exactly its
 * weight, and spread it evenly over them: the n-th turn falls on the point {@code n * stride mod W} with a stride that is
 * coprime to W and whose multiples are spread evenly. Immutable; asking allocates nothing.
 */
final class Schedule {

    private static final double GOLDEN = 0.6180339887498949;
    private static final int STRIDES_TRIED = 32;

    /** So that the product of two points stays within a long. */
    private static final long MAX_TOTAL = Integer.MAX_VALUE;

    private final long[] upTo;
    private final long total;
    private final long stride;

    private Schedule(long[] upTo, long stride) {
        this.upTo = upTo;
        this.total = upTo[upTo.length - 1];
        this.stride = stride;
    }

    /**
     * Of weights of which at least one is above 0.
     *
     * @throws IllegalArgumentException if the weights in lowest terms add up to more than 2^31 - 1
     */
    static Schedule of(long... weights) {
        long divisor = 0;
        for (long weight : weights) {
            divisor = gcd(weight, divisor);
        }
        long[] upTo = new long[weights.length];
        long total = 0;
        for (int i = 0; i < weights.length; i++) {
            total += weights[i] / divisor;
            upTo[i] = total;
        }
        if (total > MAX_TOTAL) {
            throw new IllegalArgumentException(
                    "add up to " + total + " in lowest terms; the sum must not exceed " + MAX_TOTAL);
        }
        return new Schedule(upTo, stride(total));
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

    /** The index whose turn it is. */
    int at(long turn) {
        return holding(Long.remainderUnsigned(turn, total) * stride % total);
    }

    /** An index by chance, each as likely as its weight says. */
    int drawn(long random) {
        return holding(Math.unsignedMultiplyHigh(random, total));
    }

    private int holding(long point) {
        int low = 0;
        int high = upTo.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (point < upTo[middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
