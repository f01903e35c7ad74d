package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A condition on the path of the request, which has no query. Exactly one field is set. */
@ApiType
@ValidationRule(
        value = "[has(self.exact), has(self.prefix), has(self.regex)].filter(x, x).size() == 1",
        message = "write exactly one of exact, prefix and regex, for example path: {prefix: /api}")
@ValidationRule(
        value =
                "(!has(self.exact) || self.exact.startsWith('/')) && (!has(self.prefix) || self.prefix.startsWith('/'))",
        message = "a path begins with a slash: write /api, not api")
public record PathMatch(
        @JsonPropertyDescription("This path and no other, case-sensitive.") @Size(min = 1, max = 1024) @Nullable
        String exact,

        @JsonPropertyDescription("Paths that begin with these elements: /api takes /api, /api/ and /api/v1, not /apis.")
        @Size(min = 1, max = 1024)
        @Nullable
        String prefix,

        @JsonPropertyDescription("RE2 expression that the whole path must match, for example /v[0-9]+/.*")
        @Size(min = 1, max = 1024)
        @ValidationRule(value = Re2.CEL, message = Re2.CEL_MESSAGE)
        @Nullable
        String regex) {}
