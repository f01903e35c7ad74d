package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.MatchModel.ValueCondition;
import dev.gatehouse.controller.model.MatchModel.ValueTest;
import dev.gatehouse.snapshot.Regexes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Reads the annotations {@code gatehouse.dev/canary*} of an Ingress. What cannot be read costs the canary and nothing else: its
 * primary is served without it.
 */
final class CanaryAnnotations {

    static final String CANARY = "canary";
    static final String WEIGHT = "canary-weight";
    static final String TOTAL = "canary-weight-total";
    static final String HEADER = "canary-by-header";
    static final String VALUE = "canary-by-header-value";
    static final String PATTERN = "canary-by-header-pattern";
    static final String COOKIE = "canary-by-cookie";

    private static final Set<String> NAMES = Set.of(CANARY, WEIGHT, TOTAL, HEADER, VALUE, PATTERN, COOKIE);

    private static final int MOST = 1_000_000;

    private final Map<String, String> annotations;
    private final Consumer<Finding> findings;
    private boolean readable = true;

    private CanaryAnnotations(Map<String, String> annotations, Consumer<Finding> findings) {
        this.annotations = annotations;
        this.findings = findings;
    }

    /** Whether the Ingress is to be one, be it as it should or not. */
    static boolean asked(Map<String, String> annotations) {
        return !value(annotations, CANARY).orElse("false").equals("false");
    }

    /** Those of a canary that its primary decides, by name. */
    static Set<String> unused(Map<String, String> annotations) {
        TreeSet<String> unused = new TreeSet<>(annotations.keySet());
        unused.removeIf(name -> !name.startsWith(AnnotationReader.PREFIX)
                || NAMES.contains(name.substring(AnnotationReader.PREFIX.length())));
        return unused;
    }

    /** Empty if they cannot be read; findings say why. */
    static Optional<CanaryModel.Terms> parse(Map<String, String> annotations, Consumer<Finding> findings) {
        return new CanaryAnnotations(annotations, findings).parse();
    }

    private Optional<CanaryModel.Terms> parse() {
        if (!value(CANARY).equals(Optional.of("true"))) {
            return invalid(CANARY, "is '" + HostNames.shown(value(CANARY).orElse("")) + "'; write true or false");
        }
        int total = number(TOTAL, 1, MOST, 100);
        int weight = number(WEIGHT, 0, total, 0);
        Optional<ValueCondition> header = header();
        String cookie = value(COOKIE).orElse("");
        // RFC 6265, 4.1.1: a name is a token, as a header's is.
        if (value(COOKIE).isPresent() && HeaderNames.problem(cookie).isPresent()) {
            invalid(COOKIE, "is '" + HostNames.shown(cookie) + "'; write the name of a cookie, such as canary");
        }
        if (readable && header.isEmpty() && cookie.isEmpty() && weight == 0) {
            findings.accept(Finding.warning(
                    Reasons.INVALID_ANNOTATION,
                    field(CANARY),
                    "is true, and no request goes to the canary; write " + AnnotationReader.PREFIX + WEIGHT + ", "
                            + AnnotationReader.PREFIX + HEADER + " or " + AnnotationReader.PREFIX + COOKIE));
        }
        boolean vetoes = value(VALUE).isEmpty() && value(PATTERN).isEmpty();
        return readable ? Optional.of(new CanaryModel.Terms(header, vetoes, cookie, weight, total)) : Optional.empty();
    }

    private Optional<ValueCondition> header() {
        Optional<String> name = value(HEADER);
        if (name.isEmpty()) {
            for (String more : new TreeSet<>(Set.of(VALUE, PATTERN))) {
                if (value(more).isPresent()) {
                    return invalid(
                            more,
                            "says more of " + AnnotationReader.PREFIX + HEADER
                                    + ", which is not there; write that one too");
                }
            }
            return Optional.empty();
        }
        Optional<String> problem = HeaderNames.problem(name.get());
        if (problem.isPresent()) {
            return invalid(HEADER, problem.get());
        }
        String lower = HeaderNames.lower(name.get());
        if (value(VALUE).isPresent() && value(PATTERN).isPresent()) {
            return invalid(PATTERN, "stands beside " + AnnotationReader.PREFIX + VALUE + "; keep one of them");
        }
        if (value(PATTERN).isPresent()) {
            try {
                Regexes.compile(value(PATTERN).get());
            } catch (IllegalArgumentException e) {
                return invalid(PATTERN, String.valueOf(e.getMessage()));
            }
            return Optional.of(
                    new ValueCondition(lower, ValueTest.REGEX, value(PATTERN).get()));
        }
        return Optional.of(
                new ValueCondition(lower, ValueTest.EXACT, value(VALUE).orElse("always")));
    }

    private int number(String name, int least, int most, int otherwise) {
        Optional<String> text = value(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        int number = text.get().matches("[0-9]{1,7}") ? Integer.parseInt(text.get()) : -1;
        if (number < least || number > most) {
            invalid(name, "is '" + HostNames.shown(text.get()) + "'; write a number from " + least + " to " + most);
            return otherwise;
        }
        return number;
    }

    private Optional<String> value(String name) {
        return value(annotations, name);
    }

    private static Optional<String> value(Map<String, String> annotations, String name) {
        return Optional.ofNullable(annotations.get(AnnotationReader.PREFIX + name))
                .map(String::strip);
    }

    private static String field(String name) {
        return AnnotationReader.field(AnnotationReader.PREFIX + name);
    }

    private <T> Optional<T> invalid(String name, String message) {
        readable = false;
        findings.accept(Finding.error(
                Reasons.INVALID_ANNOTATION, field(name), message + ". Until then the canary gets no requests"));
        return Optional.empty();
    }
}
