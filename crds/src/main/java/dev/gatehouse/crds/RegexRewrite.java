package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A rewrite of the path by regular expression. Both are "" where the object leaves them out. */
@ApiType
public record RegexRewrite(
        @JsonPropertyDescription(
                "RE2 expression; every part of the path that it matches is replaced. With ^ and $ it is about the whole path.")
        @Required
        @Size(min = 1, max = 1024)
        @ValidationRule(value = Re2.CEL, message = Re2.CEL_MESSAGE)
        String pattern,

        @JsonPropertyDescription(
                "What takes its place: \\0 is all that matched, \\1 to \\9 what the groups did, \\\\ a backslash.")
        @Size(max = 1024)
        String substitution) {

    public RegexRewrite {
        pattern = Absent.text(pattern);
        substitution = Absent.text(substitution);
    }
}
