package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which requests, what is done to them, and which Services get them.
 *
 * @param matches any of them takes the request; empty: every request of the hosts
 */
@ApiType
public record RouteRule(
        @JsonPropertyDescription("Name of the rule within the route, for logs and explanations.")
        @Size(min = 1, max = 63)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "a rule's name has lower-case letters, digits and dashes: write for example api-v2")
        @Nullable
        String name,

        @JsonPropertyDescription(
                "The rule takes a request that any of these matches. Empty: every request to the hosts.")
        @Size(max = 16)
        List<RouteMatch> matches,

        @JsonPropertyDescription("What is changed on the way, in this order.")
        @Size(max = 8)
        @ValidationRule(
                value = "self.filter(f, has(f.rewrite)).size() <= 1",
                message = "a rule can rewrite the path once: keep one rewrite filter")
        List<RouteFilter> filters,

        @JsonPropertyDescription("Services that share the requests by weight.") @Required @Size(min = 1, max = 16)
        List<RouteBackend> backends,

        @JsonPropertyDescription("Time limits. Absent: those of the fleet's listener.") @Nullable
        RouteTimeouts timeouts,

        @JsonPropertyDescription(
                "When requests are tried again. Absent: twice more at most, on another endpoint, if no connection could be"
                        + " opened or the backend refused the stream.")
        @Nullable
        RouteRetries retries,

        @JsonPropertyDescription("How endpoints that fail are found and left out. Absent: only their readiness counts.")
        @Nullable
        RouteHealth health,

        @JsonPropertyDescription(
                "Names of ProxyPolicies of the same namespace. Their filters come before those of the rule, in this order; of"
                        + " what can be there only once, a later one goes before an earlier one and the rule before all.")
        @Size(max = 8)
        List<@Size(min = 1, max = 253) String> policies) {

    public RouteRule {
        matches = Absent.list(matches);
        filters = Absent.list(filters);
        backends = Absent.list(backends);
        policies = Absent.list(policies);
    }
}
