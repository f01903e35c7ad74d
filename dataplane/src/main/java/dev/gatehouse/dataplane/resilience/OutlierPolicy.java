package dev.gatehouse.dataplane.resilience;

import dev.gatehouse.snapshot.proto.Upstream;

/**
 * When endpoints of an upstream are ejected.
 *
 * @param consecutiveFailures how many requests in a row must fail; 0: nobody is ejected
 * @param ejectForMillis the first time
 * @param maxEjectedPercent of the endpoints, and always one of several
 */
public record OutlierPolicy(int consecutiveFailures, long ejectForMillis, int maxEjectedPercent) {

    /** Nobody is ejected. */
    public static final OutlierPolicy OFF = new OutlierPolicy(0, 0, 0);

    /**
     * That of an upstream.
     *
     * @throws IllegalArgumentException if a number is not below 2^31
     */
    public static OutlierPolicy of(Upstream wire) {
        if (!wire.hasOutlier()) {
            return OFF;
        }
        Upstream.Outlier outlier = wire.getOutlier();
        if (outlier.getConsecutiveFailures() < 0 || outlier.getEjectForMs() < 0 || outlier.getMaxEjectedPercent() < 0) {
            throw new IllegalArgumentException("a number of the outlier policy is not below 2^31");
        }
        return new OutlierPolicy(
                outlier.getConsecutiveFailures(), outlier.getEjectForMs(), outlier.getMaxEjectedPercent());
    }

    /** Whether anybody can be ejected. */
    public boolean isOn() {
        return consecutiveFailures > 0;
    }
}
