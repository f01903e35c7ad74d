package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Time limits of a listener, in the form of {@link DurationText}. What is absent is left to the data plane's own default. */
@ApiType
public record FleetTimeouts(
        @JsonPropertyDescription("For the whole head of a request to arrive. Default 60s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String header,

        @JsonPropertyDescription("For the next request on a connection that is kept alive. Default 75s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String idle,

        @JsonPropertyDescription("Between two reads of a request body. Default 60s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String body,

        @JsonPropertyDescription(
                "For the backend to answer and between two reads of its answer, where a rule names no time of its own. Default 60s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String request,

        @JsonPropertyDescription("For a connection to a backend to be established. Default 5s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String connect,

        @JsonPropertyDescription("After which an unused connection to a backend is closed. Default 60s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String upstreamIdle,

        @JsonPropertyDescription("For a connection of a full pool to become free. Default 1s.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String poolWait,

        @JsonPropertyDescription(
                "After which a client's connection is ended in an orderly way, give or take a tenth, so"
                        + " that clients come to new data planes. Default 1h.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String connectionAge) {

    static final FleetTimeouts NONE = new FleetTimeouts(null, null, null, null, null, null, null, null);
}
