package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where a request may name its variant itself. */
@ApiType
public record RouteSplitForce(
        @JsonPropertyDescription("Name of a request header whose value is a variant.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a header name has no spaces or colons: write x-force-variant")
        @Nullable
        String header,

        @JsonPropertyDescription("Name of a cookie whose value is a variant.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a cookie's name has no spaces, commas or semicolons: write force-variant")
        @Nullable
        String cookie) {}
