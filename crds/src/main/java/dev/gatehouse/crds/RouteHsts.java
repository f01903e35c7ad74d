package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;

/**
 * Strict-Transport-Security (RFC 6797).
 *
 * @param maxAge a duration
 */
@ApiType
@ValidationRule(
        value = "!has(self.preload) || !self.preload || (has(self.includeSubDomains) && self.includeSubDomains)",
        message = "preload lists of browsers take hosts with their subdomains only: add includeSubDomains: true")
public record RouteHsts(
        @JsonPropertyDescription(
                "How long browsers remember it, such as 8760h; 0s makes them forget. Default 8760h, a year.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        String maxAge,

        @JsonPropertyDescription("Whether it holds for every name below the host too.")
        Boolean includeSubDomains,

        @JsonPropertyDescription("Whether the host may go on the lists that browsers are shipped with.")
        Boolean preload) {

    public RouteHsts {
        maxAge = Objects.requireNonNullElse(maxAge, "8760h");
        includeSubDomains = Objects.requireNonNullElse(includeSubDomains, false);
        preload = Objects.requireNonNullElse(preload, false);
    }
}
