package dev.gatehouse.controller.status;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.crds.RouteRuleStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a verdict means for the conditions of a ProxyRoute or ProxyPolicy (KEP-1623 gives their form). Pure. */
final class RouteConditions {

    static final String ACCEPTED = "Accepted";
    static final String RESOLVED_REFS = "ResolvedRefs";
    static final String PROGRAMMED = "Programmed";

    private static final Pattern RULE = Pattern.compile("spec\\.rules\\[([0-9]{1,4})]");
    private static final int MAX_MESSAGE = 32_768;

    private RouteConditions() {}

    /**
     * The conditions an object should show.
     *
     * @param before those it shows: what has not turned keeps its time
     */
    static List<Condition> of(Verdict verdict, Programming progress, List<Condition> before, Instant now) {
        List<Condition> after = new ArrayList<>();
        Predicate<Finding> reference = finding -> Reasons.isReference(finding.reason());
        List<Finding> own =
                verdict.findings().stream().filter(reference.negate()).toList();
        List<Finding> references = verdict.findings().stream().filter(reference).toList();
        after.add(accepted(verdict, own));
        after.add(condition(
                RESOLVED_REFS,
                verdict.resolvedRefs() ? "True" : "False",
                references.isEmpty() ? RESOLVED_REFS : references.getFirst().reason(),
                references.isEmpty() ? "" : text(references)));
        after.add(programmed(verdict, progress));
        return after.stream()
                .map(condition -> settled(condition, verdict.generation(), before, now))
                .toList();
    }

    /**
     * The rules a part of which fails, in the order of the object, each with what is false of it. A rule that is served as it is
     * written is not among them.
     *
     * @param before those it shows
     */
    static List<RouteRuleStatus> ofRules(Verdict verdict, List<RouteRuleStatus> before, Instant now) {
        TreeMap<Integer, List<Finding>> byRule = new TreeMap<>();
        for (Finding finding : verdict.findings()) {
            Matcher rule = RULE.matcher(finding.field());
            if (finding.severity() == Severity.ERROR && rule.lookingAt()) {
                byRule.computeIfAbsent(Integer.valueOf(rule.group(1)), r -> new ArrayList<>())
                        .add(finding);
            }
        }
        List<RouteRuleStatus> rules = new ArrayList<>();
        byRule.forEach((index, findings) -> {
            String name = "spec.rules[" + index + "]";
            List<Condition> last = before.stream()
                    .filter(status -> status.rule().equals(name))
                    .findFirst()
                    .map(RouteRuleStatus::conditions)
                    .orElse(List.of());
            List<Condition> conditions = new ArrayList<>();
            failing(ACCEPTED, findings, finding -> !Reasons.isReference(finding.reason()))
                    .ifPresent(conditions::add);
            failing(RESOLVED_REFS, findings, finding -> Reasons.isReference(finding.reason()))
                    .ifPresent(conditions::add);
            rules.add(new RouteRuleStatus(
                    name,
                    conditions.stream()
                            .map(condition -> settled(condition, verdict.generation(), last, now))
                            .toList()));
        });
        return rules;
    }

    private static Optional<Condition> failing(String type, List<Finding> findings, Predicate<Finding> concerns) {
        List<Finding> failures = findings.stream().filter(concerns).toList();
        return failures.isEmpty()
                ? Optional.empty()
                : Optional.of(condition(type, "False", failures.getFirst().reason(), text(failures)));
    }

    /** As {@link #of}, for a policy: it is accepted or not, and the routes that use it tell the rest. */
    static List<Condition> ofPolicy(Verdict verdict, List<Condition> before, Instant now) {
        return List.of(settled(accepted(verdict, verdict.findings()), verdict.generation(), before, now));
    }

    private static Condition accepted(Verdict verdict, List<Finding> findings) {
        return condition(
                ACCEPTED,
                verdict.accepted() ? "True" : "False",
                verdict.accepted() || findings.isEmpty()
                        ? ACCEPTED
                        : findings.getFirst().reason(),
                findings.isEmpty() ? "" : text(findings));
    }

    private static Condition programmed(Verdict verdict, Programming progress) {
        if (!verdict.accepted()) {
            return condition(PROGRAMMED, "False", "NotAccepted", "nothing of it is served: see Accepted");
        }
        Optional<Finding> instead = verdict.findings().stream()
                .filter(finding -> finding.reason().equals(Reasons.HELD)
                        || finding.reason().equals(Reasons.ROLLED_BACK)
                        || finding.reason().equals(Reasons.NOT_COMPILED))
                .findFirst();
        if (instead.isPresent()) {
            return condition(
                    PROGRAMMED, "False", instead.get().reason(), instead.get().message());
        }
        return programmed(progress);
    }

    private static Condition programmed(Programming progress) {
        if (!progress.refusals().isEmpty()) {
            return condition(PROGRAMMED, "False", "Refused", String.join("; ", progress.refusals()));
        }
        if (progress.nodes() == 0) {
            return condition(PROGRAMMED, "False", "NoDataPlane", "no data plane of the fleet is connected");
        }
        return condition(
                PROGRAMMED,
                progress.done() ? "True" : "False",
                progress.done() ? PROGRAMMED : "Pending",
                progress.text());
    }

    /**
     * The conditions of a fleet that are about what its data planes serve: {@value #PROGRAMMED}, and {@code Held} or
     * {@code RolledBack} while they are so.
     *
     * @param problem why it is not rolled back as it asks for
     * @param before those it shows: a snapshot that is under way turns nothing
     */
    static List<Condition> ofFleet(
            Verdict verdict, Programming progress, Optional<String> problem, List<Condition> before, Instant now) {
        List<Condition> after = new ArrayList<>();
        Condition programmed = programmed(progress);
        Optional<Condition> shown = before.stream()
                .filter(condition -> condition.getType().equals(PROGRAMMED)
                        && programmed.getReason().equals("Pending"))
                .findFirst();
        after.add(shown.orElse(programmed));
        for (String type : List.of(Reasons.HELD, Reasons.ROLLED_BACK)) {
            verdict.findings().stream()
                    .filter(finding -> finding.reason().equals(type))
                    .findFirst()
                    .ifPresent(finding -> after.add(condition(type, "True", type, finding.message())));
        }
        if (problem.isPresent() && after.stream().noneMatch(c -> c.getType().equals(Reasons.ROLLED_BACK))) {
            after.add(condition(Reasons.ROLLED_BACK, "False", Reasons.ROLLBACK_UNKNOWN, problem.get()));
        }
        return after.stream()
                .map(condition -> settled(condition, verdict.generation(), before, now))
                .toList();
    }

    /** Whether a condition of a fleet is one of {@link #ofFleet}. */
    static boolean isOfServing(Condition condition) {
        return Set.of(PROGRAMMED, Reasons.HELD, Reasons.ROLLED_BACK).contains(condition.getType());
    }

    private static Condition condition(String type, String status, String reason, String message) {
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .build();
    }

    /**
     * A condition that has not turned keeps its time; that of Programmed keeps its message as well, which tells the snapshot
     * with which the object became live, not every one since.
     */
    private static Condition settled(Condition next, long generation, List<Condition> before, Instant now) {
        Optional<Condition> last = before.stream()
                .filter(condition -> condition.getType().equals(next.getType()))
                .findFirst();
        boolean same = last.filter(condition -> condition.getStatus().equals(next.getStatus()))
                .isPresent();
        next.setLastTransitionTime(last.filter(condition -> same)
                .map(Condition::getLastTransitionTime)
                .orElseGet(() -> time(now)));
        next.setObservedGeneration(generation);
        if (next.getType().equals(PROGRAMMED)
                && same
                && last.get().getReason().equals(next.getReason())
                && Long.valueOf(generation).equals(last.get().getObservedGeneration())
                && next.getStatus().equals("True")) {
            next.setMessage(last.get().getMessage());
        }
        return next;
    }

    /** RFC 3339 with whole seconds, as metav1.Time is kept. */
    private static String time(Instant now) {
        return DateTimeFormatter.ISO_INSTANT.format(
                now.truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    }

    private static String text(List<Finding> findings) {
        String text = findings.stream()
                .map(finding ->
                        finding.field().isEmpty() ? finding.message() : finding.field() + ": " + finding.message())
                .collect(Collectors.joining("; "));
        return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE - 3) + "...";
    }
}
