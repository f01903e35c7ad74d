package dev.gatehouse.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.crds.RouteRuleStatus;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a route's status says of its single rules. */
class RuleConditionsTest {

    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private static Verdict verdict(long generation, Finding... findings) {
        return new Verdict(
                new ObjectKey(Kind.PROXY_ROUTE, "shop", "shop"),
                "uid",
                generation,
                true,
                Optional.empty(),
                true,
                false,
                List.of(findings),
                Set.of(),
                0);
    }

    private static Finding missing(int rule, String service) {
        return Finding.error(
                Reasons.SERVICE_NOT_FOUND, "spec.rules[" + rule + "].backends[0].service", "names " + service);
    }

    @Test
    void onlyRulesThatFailAreThereInTheOrderOfTheObject() {
        List<RouteRuleStatus> rules = RouteConditions.ofRules(
                verdict(
                        3,
                        missing(10, "b"),
                        missing(2, "a"),
                        Finding.error(Reasons.HOST_PATH_TAKEN, "spec.rules[2].matches[0]", "is taken"),
                        Finding.warning(Reasons.PATH_IS_NO_REGEX, "spec.rules[4].matches[0]", "is odd"),
                        Finding.error(Reasons.SECRET_NOT_FOUND, "spec.tls.secretName", "is missing")),
                List.of(),
                NOW);
        assertThat(rules).extracting(RouteRuleStatus::rule).containsExactly("spec.rules[2]", "spec.rules[10]");
        assertThat(rules.getFirst().conditions())
                .extracting(Condition::getType, Condition::getStatus, Condition::getReason, Condition::getMessage)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "Accepted", "False", "HostPathTaken", "spec.rules[2].matches[0]: is taken"),
                        org.assertj.core.groups.Tuple.tuple(
                                "ResolvedRefs",
                                "False",
                                "ServiceNotFound",
                                "spec.rules[2].backends[0].service: names a"));
        assertThat(rules.getFirst().conditions())
                .allSatisfy(condition ->
                        assertThat(condition.getObservedGeneration()).isEqualTo(3));
    }

    @Test
    void whatHasNotTurnedKeepsItsTime() {
        List<RouteRuleStatus> before = RouteConditions.ofRules(verdict(3, missing(0, "a")), List.of(), NOW);
        List<RouteRuleStatus> after =
                RouteConditions.ofRules(verdict(4, missing(0, "b"), missing(1, "b")), before, NOW.plusSeconds(60));
        assertThat(after.get(0).conditions().getFirst().getLastTransitionTime()).isEqualTo("2026-03-01T00:00:00Z");
        assertThat(after.get(0).conditions().getFirst().getObservedGeneration()).isEqualTo(4);
        assertThat(after.get(1).conditions().getFirst().getLastTransitionTime()).isEqualTo("2026-03-01T00:01:00Z");
        assertThat(RouteConditions.ofRules(verdict(5), after, NOW)).isEmpty();
    }

    @Test
    void aFleetThatCannotGoBackSaysWhy() {
        Programming progress = new Programming(Snapshot.empty().root(), 1, 1, Duration.ZERO, List.of());
        assertThat(RouteConditions.ofFleet(
                        verdict(3), progress, Optional.of("asks for a version that is not kept"), List.of(), NOW))
                .filteredOn(condition -> condition.getType().equals(Reasons.ROLLED_BACK))
                .singleElement()
                .satisfies(condition -> {
                    assertThat(condition.getStatus()).isEqualTo("False");
                    assertThat(condition.getReason()).isEqualTo("RollbackUnknown");
                    assertThat(condition.getMessage()).isEqualTo("asks for a version that is not kept");
                });
    }
}
