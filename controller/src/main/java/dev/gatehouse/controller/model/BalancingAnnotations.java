package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteHash;
import dev.gatehouse.crds.RouteLoadBalancing;
import dev.gatehouse.crds.RouteStickyCookie;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the annotations of an Ingress say about choosing endpoints: the same as {@code loadBalancing} of a ProxyRoute's rule,
 * field by field. What cannot be read is told, and requests are sent in turn.
 */
final class BalancingAnnotations {

    private static final String POLICY = "load-balancing";
    private static final String HASH = "hash";
    private static final String HASH_BOUND = "hash-bound-percent";
    private static final String ZONE_AWARE = "zone-aware";
    private static final String SLOW_START = "slow-start";
    private static final String STICKY_COOKIE = "sticky-cookie";

    /** Without their prefix. */
    static final Set<String> NAMES = Set.of(POLICY, HASH, HASH_BOUND, ZONE_AWARE, SLOW_START, STICKY_COOKIE);

    /** Of those, the ones that only who reads requests can do. */
    static final Set<String> ABOUT_REQUESTS = Set.of(HASH, STICKY_COOKIE);

    private static final Map<String, RouteLoadBalancing.Policy> POLICIES = new TreeMap<>(Map.of(
            "roundRobin", RouteLoadBalancing.Policy.ROUND_ROBIN,
            "leastRequest", RouteLoadBalancing.Policy.LEAST_REQUEST,
            "peakEwma", RouteLoadBalancing.Policy.PEAK_EWMA,
            "random", RouteLoadBalancing.Policy.RANDOM,
            "consistentHash", RouteLoadBalancing.Policy.CONSISTENT_HASH));

    private static final Map<String, Boolean> TRUTH = Map.of("true", true, "false", false);

    private static final Map<String, RouteStickyCookie.SameSite> SAME_SITES = Map.of(
            "Lax", RouteStickyCookie.SameSite.Lax,
            "Strict", RouteStickyCookie.SameSite.Strict,
            "None", RouteStickyCookie.SameSite.None);

    private final Map<String, String> values;
    private final Consumer<Finding> findings;
    private boolean readable = true;

    private BalancingAnnotations(Map<String, String> values, Consumer<Finding> findings) {
        this.values = values;
        this.findings = findings;
    }

    /** @param values by name without prefix, those of {@link #NAMES} only */
    static BalancingModel parse(Map<String, String> values, Consumer<Finding> findings) {
        return new BalancingAnnotations(values, findings).parse();
    }

    private BalancingModel parse() {
        RouteLoadBalancing.Policy policy = values.containsKey(POLICY)
                ? known(POLICY, POLICIES, "write " + String.join(", ", POLICIES.keySet()))
                : null;
        Boolean zoneAware = values.containsKey(ZONE_AWARE) ? known(ZONE_AWARE, TRUTH, "write true or false") : null;
        RouteHash hash = values.containsKey(HASH) ? hash() : null;
        RouteStickyCookie cookie = values.containsKey(STICKY_COOKIE) ? cookie() : null;
        if (hash == null && values.containsKey(HASH_BOUND)) {
            invalid(HASH_BOUND, "bounds nothing; write it beside gatehouse.dev/hash");
        }
        if (!readable) {
            return BalancingModel.PLAIN;
        }
        // What is wrong with a value is said of its annotation.
        return new BalancingParser(finding -> findings.accept(Finding.error(
                        Reasons.INVALID_ANNOTATION,
                        AnnotationReader.field(AnnotationReader.PREFIX + annotation(finding.field())),
                        finding.message())))
                .parse(new RouteLoadBalancing(policy, hash, zoneAware, values.get(SLOW_START), cookie), "");
    }

    private static String annotation(String field) {
        return switch (field) {
            case ".slowStart" -> SLOW_START;
            case ".hash.boundPercent" -> HASH_BOUND;
            default -> field.startsWith(".stickyCookie") ? STICKY_COOKIE : HASH;
        };
    }

    /** A name or {@code true}, then attributes: {@code pod; maxAge=12h; sameSite=Strict; secure=true}. */
    private @Nullable RouteStickyCookie cookie() {
        String[] parts = value(STICKY_COOKIE).split("\\s*;\\s*");
        Map<String, String> attributes = new TreeMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            attributes.put(parts[i].substring(0, Math.max(0, equals)), parts[i].substring(equals + 1));
        }
        boolean known =
                Set.of("maxAge", "path", "sameSite", "secure", "httpOnly").containsAll(attributes.keySet())
                        && SAME_SITES.containsKey(attributes.getOrDefault("sameSite", "Lax"))
                        && TRUTH.containsKey(attributes.getOrDefault("secure", "true"))
                        && TRUTH.containsKey(attributes.getOrDefault("httpOnly", "true"));
        if (!known || parts[0].isEmpty()) {
            invalid(
                    STICKY_COOKIE,
                    "is '" + HostNames.shown(value(STICKY_COOKIE))
                            + "'; write true, or a name and what it should be, such as"
                            + " pod; maxAge=12h; path=/; sameSite=Lax; secure=true; httpOnly=true");
            return null;
        }
        return new RouteStickyCookie(
                parts[0].equals("true") ? null : parts[0],
                attributes.get("maxAge"),
                attributes.get("path"),
                SAME_SITES.get(attributes.getOrDefault("sameSite", "Lax")),
                TRUTH.get(attributes.getOrDefault("secure", "")),
                TRUTH.get(attributes.getOrDefault("httpOnly", "true")));
    }

    private @Nullable RouteHash hash() {
        String[] words = value(HASH).split("\\s+");
        Integer bound = values.containsKey(HASH_BOUND) ? bound() : null;
        RouteHash hash = switch (words.length == 2 ? words[0] + " NAME" : value(HASH)) {
            case "header NAME" -> new RouteHash(words[1], null, null, null, bound);
            case "cookie NAME" -> new RouteHash(null, words[1], null, null, bound);
            case "source" -> new RouteHash(null, null, true, null, bound);
            case "path" -> new RouteHash(null, null, null, true, bound);
            default -> null;
        };
        if (hash == null) {
            invalid(
                    HASH,
                    "is '" + HostNames.shown(value(HASH)) + "'; write header x-user, cookie user-id, source or path");
        }
        return hash;
    }

    private @Nullable Integer bound() {
        if (value(HASH_BOUND).matches("[0-9]{1,4}")) {
            return Integer.valueOf(value(HASH_BOUND));
        }
        invalid(HASH_BOUND, "is '" + HostNames.shown(value(HASH_BOUND)) + "'; write 101 to 1000, for example 125");
        return null;
    }

    private <T> @Nullable T known(String name, Map<String, T> choices, String advice) {
        return Optional.ofNullable(choices.get(value(name))).orElseGet(() -> {
            invalid(name, "is '" + HostNames.shown(value(name)) + "'; " + advice);
            return null;
        });
    }

    private String value(String name) {
        return values.getOrDefault(name, "");
    }

    private void invalid(String name, String message) {
        readable = false;
        findings.accept(Finding.error(
                Reasons.INVALID_ANNOTATION,
                AnnotationReader.field(AnnotationReader.PREFIX + name),
                message + ". Until then requests are sent in turn"));
    }
}
