package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * How the path changes.
 *
 * @param prefix stands in the place of the prefix that the match named; "" when the object leaves it out
 */
@ApiType
public record PathRewrite(
        @JsonPropertyDescription(
                "Takes the place of the prefix that the rule matched: with prefix / a match of /api sends /api/v1 on as /v1.")
        @Required
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.startsWith('/')",
                message = "a path begins with a slash: write / to take the matched prefix away")
        String prefix) {

    public PathRewrite {
        prefix = Absent.text(prefix);
    }
}
