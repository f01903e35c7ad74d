package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one parameter of the query. Exactly one of {@code exact}, {@code regex} and {@code present} is set.
 *
 * @param name case-sensitive; "" when the object leaves it out
 */
@ApiType
@ValidationRule(
        value = "[has(self.exact), has(self.regex), has(self.present)].filter(x, x).size() == 1",
        message = "write exactly one of exact, regex and present, for example {name: version, exact: \"2\"}")
public record QueryParamMatch(
        @JsonPropertyDescription("Name of the parameter as it is when decoded, case-sensitive.")
        @Required
        @Size(min = 1, max = 256)
        String name,

        @JsonPropertyDescription(
                "The value is exactly this when decoded. If the parameter is there several times, the first counts.")
        @Size(max = 4096)
        @JsonInclude(JsonInclude.Include.NON_NULL) // an empty value is a condition too
        @Nullable
        String exact,

        @JsonPropertyDescription("RE2 expression that the whole value must match.")
        @Size(min = 1, max = 1024)
        @ValidationRule(value = Re2.CEL, message = Re2.CEL_MESSAGE)
        @Nullable
        String regex,

        @JsonPropertyDescription("true: the parameter is there, whatever its value; false: it is not there.") @Nullable
        Boolean present) {

    public QueryParamMatch {
        name = Absent.text(name);
    }
}
