package dev.gatehouse.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whoever names a certificate that ends within 14 days is warned, once for each certificate. */
class CertificateEndsTest {

    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private static List<Finding> findings(Map<ObjectKey, Instant> ends) {
        return CertificateEnds.findings(ends.keySet(), key -> Optional.ofNullable(ends.get(key)), NOW);
    }

    @Test
    void fourteenDaysAreTheNotice() {
        ObjectKey tls = ObjectKey.secret("shop", "tls");
        assertThat(findings(Map.of(tls, NOW.plus(Duration.ofDays(14))))).isEmpty();
        assertThat(findings(Map.of(tls, NOW.plus(Duration.ofDays(14)).minusSeconds(1))))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.WARNING);
                    assertThat(finding.reason()).isEqualTo("CertificateExpiring");
                    assertThat(finding.message())
                            .isEqualTo("the certificate of Secret shop/tls expires at 2026-03-14T23:59:59Z: renew it");
                });
        assertThat(findings(Map.of(tls, NOW.minusSeconds(1)))).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("CertificateExpired");
            assertThat(finding.message()).contains("it is served, and clients will refuse it");
        });
    }

    @Test
    void theSameIsSaidHoweverLateItIsLookedAt() {
        ObjectKey tls = ObjectKey.secret("shop", "tls");
        Map<ObjectKey, Instant> ends = Map.of(tls, NOW.plus(Duration.ofDays(10)));
        assertThat(CertificateEnds.findings(ends.keySet(), key -> Optional.ofNullable(ends.get(key)), NOW))
                .as("so that an Event is written once")
                .isEqualTo(CertificateEnds.findings(
                        ends.keySet(), key -> Optional.ofNullable(ends.get(key)), NOW.plus(Duration.ofDays(5))));
    }

    @Test
    void eachOfSeveralIsNamed() {
        assertThat(findings(Map.of(
                        ObjectKey.secret("shop", "b"), NOW,
                        ObjectKey.secret("shop", "a"), NOW,
                        ObjectKey.secret("shop", "c"), NOW.plus(Duration.ofDays(90)))))
                .extracting(Finding::message)
                .satisfiesExactly(
                        message -> assertThat(message).contains("shop/a"),
                        message -> assertThat(message).contains("shop/b"));
    }
}
