package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Time limits of a rule, in the form of {@link DurationText}. What is absent is the listener's. */
@ApiType
public record RouteTimeouts(
        @JsonPropertyDescription(
                "From the end of the request's head to the last byte of the response, retries included, for example 15s. Without"
                        + " firstByte and idle it takes their place, too.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String request,

        @JsonPropertyDescription("For a connection to an endpoint to be established. Absent: the fleet's, 5s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String connect,

        @JsonPropertyDescription(
                "From the end of the request to the head of the response, of each try. Absent: the fleet's request timeout, 60s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String firstByte,

        @JsonPropertyDescription(
                "Without a byte from a backend that could send or take one, once the response has begun or while the request is"
                        + " sent; of a WebSocket without a byte from either side. Absent: the fleet's request timeout, 60s; of"
                        + " a WebSocket an hour.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String idle) {}
