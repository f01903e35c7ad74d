package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which scripts of other origins may send requests and read the answers (CORS). What the backend itself says of it is replaced.
 *
 * @param allowCredentials whether requests may carry cookies; absent: not
 * @param maxAge for how long browsers remember it; absent: as they do by themselves
 */
@ApiType
@ValidationRule(
        value =
                "!has(self.allowCredentials) || !self.allowCredentials || (!('*' in self.allowOrigins) && (!has(self.allowMethods) ||"
                        + " !('*' in self.allowMethods)) && (!has(self.allowHeaders) || !('*' in self.allowHeaders)) &&"
                        + " (!has(self.exposeHeaders) || !('*' in self.exposeHeaders)))",
        message = "with allowCredentials browsers take no *: name the origins, methods and headers")
public record RouteCors(
        @JsonPropertyDescription(
                "Origins whose scripts are let in: https://shop.example.com, https://*.example.com for every subdomain, or * for any.")
        @Required
        @Size(min = 1, max = 32)
        @ValidationRule(
                value = "self.all(o, o == '*' || o.matches('^https?://[a-z0-9.:*-]+$'))",
                message =
                        "an origin is a scheme and a host without path: write https://shop.example.com, https://*.example.com, or \"*\" for any")
        List<@Size(min = 1, max = 128) String> allowOrigins,

        @JsonPropertyDescription(
                "Methods besides GET, HEAD and POST of forms, which need no leave: PUT, DELETE; or * for any.")
        @Size(max = 16)
        @ValidationRule(
                value = "self.all(m, m == '*' || m.matches('^[A-Z][A-Z0-9_-]*$'))",
                message = "methods are case-sensitive (RFC 9110, 9.1): write PUT, not put")
        List<@Size(min = 1, max = 32) String> allowMethods,

        @JsonPropertyDescription("Request headers that scripts may set: authorization, content-type; or * for any.")
        @Size(max = 32)
        @ValidationRule(value = RouteCors.NAMES_CEL, message = RouteCors.NAMES_MESSAGE)
        List<@Size(min = 1, max = 128) String> allowHeaders,

        @JsonPropertyDescription("Response headers that scripts may read: x-total; or * for any.")
        @Size(max = 32)
        @ValidationRule(value = RouteCors.NAMES_CEL, message = RouteCors.NAMES_MESSAGE)
        List<@Size(min = 1, max = 128) String> exposeHeaders,

        @JsonPropertyDescription("Whether requests may carry cookies and other credentials. Absent: not.") @Nullable
        Boolean allowCredentials,

        @JsonPropertyDescription("For how long browsers remember what a preflight said, such as 10m or 24h.")
        @Size(max = 16)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String maxAge) {

    static final String NAMES_CEL = "self.all(n, n == '*' || n.matches('^[!-9;-~]+$'))";

    static final String NAMES_MESSAGE = "a header name has no spaces or colons: write content-type";

    public RouteCors {
        allowOrigins = Absent.list(allowOrigins);
        allowMethods = Absent.list(allowMethods);
        allowHeaders = Absent.list(allowHeaders);
        exposeHeaders = Absent.list(exposeHeaders);
    }

    /** Whether requests may carry credentials. */
    public boolean credentials() {
        return Objects.requireNonNullElse(allowCredentials, false);
    }
}
