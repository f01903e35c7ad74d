package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How endpoints are asked whether they are well.
 *
 * @param type http when absent
 * @param path / when absent
 * @param host the endpoint's address and port when absent
 * @param expectedStatuses 200 to 399 when empty
 * @param service of gRPC's health protocol; the server as a whole when absent
 * @param port that of requests when absent
 * @param interval see {@link DurationText} for the form; 5s when absent
 * @param timeout likewise; 2s when absent
 */
@ApiType
@ValidationRule(
        value = "!has(self.type) || self.type == 'http' || (!has(self.path) && !has(self.host)"
                + " && !has(self.expectedStatuses))",
        message = "path, host and expectedStatuses are of http checks: leave them out, or write type: http")
@ValidationRule(
        value = "!has(self.service) || (has(self.type) && self.type == 'grpc')",
        message = "service is of grpc checks: write type: grpc, or leave it out")
public record RouteHealthCheck(
        @JsonPropertyDescription(
                "http: GET a path. tcp: open a connection. grpc: call grpc.health.v1.Health/Check. All over TLS where requests"
                        + " are. Default http.")
        @Nullable
        Type type,

        @JsonPropertyDescription("What an http check gets, query included. Default /.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.matches('^/[!-\"$-~]*$')",
                message = "a path begins with a slash and has no spaces and no fragment: write for example /healthz")
        @Nullable
        String path,

        @JsonPropertyDescription("The Host header of an http check. Absent: the endpoint's address and port.")
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$')",
                message = "a host is a name with or without a port: write for example shop.example.com")
        @Nullable
        String host,

        @JsonPropertyDescription("Statuses that pass an http check: 200, 200-299. Absent: 200-399.")
        @Size(min = 1, max = 16)
        @ValidationRule(
                value = "self.all(s, s.matches('^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$'))",
                message = "a status is one from 100 to 599, or a range of them: write \"200\" or \"200-299\"")
        List<@Size(min = 3, max = 7) String> expectedStatuses,

        @JsonPropertyDescription("The service that a grpc check asks for. Absent: the server as a whole.")
        @Size(min = 1, max = 253)
        @Nullable
        String service,

        @JsonPropertyDescription("The port of the pods that is asked. Absent: the one that requests go to.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer port,

        @JsonPropertyDescription("From one check of an endpoint to the next, give or take a tenth; from 100ms.")
        @Default("5s")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        String interval,

        @JsonPropertyDescription("For a check as a whole, connection included.")
        @Default("2s")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        String timeout,

        @JsonPropertyDescription("How many checks in a row an unhealthy endpoint must pass to get requests again.")
        @Default("2")
        @Min(1)
        @Max(100)
        Integer healthyThreshold,

        @JsonPropertyDescription(
                "How many checks in a row a healthy endpoint must fail to get no more requests. The first check of an endpoint"
                        + " decides alone.")
        @Default("3")
        @Min(1)
        @Max(100)
        Integer unhealthyThreshold) {

    public RouteHealthCheck {
        type = Objects.requireNonNullElse(type, Type.HTTP);
        expectedStatuses = Absent.list(expectedStatuses);
        interval = Objects.requireNonNullElse(interval, "5s");
        timeout = Objects.requireNonNullElse(timeout, "2s");
        healthyThreshold = Objects.requireNonNullElse(healthyThreshold, 2);
        unhealthyThreshold = Objects.requireNonNullElse(unhealthyThreshold, 3);
    }

    /** What is asked. */
    public enum Type {
        @JsonProperty("http")
        HTTP,
        @JsonProperty("tcp")
        TCP,
        @JsonProperty("grpc")
        GRPC
    }
}
