package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one request header. Exactly one of {@code exact}, {@code regex} and {@code present} is set.
 *
 * @param name not case-sensitive; "" when the object leaves it out
 */
@ApiType
@ValidationRule(
        value = "[has(self.exact), has(self.regex), has(self.present)].filter(x, x).size() == 1",
        message = "write exactly one of exact, regex and present, for example {name: x-tier, exact: gold}")
public record HeaderMatch(
        @JsonPropertyDescription("Name of the header; upper and lower case are the same.")
        @Required
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a header name has no spaces or colons: write x-tier")
        String name,

        @JsonPropertyDescription("The value is exactly this.")
        @Size(max = 4096)
        @JsonInclude(JsonInclude.Include.NON_NULL) // an empty value is a condition too
        @Nullable
        String exact,

        @JsonPropertyDescription("RE2 expression that the whole value must match.")
        @Size(min = 1, max = 1024)
        @ValidationRule(value = Re2.CEL, message = Re2.CEL_MESSAGE)
        @Nullable
        String regex,

        @JsonPropertyDescription("true: the header is there, whatever its value; false: it is not there.") @Nullable
        Boolean present) {

    public HeaderMatch {
        name = Absent.text(name);
    }
}
