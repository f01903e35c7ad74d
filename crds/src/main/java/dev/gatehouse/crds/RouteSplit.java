package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An experiment over the backends of a rule: a user who was given one of them keeps it.
 *
 * @param name "" when the object leaves it out
 * @param sticky true where nothing else tells users apart
 * @param maxAge see {@link DurationText} for the form
 */
@ApiType
@ValidationRule(
        value = "has(self.by) || !has(self.sticky) || self.sticky",
        message = "without by there is nothing but the cookie to tell users apart: leave sticky out, or write true")
public record RouteSplit(
        @JsonPropertyDescription("Name of the experiment. Experiments with different names divide users independently.")
        @Required
        @Size(min = 1, max = 63)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message =
                        "an experiment's name has lower-case letters, digits and dashes: write for example checkout-button")
        String name,

        @JsonPropertyDescription("What a user is known by. Absent: a cookie that Gatehouse gives to every client.")
        @Nullable
        RouteSplitKey by,

        @JsonPropertyDescription(
                "Whether clients without that are given a cookie to be known by. Otherwise their requests go by weight, one by one."
                        + " Default: true without by, else false.")
        @Nullable
        Boolean sticky,

        @JsonPropertyDescription("Name of the cookie that such clients are given. Default gatehouse-visitor.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a cookie's name has no spaces, commas or semicolons: write for example visitor")
        @Nullable
        String cookieName,

        @JsonPropertyDescription("How long clients keep it. Default 2160h, 90 days.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String maxAge,

        @JsonPropertyDescription(
                "Header that tells the backend and the client the experiment and the variant, as checkout-button=blue. Default x-split.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a header name has no spaces or colons: write x-split")
        @Nullable
        String header,

        @JsonPropertyDescription("Where a request may name its variant itself, for tests. Absent: nowhere.") @Nullable
        RouteSplitForce force) {

    public RouteSplit {
        name = Absent.text(name);
        sticky = Objects.requireNonNullElse(sticky, by == null);
        cookieName = Objects.requireNonNullElse(cookieName, "gatehouse-visitor");
        maxAge = Objects.requireNonNullElse(maxAge, "2160h");
        header = Objects.requireNonNullElse(header, "x-split");
    }
}
