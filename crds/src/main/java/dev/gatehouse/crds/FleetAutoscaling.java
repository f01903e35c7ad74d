package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;

/**
 * Bounds and target of a HorizontalPodAutoscaler.
 *
 * @param targetCpuPercent share of the requested CPU that the autoscaler aims at
 */
@ApiType
@ValidationRule(
        value = "self.minReplicas <= self.maxReplicas",
        message = "minReplicas is above maxReplicas: write minReplicas: 2 and maxReplicas: 10, for example")
public record FleetAutoscaling(
        @JsonPropertyDescription("Never fewer pods than this.") @Default("2") @Min(1) @Max(1000)
        Integer minReplicas,

        @JsonPropertyDescription("Never more pods than this.") @Required @Min(1) @Max(1000)
        Integer maxReplicas,

        @JsonPropertyDescription("CPU use to aim at, in percent of the CPU the pods request.")
        @Default("70")
        @Min(1)
        @Max(100)
        Integer targetCpuPercent) {

    public FleetAutoscaling {
        minReplicas = Objects.requireNonNullElse(minReplicas, 2);
        maxReplicas = Objects.requireNonNullElse(maxReplicas, minReplicas);
        targetCpuPercent = Objects.requireNonNullElse(targetCpuPercent, 70);
    }
}
