package dev.gatehouse.controller.ocsp;

import dev.gatehouse.controller.model.CertificateStatus;
import java.time.Duration;
import java.time.Instant;

/**
 * When the issuer of a certificate is to be asked about it again.
 *
 * @param due the time
 * @param failures in a row before it
 */
record Appointment(Instant due, int failures) {
    private static final Duration AT_MOST = Duration.ofHours(1);
    private static final Duration AT_LEAST = Duration.ofMinutes(10);
    private static final Duration REVOKED = Duration.ofHours(12);
    private static final int MAX_DOUBLINGS = 20;

    /** For one of which nothing is known. */
    static Appointment now(Instant now) {
        return new Appointment(now, 0);
    }

    /** In the middle of an answer's life, so that the other half is left for failures; not at once if it was given late. */
    static Appointment after(CertificateStatus status, Instant now) {
        return switch (status) {
            case CertificateStatus.Good good -> {
                Instant middle = middle(good);
                yield new Appointment(middle.isAfter(now) ? middle : now.plus(AT_LEAST), 0);
            }
            case CertificateStatus.Revoked revoked -> new Appointment(now.plus(REVOKED), 0);
        };
    }

    /** For an answer that was kept by who led before. */
    static Appointment taking(CertificateStatus status, Instant now) {
        return status instanceof CertificateStatus.Good good ? new Appointment(middle(good), 0) : now(now);
    }

    Appointment afterFailure(Instant now, Duration first) {
        Duration wait = first.multipliedBy(1L << Math.min(failures, MAX_DOUBLINGS));
        return new Appointment(now.plus(wait.compareTo(AT_MOST) < 0 ? wait : AT_MOST), failures + 1);
    }

    private static Instant middle(CertificateStatus.Good good) {
        return good.thisUpdate()
                .plus(Duration.between(good.thisUpdate(), good.nextUpdate()).dividedBy(2));
    }
}
