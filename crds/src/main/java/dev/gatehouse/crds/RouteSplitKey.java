package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a user is known by. Exactly one of {@code header}, {@code cookie} and {@code source} is set. */
@ApiType
@ValidationRule(
        value = "[has(self.header), has(self.cookie), has(self.source) && self.source].filter(x, x).size() == 1",
        message = "write exactly one of header, cookie and source: true, for example {cookie: user-id}")
public record RouteSplitKey(
        @JsonPropertyDescription("Name of a request header.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a header name has no spaces or colons: write x-user")
        @Nullable
        String header,

        @JsonPropertyDescription("Name of a cookie.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a cookie's name has no spaces, commas or semicolons: write user-id")
        @Nullable
        String cookie,

        @JsonPropertyDescription("The client's address.") @Nullable
        Boolean source) {}
