package dev.gatehouse.controller.status;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Warns of certificates that have ended or are about to. Both are served: a warning is better than no site. Pure. */
final class CertificateEnds {

    static final String EXPIRED = "CertificateExpired";
    static final String EXPIRING = "CertificateExpiring";

    private static final Duration NOTICE = Duration.ofDays(14);

    private CertificateEnds() {}

    static List<Finding> findings(Set<ObjectKey> secrets, Function<ObjectKey, Optional<Instant>> ends, Instant now) {
        List<Finding> findings = new ArrayList<>();
        for (ObjectKey secret : secrets.stream().sorted().toList()) {
            Optional<Instant> end = ends.apply(secret);
            if (end.isPresent() && end.get().isBefore(now.plus(NOTICE))) {
                boolean over = end.get().isBefore(now);
                findings.add(Finding.warning(
                        over ? EXPIRED : EXPIRING,
                        "spec.tls",
                        "the certificate of Secret " + secret.path() + (over ? " expired at " : " expires at ")
                                + end.get()
                                + (over ? "; it is served, and clients will refuse it: renew it" : ": renew it")));
            }
        }
        return findings;
    }
}
