package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * Time limits of a rule.
 *
 * @param request see {@link DurationText} for the form
 */
@ApiType
public record RouteTimeouts(
        @JsonPropertyDescription(
                "From the end of the request's head to the last byte of the response, for example 15s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String request) {}
