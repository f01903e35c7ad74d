package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.MatchModel.ValueCondition;
import dev.gatehouse.controller.model.MatchModel.ValueTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A backend that an Ingress brings to the rule of another one with the same host and path, its primary.
 *
 * @param field of the path
 * @param match the primary's
 * @param backend what it brings; its weight means nothing
 * @param terms which requests it gets
 */
public record CanaryModel(String field, MatchModel match, BackendModel backend, Terms terms) {

    /**
     * Who gets the canary. In this order the first that says something about a request counts: header, cookie, weight.
     *
     * @param header the condition that leads to it
     * @param headerVetoes whether the value {@code never} of that header leads away from it
     * @param cookie whose values {@code always} and {@code never} decide; empty: none
     * @param weight of {@code total} other requests
     */
    public record Terms(Optional<ValueCondition> header, boolean headerVetoes, String cookie, int weight, int total) {}

    /**
     * The primary's rule as it is with the canary: rules of its own for those who say by header or cookie which one they want, in
     * the order in which they are to be tried, and the rule itself with weights.
     *
     * @param primary a rule with one backend and no conditions but its path
     * @param route that brings the canary
     */
    public List<RuleModel> join(RuleModel primary, ObjectKey route) {
        BackendModel stable = primary.backends().getFirst();
        List<RuleModel> rules = new ArrayList<>();
        boolean decided = terms.cookie().isEmpty() && terms.weight() == 0;
        terms.header().ifPresent(header -> {
            rules.add(primary.as(".canary-by-header", match.withHeader(header), asked(stable, route)));
            if (terms.headerVetoes() && !decided) {
                rules.add(primary.as(".stable-by-header", match.withHeader(never(header.name())), List.of(stable)));
            }
        });
        if (!terms.cookie().isEmpty()) {
            ValueCondition always = new ValueCondition(terms.cookie(), ValueTest.EXACT, "always");
            rules.add(primary.as(".canary-by-cookie", match.withCookie(always), asked(stable, route)));
            if (terms.weight() > 0) {
                rules.add(primary.as(".stable-by-cookie", match.withCookie(never(terms.cookie())), List.of(stable)));
            }
        }
        rules.add(primary.as(
                "", match, List.of(stable.weighing(terms.total() - terms.weight()), brought(route, terms.weight()))));
        return rules;
    }

    /** For those who ask for the canary; what stands in for it while it has no endpoint comes with it. */
    private List<BackendModel> asked(BackendModel stable, ObjectKey route) {
        return List.of(brought(route, 1), stable.weighing(0));
    }

    private BackendModel brought(ObjectKey route, int weight) {
        return new BackendModel.Brought(route, field, backend.weighing(weight));
    }

    private static ValueCondition never(String name) {
        return new ValueCondition(name, ValueTest.EXACT, "never");
    }
}
