package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A cookie that names the endpoint of a client.
 *
 * @param maxAge see {@link DurationText} for the form
 */
@ApiType
@ValidationRule(
        value = "!has(self.sameSite) || self.sameSite != 'None' || !has(self.secure) || self.secure",
        message = "browsers take a cookie with sameSite: None only if it is secure: leave secure out, or write true")
public record RouteStickyCookie(
        @JsonPropertyDescription("Name of the cookie. Absent: one that is made from the first Service of the rule.")
        @Size(min = 1, max = 256)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9!#$%&*+.^_|~-]+$')",
                message = "a cookie's name has no spaces, commas or semicolons: write for example pod")
        @Nullable
        String name,

        @JsonPropertyDescription(
                "How long the client keeps it, for example 12h. Absent: until the browser ends its session.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String maxAge,

        @JsonPropertyDescription("Path below which the client sends it. Default /.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.matches('^/[!-:<-~]*$')",
                message = "a cookie's path begins with a slash and has no spaces or semicolons: write / or /shop")
        @Nullable
        String path,

        @JsonPropertyDescription("When other sites' pages send it: Lax, Strict or None. Default Lax.") @Nullable
        SameSite sameSite,

        @JsonPropertyDescription(
                "Whether it is sent over TLS alone. Absent: if the client came over TLS, to here or to a trusted proxy.")
        @Nullable
        Boolean secure,

        @JsonPropertyDescription("Whether it is kept from scripts. Default true.") @Nullable
        Boolean httpOnly) {

    public RouteStickyCookie {
        path = Objects.requireNonNullElse(path, "/");
        sameSite = Objects.requireNonNullElse(sameSite, SameSite.Lax);
        httpOnly = Objects.requireNonNullElse(httpOnly, true);
    }

    /** RFC 6265bis, 5.6.7. */
    public enum SameSite {
        Lax,
        Strict,
        None
    }
}
