package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What keeps requests together. Exactly one of {@code header}, {@code cookie}, {@code source} and {@code path} is set. */
@ApiType
@ValidationRule(
        value = "[has(self.header), has(self.cookie), has(self.source) && self.source, has(self.path) && self.path]"
                + ".filter(x, x).size() == 1",
        message = "write exactly one of header, cookie, source: true and path: true, for example {header: x-user}")
public record RouteHash(
        @JsonPropertyDescription("Name of a request header. Requests without it are sent in turn.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a header name has no spaces or colons: write x-user")
        @Nullable
        String header,

        @JsonPropertyDescription("Name of a cookie. Requests without it are sent in turn.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a cookie's name has no spaces, commas or semicolons: write user-id")
        @Nullable
        String cookie,

        @JsonPropertyDescription("The client's address.") @Nullable
        Boolean source,

        @JsonPropertyDescription("The path, without query.") @Nullable
        Boolean path,

        @JsonPropertyDescription(
                "Of the average requests in progress, the percentage that an endpoint may have before its keys spill over to"
                        + " the next one, for example 125. Absent: no bound.")
        @Min(101)
        @Max(1_000)
        @Nullable
        Integer boundPercent) {}
