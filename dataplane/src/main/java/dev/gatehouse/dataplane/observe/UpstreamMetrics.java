package dev.gatehouse.dataplane.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what is done about failing backends, by upstream. As many labels as Services that are served and the conditions
 * there are. Thread-safe.
 */
final class UpstreamMetrics {
    private static final String SHARD = "upstream/";

    private final MeterRegistry registry;
    private final Map<String, Map<String, Counter>> retries = new ConcurrentHashMap<>();
    private final Map<String, Counter> refused = new ConcurrentHashMap<>();
    private final Map<String, Counter> ejections = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Counter>> circuits = new ConcurrentHashMap<>();
    private final Map<String, Map<Boolean, Counter>> checks = new ConcurrentHashMap<>();

    UpstreamMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** NAMESPACE/SERVICE/PORT. */
    static String label(String upstream) {
        return upstream.startsWith(SHARD) ? upstream.substring(SHARD.length()) : upstream;
    }

    void retried(String upstream, String condition) {
        retries.computeIfAbsent(upstream, id -> new ConcurrentHashMap<>())
                .computeIfAbsent(
                        condition,
                        text -> Counter.builder("gatehouse_upstream_retries")
                                .description("Tries beyond the first of a request, by what made them necessary")
                                .tag("upstream", label(upstream))
                                .tag("condition", text)
                                .register(registry))
                .increment();
    }

    void ejected(String upstream) {
        ejections
                .computeIfAbsent(
                        upstream,
                        id -> Counter.builder("gatehouse_upstream_ejections")
                                .description("How often an endpoint was left out for a while because it failed")
                                .tag("upstream", label(id))
                                .register(registry))
                .increment();
    }

    void circuitOpen(String upstream, String limit) {
        circuits.computeIfAbsent(upstream, id -> new ConcurrentHashMap<>())
                .computeIfAbsent(
                        limit,
                        text -> Counter.builder("gatehouse_upstream_circuit_refused")
                                .description("Requests that were refused because no endpoint may have more, by what of")
                                .tag("upstream", label(upstream))
                                .tag("limit", text)
                                .register(registry))
                .increment();
    }

    void checked(String upstream, boolean passed) {
        checks.computeIfAbsent(upstream, id -> new ConcurrentHashMap<>())
                .computeIfAbsent(
                        passed,
                        result -> Counter.builder("gatehouse_upstream_health_checks")
                                .description("Checks of endpoints, by what came of them")
                                .tag("upstream", label(upstream))
                                .tag("result", result ? "passed" : "failed")
                                .register(registry))
                .increment();
    }

    void retryRefused(String upstream) {
        refused.computeIfAbsent(
                        upstream,
                        id -> Counter.builder("gatehouse_upstream_retries_refused")
                                .description("Retries that the budget did not allow")
                                .tag("upstream", label(id))
                                .register(registry))
                .increment();
    }
}
