package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;

/**
 * When an endpoint is ejected, and for how long.
 *
 * @param consecutiveFailures 5 when absent
 * @param ejectFor in the form of {@link DurationText}; 30s when absent
 * @param maxEjectedPercent 50 when absent
 */
@ApiType
public record RouteOutlier(
        @JsonPropertyDescription(
                "How many requests in a row must fail: with a status from 500, a broken connection, none at all, or no answer"
                        + " in time.")
        @Default("5")
        @Min(1)
        @Max(1000)
        Integer consecutiveFailures,

        @JsonPropertyDescription(
                "For how long it gets no requests; twice as long the second time in a row, and so on, up to ten times.")
        @Default("30s")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        String ejectFor,

        @JsonPropertyDescription(
                "Of the endpoints of a Service's port, how many may be left out at a time, and always one of several. When less"
                        + " than half could be used, all are.")
        @Default("50")
        @Min(1)
        @Max(100)
        Integer maxEjectedPercent) {

    public RouteOutlier {
        consecutiveFailures = Objects.requireNonNullElse(consecutiveFailures, 5);
        ejectFor = Objects.requireNonNullElse(ejectFor, "30s");
        maxEjectedPercent = Objects.requireNonNullElse(maxEjectedPercent, 50);
    }
}
