package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.Resilience.Condition;
import dev.gatehouse.controller.model.Resilience.Retries;
import dev.gatehouse.controller.model.Resilience.Timeouts;
import dev.gatehouse.crds.RouteRetries;
import dev.gatehouse.crds.RouteRule;
import dev.gatehouse.crds.RouteTimeouts;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a rule says about backends that fail. What cannot be read costs itself: its default holds, and a finding says so. */
final class ResilienceParser {

    private static final Pattern STATUS = Pattern.compile("[45][0-9][0-9]");
    private static final Pattern PERCENT = Pattern.compile("(100|[1-9][0-9]?)%");
    private static final int DEFAULT_BUDGET = 20;
    private static final int MAX_ATTEMPTS = 10;

    private final Consumer<Finding> findings;

    ResilienceParser(Consumer<Finding> findings) {
        this.findings = findings;
    }

    /** @param field of the rule */
    Resilience parse(RouteRule rule, String field) {
        return parse(
                rule.timeouts(),
                rule.retries(),
                new EndpointTermsParser(findings).parse(rule.health(), rule.circuitBreaker(), field),
                field);
    }

    /** What a policy says; how endpoints fare is no business of it. */
    Resilience parse(@Nullable RouteTimeouts timeouts, @Nullable RouteRetries retries, String field) {
        return parse(timeouts, retries, EndpointTerms.NONE, field);
    }

    private Resilience parse(
            @Nullable RouteTimeouts timeouts, @Nullable RouteRetries retries, EndpointTerms endpoints, String field) {
        return new Resilience(
                timeouts(timeouts, field + ".timeouts."), retries(retries, field + ".retries."), endpoints);
    }

    /** Milliseconds for the whole request; 0 for the listener's. */
    int request(RouteRule rule, String field) {
        return request(rule.timeouts(), field);
    }

    /** @param field of what has the timeouts */
    int request(@Nullable RouteTimeouts timeouts, String field) {
        return timeouts == null ? 0 : millis(timeouts.request(), field + ".timeouts.request");
    }

    private Timeouts timeouts(@Nullable RouteTimeouts timeouts, String field) {
        return timeouts == null
                ? Timeouts.NONE
                : new Timeouts(
                        millis(timeouts.connect(), field + "connect"),
                        millis(timeouts.firstByte(), field + "firstByte"),
                        millis(timeouts.idle(), field + "idle"));
    }

    private int millis(@Nullable String text, String field) {
        return text == null ? 0 : Durations.millis(text, field, findings);
    }

    private Optional<Retries> retries(@Nullable RouteRetries retries, String field) {
        if (retries == null) {
            return Optional.empty();
        }
        int perTry = millis(retries.perTryTimeout(), field + "perTryTimeout");
        EnumSet<Condition> on = EnumSet.noneOf(Condition.class);
        TreeSet<Integer> statuses = new TreeSet<>();
        List<String> conditions =
                retries.on().isEmpty() ? List.of("connect-failure", "refused-stream", "reset") : retries.on();
        for (int i = 0; i < conditions.size(); i++) {
            condition(conditions.get(i), field + "on[" + i + "]", on, statuses);
        }
        if (perTry > 0) {
            on.add(Condition.TIMEOUT);
        }
        return Optional.of(new Retries(
                attempts(retries.attempts(), field + "attempts"),
                List.copyOf(on),
                List.copyOf(statuses),
                perTry,
                budget(retries.budget(), field + "budget")));
    }

    private void condition(String text, String field, Set<Condition> on, Set<Integer> statuses) {
        switch (text) {
            case "connect-failure" -> on.add(Condition.CONNECT_FAILURE);
            case "refused-stream" -> on.add(Condition.REFUSED_STREAM);
            case "reset" -> on.add(Condition.RESET);
            case "timeout" -> on.add(Condition.TIMEOUT);
            case "5xx" -> on.add(Condition.SERVER_ERROR);
            case "gateway-error" -> statuses.addAll(List.of(502, 503, 504));
            default -> {
                if (STATUS.matcher(text).matches()) {
                    statuses.add(Integer.valueOf(text));
                } else {
                    findings.accept(Finding.error(
                            Reasons.INVALID_VALUE,
                            field,
                            "is '" + HostNames.shown(text) + "'; write connect-failure, refused-stream, reset, timeout,"
                                    + " gateway-error, 5xx or a status from 400 to 599. It is left out"));
                }
            }
        }
    }

    private int attempts(int attempts, String field) {
        if (attempts < 0 || attempts > MAX_ATTEMPTS) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE,
                    field,
                    "is " + attempts + "; write a number from 0 to " + MAX_ATTEMPTS + ". Until then it is 2"));
            return 2;
        }
        return attempts;
    }

    private int budget(String text, String field) {
        if (!PERCENT.matcher(text).matches()) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE,
                    field,
                    "is '" + HostNames.shown(text) + "'; write a share from 1% to 100%. Until then it is "
                            + DEFAULT_BUDGET + "%"));
            return DEFAULT_BUDGET;
        }
        return Integer.parseInt(text.substring(0, text.length() - 1));
    }
}
