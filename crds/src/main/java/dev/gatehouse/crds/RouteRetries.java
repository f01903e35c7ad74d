package dev.gatehouse.crds;

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
 * When requests of a rule are tried again.
 *
 * @param attempts how often beyond the first time; 2 when absent
 * @param on conditions; empty: connect-failure, refused-stream and reset
 * @param perTryTimeout in the form of {@link DurationText}
 * @param budget a percentage; 20% when absent
 */
@ApiType
public record RouteRetries(
        @JsonPropertyDescription("How often a request may be tried beyond its first time; 0 turns retries off.")
        @Default("2")
        @Min(0)
        @Max(10)
        Integer attempts,

        @JsonPropertyDescription(
                "After what: connect-failure, refused-stream, reset (the connection ended before there was a response), timeout,"
                        + " gateway-error (502, 503, 504), 5xx, or a status such as \"503\". Beyond connect-failure and"
                        + " refused-stream only idempotent methods are tried again. Absent: connect-failure,"
                        + " refused-stream, reset.")
        @Size(max = 16)
        @ValidationRule(
                value =
                        "self.all(c, c.matches('^(connect-failure|refused-stream|reset|timeout|gateway-error|5xx|[45][0-9][0-9])$'))",
                message =
                        "a condition is connect-failure, refused-stream, reset, timeout, gateway-error, 5xx or a status from 400"
                                + " to 599 in quotes: write for example [connect-failure, \"503\"]",
                reason = "FieldValueInvalid")
        List<@Size(min = 1, max = 32) String> on,

        @JsonPropertyDescription(
                "For one try, from its beginning to the head of its response. A try that takes longer is given up, as if on had"
                        + " timeout. Absent: no limit of its own.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String perTryTimeout,

        @JsonPropertyDescription(
                "How many of the requests that a Service has at a time may be retries, for example 20%; three always may.")
        @Default("20%")
        @Size(min = 1, max = 4)
        @ValidationRule(
                value = "self.matches('^(100|[1-9][0-9]?)%$')",
                message = "a budget is a share from 1% to 100%: write 20%; to turn retries off write attempts: 0")
        String budget) {

    public RouteRetries {
        attempts = Objects.requireNonNullElse(attempts, 2);
        on = Absent.list(on);
        budget = Objects.requireNonNullElse(budget, "20%");
    }
}
