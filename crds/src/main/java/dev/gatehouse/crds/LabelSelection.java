package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;

/**
 * Which objects are meant.
 *
 * @param matchLabels all of them must be there; empty: every object
 */
@ApiType
public record LabelSelection(
        @JsonPropertyDescription(
                "Labels that an object must all have, with these values. Empty: every object is meant.")
        Map<String, String> matchLabels) {

    public LabelSelection {
        matchLabels = Absent.map(matchLabels);
    }
}
