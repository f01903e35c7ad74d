package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Bounds on what a client may send to a rule. What is left out is the listener's. */
@ApiType
public record RouteLimits(
        @JsonPropertyDescription(
                "Largest request body, in place of the listener's maxBodyBytes, be it more or less; 0 is no limit. More is answered 413.")
        @Min(0)
        @Nullable
        Long maxBodyBytes) {}
