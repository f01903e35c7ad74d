package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteCircuitBreaker;
import dev.gatehouse.crds.RouteHealth;
import dev.gatehouse.crds.RouteHealthCheck;
import dev.gatehouse.crds.RouteOutlier;
import dev.gatehouse.crds.RouteRetries;
import dev.gatehouse.crds.RouteTimeouts;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Reads what the annotations of an Ingress say about backends that fail: the same as {@code timeouts}, {@code retries}, {@code
 * health} and {@code circuitBreaker} of a ProxyRoute's rule, field by field: {@code attempts=3; on=503, reset}. One that cannot be read
 * is told, and left out.
 */
final class ResilienceAnnotations {

    private static final String TIMEOUTS = "timeouts";
    private static final String RETRIES = "retries";
    private static final String HEALTH_CHECK = "health-check";
    private static final String OUTLIER = "outlier-ejection";
    private static final String CIRCUIT_BREAKER = "circuit-breaker";

    /** Without their prefix. */
    static final Set<String> NAMES = Set.of(TIMEOUTS, RETRIES, HEALTH_CHECK, OUTLIER, CIRCUIT_BREAKER);

    /** Of those, the ones that only who reads requests can do. */
    static final Set<String> ABOUT_REQUESTS = Set.of(RETRIES);

    private static final Map<String, RouteHealthCheck.Type> TYPES = Map.of(
            "http", RouteHealthCheck.Type.HTTP, "tcp", RouteHealthCheck.Type.TCP, "grpc", RouteHealthCheck.Type.GRPC);

    private final Map<String, String> values;
    private final Consumer<Finding> findings;

    /** What they say; the time for the whole request is apart, 0 for the listener's. */
    record Read(Resilience resilience, int requestTimeoutMs) {

        static final Read NOTHING = new Read(Resilience.NONE, 0);
    }

    private ResilienceAnnotations(Map<String, String> values, Consumer<Finding> findings) {
        this.values = values;
        this.findings = findings;
    }

    /** @param values by name without prefix, those of {@link #NAMES} only */
    static Read parse(Map<String, String> values, Consumer<Finding> findings) {
        return values.isEmpty() ? Read.NOTHING : new ResilienceAnnotations(values, findings).parse();
    }

    private Read parse() {
        ResilienceParser parser = new ResilienceParser(this::tell);
        RouteTimeouts timeouts = timeouts().orElse(null);
        RouteRetries retries = retries().orElse(null);
        EndpointTerms terms = new EndpointTermsParser(this::tell)
                .parse(
                        new RouteHealth(healthCheck().orElse(null), outlier().orElse(null)),
                        circuitBreaker().orElse(null),
                        "");
        Resilience read = parser.parse(timeouts, retries, "");
        return new Read(new Resilience(read.timeouts(), read.retries(), terms), parser.request(timeouts, ""));
    }

    /** What is wrong with a field of a ProxyRoute is wrong with an attribute of the annotation that stands for it. */
    private void tell(Finding finding) {
        String annotation = Stream.of(
                        Map.entry(".timeouts.", TIMEOUTS),
                        Map.entry(".retries.", RETRIES),
                        Map.entry(".health.active.", HEALTH_CHECK),
                        Map.entry(".health.outlier.", OUTLIER),
                        Map.entry(".circuitBreaker", CIRCUIT_BREAKER))
                .filter(entry -> finding.field().startsWith(entry.getKey()))
                .findFirst()
                .orElseThrow()
                .getValue();
        String attribute = finding.field().substring(finding.field().lastIndexOf('.') + 1);
        boolean whole = attribute.equals("circuitBreaker");
        invalid(annotation, whole ? finding.message() : attribute + " " + finding.message());
    }

    private void invalid(String annotation, String message) {
        findings.accept(Finding.error(
                Reasons.INVALID_ANNOTATION, AnnotationReader.field(AnnotationReader.PREFIX + annotation), message));
    }

    /** The attributes of an annotation, and under "" what stands before them; empty if it is not there or cannot be read. */
    private Optional<Map<String, String>> attributes(String annotation, Set<String> known, String example) {
        String value = values.get(annotation);
        if (value == null) {
            return Optional.empty();
        }
        Map<String, String> attributes = new TreeMap<>();
        String[] parts = value.split("\\s*;\\s*");
        for (int i = 0; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            boolean first = i == 0 && (equals < 0 || parts[i].contains("/"));
            String name =
                    first ? "" : parts[i].substring(0, Math.max(0, equals)).strip();
            String given = first ? parts[i] : parts[i].substring(equals + 1).strip();
            if (!known.contains(name) || given.isEmpty() || attributes.put(name, given) != null) {
                invalid(
                        annotation,
                        "has '" + HostNames.shown(parts[i]) + "'; write for example " + example
                                + (known.size() > 1
                                        ? ". Known are "
                                                + String.join(
                                                        ", ",
                                                        known.stream()
                                                                .filter(one -> !one.isEmpty())
                                                                .sorted()
                                                                .toList())
                                        : "")
                                + ". Until then nothing comes of it");
                return Optional.empty();
            }
        }
        return Optional.of(attributes);
    }

    private Optional<RouteTimeouts> timeouts() {
        return attributes(
                        TIMEOUTS,
                        Set.of("request", "connect", "firstByte", "idle"),
                        "connect=1s; firstByte=5s; request=15s")
                .map(given -> new RouteTimeouts(
                        given.get("request"), given.get("connect"), given.get("firstByte"), given.get("idle")));
    }

    private Optional<RouteRetries> retries() {
        return attributes(
                        RETRIES,
                        Set.of("attempts", "on", "perTryTimeout", "budget"),
                        "attempts=3; on=connect-failure, 503; perTryTimeout=2s; budget=20%")
                .flatMap(given -> number(RETRIES, given, "attempts", 2)
                        .map(attempts -> new RouteRetries(
                                attempts,
                                list(given.getOrDefault("on", "")),
                                given.get("perTryTimeout"),
                                given.getOrDefault("budget", "20%"))));
    }

    /** {@code /healthz}, {@code tcp}, {@code grpc shop.Cart}, and attributes behind. */
    private Optional<RouteHealthCheck> healthCheck() {
        String example = "/healthz; interval=5s, tcp, or grpc shop.Cart";
        return attributes(
                        HEALTH_CHECK,
                        Set.of(
                                "",
                                "host",
                                "expectedStatuses",
                                "port",
                                "interval",
                                "timeout",
                                "healthyThreshold",
                                "unhealthyThreshold"),
                        example)
                .flatMap(given -> {
                    String[] asked = given.getOrDefault("", "").split("\\s+");
                    boolean path = asked[0].startsWith("/");
                    RouteHealthCheck.Type type = path ? RouteHealthCheck.Type.HTTP : TYPES.get(asked[0]);
                    boolean more = asked.length > 1;
                    if (type == null || asked.length > 2 || (more && (path || type == RouteHealthCheck.Type.TCP))) {
                        invalid(
                                HEALTH_CHECK,
                                "asks '" + HostNames.shown(given.getOrDefault("", "")) + "'; write for example "
                                        + example + ". Until then endpoints are not checked");
                        return Optional.empty();
                    }
                    Optional<Integer> port = number(HEALTH_CHECK, given, "port", 0);
                    Optional<Integer> healthy = number(HEALTH_CHECK, given, "healthyThreshold", 2);
                    Optional<Integer> unhealthy = number(HEALTH_CHECK, given, "unhealthyThreshold", 3);
                    if (port.isEmpty() || healthy.isEmpty() || unhealthy.isEmpty()) {
                        return Optional.empty();
                    }
                    boolean grpc = type == RouteHealthCheck.Type.GRPC;
                    return Optional.of(new RouteHealthCheck(
                            type,
                            path ? asked[0] : more && !grpc ? asked[1] : null,
                            given.get("host"),
                            list(given.getOrDefault("expectedStatuses", "")),
                            more && grpc ? asked[1] : null,
                            given.containsKey("port") ? port.get() : null,
                            given.getOrDefault("interval", "5s"),
                            given.getOrDefault("timeout", "2s"),
                            healthy.get(),
                            unhealthy.get()));
                });
    }

    /** {@code true}, or attributes. */
    private Optional<RouteOutlier> outlier() {
        return attributes(
                        OUTLIER,
                        Set.of("", "consecutiveFailures", "ejectFor", "maxEjectedPercent"),
                        "true, or consecutiveFailures=5; ejectFor=30s; maxEjectedPercent=50")
                .flatMap(given -> {
                    if (!given.getOrDefault("", "true").equals("true")) {
                        invalid(
                                OUTLIER,
                                "is '" + HostNames.shown(given.getOrDefault("", "")) + "'; write true, or"
                                        + " consecutiveFailures=5; ejectFor=30s. Until then nobody is ejected");
                        return Optional.empty();
                    }
                    return number(OUTLIER, given, "consecutiveFailures", 5)
                            .flatMap(failures -> number(OUTLIER, given, "maxEjectedPercent", 50)
                                    .map(percent -> new RouteOutlier(
                                            failures, given.getOrDefault("ejectFor", "30s"), percent)));
                });
    }

    private Optional<RouteCircuitBreaker> circuitBreaker() {
        return attributes(
                        CIRCUIT_BREAKER,
                        Set.of("maxConnections", "maxPendingRequests", "maxRequests"),
                        "maxConnections=100; maxRequests=200")
                .flatMap(given -> {
                    Optional<Integer> connections = number(CIRCUIT_BREAKER, given, "maxConnections", 1);
                    Optional<Integer> pending = number(CIRCUIT_BREAKER, given, "maxPendingRequests", 1);
                    Optional<Integer> requests = number(CIRCUIT_BREAKER, given, "maxRequests", 1);
                    return connections.isEmpty() || pending.isEmpty() || requests.isEmpty()
                            ? Optional.empty()
                            : Optional.of(new RouteCircuitBreaker(
                                    given.containsKey("maxConnections") ? connections.get() : null,
                                    given.containsKey("maxPendingRequests") ? pending.get() : null,
                                    given.containsKey("maxRequests") ? requests.get() : null));
                });
    }

    /** A number, or what stands for it if it is not there; empty if it is none. */
    private Optional<Integer> number(String annotation, Map<String, String> given, String name, int otherwise) {
        String text = given.get(name);
        if (text == null) {
            return Optional.of(otherwise);
        }
        if (text.matches("-?[0-9]{1,9}")) {
            return Optional.of(Integer.valueOf(text));
        }
        invalid(
                annotation,
                name + " is '" + HostNames.shown(text) + "'; write a number. Until then nothing comes of it");
        return Optional.empty();
    }

    private static List<String> list(String value) {
        return Stream.of(value.split(","))
                .map(String::strip)
                .filter(one -> !one.isEmpty())
                .toList();
    }

    /** The annotation that stands for an aspect of what is said about endpoints. */
    static String annotation(EndpointTerms.Aspect aspect) {
        return switch (aspect) {
            case OUTLIER -> OUTLIER;
            case ACTIVE -> HEALTH_CHECK;
            case CIRCUIT_BREAKER -> CIRCUIT_BREAKER;
        };
    }
}
