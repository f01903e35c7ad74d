package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What each endpoint may have of each data plane at a time; no limit where a field is absent. */
@ApiType
@ValidationRule(
        value = "has(self.maxConnections) || has(self.maxPendingRequests) || has(self.maxRequests)",
        message = "a circuit breaker limits something: write maxConnections, maxPendingRequests or maxRequests")
public record RouteCircuitBreaker(
        @JsonPropertyDescription(
                "Connections to an endpoint. Requests beyond wait for one to become free. Each event loop may always have one.")
        @Min(1)
        @Nullable
        Integer maxConnections,

        @JsonPropertyDescription("Requests that wait for a connection to an endpoint. Those beyond go to another one.")
        @Min(1)
        @Nullable
        Integer maxPendingRequests,

        @JsonPropertyDescription(
                "Requests that an endpoint has, those that wait included. Those beyond go to another one, and answer 503 when"
                        + " all are full.")
        @Min(1)
        @Nullable
        Integer maxRequests) {}
