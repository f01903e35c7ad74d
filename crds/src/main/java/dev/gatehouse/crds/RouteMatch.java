package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conditions on a request; all must hold.
 *
 * @param path absent: every path
 * @param methods any of them; empty: every method
 */
@ApiType
@ValidationRule(
        value =
                "has(self.path) || has(self.headers) || has(self.methods) || has(self.queryParams) || has(self.cookies) ||"
                        + " has(self.sources)",
        message =
                "a match needs a condition: path, headers, methods, queryParams, cookies or sources; leave the match out to take"
                        + " every request")
public record RouteMatch(
        @JsonPropertyDescription("Condition on the path. Absent: every path.") @Nullable
        PathMatch path,

        @JsonPropertyDescription("Conditions on request headers; all must hold.") @Size(max = 8)
        List<HeaderMatch> headers,

        @JsonPropertyDescription("HTTP methods, any of which will do. Empty: every method.")
        @Size(max = 16)
        @ValidationRule(
                value = "self.all(m, m.matches('^[A-Z][A-Z0-9_-]*$'))",
                message = "methods are case-sensitive (RFC 9110, 9.1): write GET, not get")
        List<@Size(min = 1, max = 32) String> methods,

        @JsonPropertyDescription("Conditions on parameters of the query; all must hold.") @Size(max = 8)
        List<QueryParamMatch> queryParams,

        @JsonPropertyDescription("Conditions on cookies; all must hold.") @Size(max = 8)
        List<CookieMatch> cookies,

        @JsonPropertyDescription(
                "Networks (CIDR), one of which the client's address is in; that which the fleet's trusted proxies name, if there"
                        + " are any. Empty: every client.")
        @Size(max = 32)
        @ValidationRule(
                value = "self.all(c, isCIDR(c))",
                message = "a source is a network: write 10.0.0.0/8, or 192.0.2.7/32 for one address")
        List<@Size(min = 1, max = 64) String> sources) {

    public RouteMatch {
        headers = Absent.list(headers);
        methods = Absent.list(methods);
        queryParams = Absent.list(queryParams);
        cookies = Absent.list(cookies);
        sources = Absent.list(sources);
    }
}
