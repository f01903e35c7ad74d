package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Health;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.resilience.CircuitLimits;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import dev.gatehouse.dataplane.resilience.OutlierPolicy;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.util.Locale;

/** How an endpoint fares on this node, and by which terms of its upstream. Stateless. */
final class EndpointPart {

    private EndpointPart() {}

    /** Adds to what is known of an endpoint what this node has found. */
    static JsonObject add(Upstream upstream, Upstream.Present present, JsonObject json) {
        Endpoint endpoint = present.endpoint();
        json.put("used", present.used())
                .put("requests", endpoint.requests())
                .put("connections", endpoint.capacity().connections())
                .put("pending", endpoint.capacity().pending());
        Health health = endpoint.health();
        if (upstream.healthCheck().isPresent()) {
            json.put("health", health.verdict().name().toLowerCase(Locale.ROOT));
            if (!health.failure().isEmpty()) {
                json.put("lastFailure", health.failure());
            }
        }
        for (Endpoint.Absence absence : Endpoint.Absence.values()) {
            if (endpoint.is(absence)) {
                json.put("absent", absence.name().toLowerCase(Locale.ROOT));
            }
        }
        long ejected = upstream.outliers().ejectedForMillis(endpoint, System.nanoTime() / 1_000_000);
        if (ejected > 0) {
            json.put("ejectedForMs", ejected);
        }
        if (upstream.limits().isOn()) {
            json.put("full", endpoint.isFull());
        }
        return json;
    }

    /** Adds what is done about endpoints that fail. */
    static JsonObject terms(Upstream upstream, JsonObject json) {
        upstream.healthCheck().ifPresent(check -> json.put("healthCheck", healthCheck(check)));
        OutlierPolicy outlier = upstream.outliers().policy();
        if (outlier.isOn()) {
            json.put(
                    "outlier",
                    new JsonObject()
                            .put("consecutiveFailures", outlier.consecutiveFailures())
                            .put("ejectForMs", outlier.ejectForMillis())
                            .put("maxEjectedPercent", outlier.maxEjectedPercent()));
        }
        CircuitLimits limits = upstream.limits();
        if (limits.isOn()) {
            JsonObject breaker = new JsonObject();
            limit(breaker, "maxConnections", limits.maxConnections());
            limit(breaker, "maxPendingRequests", limits.maxPendingRequests());
            limit(breaker, "maxRequests", limits.maxRequests());
            json.put("circuitBreaker", breaker);
        }
        return json;
    }

    private static void limit(JsonObject json, String name, int limit) {
        if (limit != CircuitLimits.NO_LIMIT) {
            json.put(name, limit);
        }
    }

    private static JsonObject healthCheck(HealthCheck check) {
        JsonObject json = new JsonObject()
                .put(
                        "asks",
                        switch (check.ask()) {
                            case HealthCheck.Ask.Http http -> "GET " + http.path();
                            case HealthCheck.Ask.Tcp tcp -> "a connection";
                            case HealthCheck.Ask.Grpc grpc ->
                                "grpc.health.v1.Health/Check"
                                        + (grpc.service().isEmpty() ? "" : " of " + grpc.service());
                        })
                .put("intervalMs", check.intervalMillis())
                .put("timeoutMs", check.timeoutMillis())
                .put("healthyThreshold", check.healthyThreshold())
                .put("unhealthyThreshold", check.unhealthyThreshold());
        return check.port() == 0 ? json : json.put("port", check.port());
    }

    /** Address and port. */
    static String address(InetSocketAddress endpoint) {
        if (endpoint.getAddress() == null) {
            return endpoint.getHostString() + ":" + endpoint.getPort();
        }
        String text = endpoint.getAddress().getHostAddress();
        return (text.contains(":") ? "[" + text + "]" : text) + ":" + endpoint.getPort();
    }
}
