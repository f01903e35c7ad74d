package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
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
@ValidationRule(
        value =
                "has(self.backends) != (has(self.filters) && self.filters.exists(f, has(f.redirect) || has(f.respond)))",
        message = "a rule needs either backends, or a redirect or respond filter that answers without them")
@ValidationRule(
        value = "!has(self.split) || !has(self.backends) || self.backends.all(b, has(b.variant)"
                + " && self.backends.exists_one(c, has(c.variant) && c.variant == b.variant))",
        message = "in a rule with a split every backend has a variant of its own: write for example"
                + " {service: cart, port: http, variant: blue}")
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
        @ValidationRule(
                value = "self.filter(f, has(f.errorPages)).size() <= 1",
                message = "a rule has one list of error pages: write them in one errorPages filter")
        @ValidationRule(
                value = "self.filter(f, has(f.mirror)).size() <= 1",
                message = "a rule has one mirror: keep one mirror filter")
        @ValidationRule(
                value = "self.filter(f, has(f.cors)).size() <= 1",
                message = "a rule is about CORS once: keep one cors filter")
        @ValidationRule(
                value = "self.filter(f, has(f.redirect) || has(f.respond)).size() <= 1",
                message = "a request is answered once: keep one of the redirect and respond filters")
        List<RouteFilter> filters,

        @JsonPropertyDescription(
                "Services that share the requests by weight. A rule with a redirect or respond filter has none.")
        @Size(min = 1, max = 16)
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
                "What each endpoint may have at a time, of each data plane. Kept by endpoint and shared by all rules that lead to the"
                        + " Service's port: of two that say something else the older object decides. Absent: no limits.")
        @Nullable
        RouteCircuitBreaker circuitBreaker,

        @JsonPropertyDescription(
                "Names of ProxyPolicies of the same namespace. Their filters come before those of the rule, in this order; of"
                        + " what can be there only once, a later one goes before an earlier one and the rule before all.")
        @Size(max = 8)
        List<@Size(min = 1, max = 253) String> policies,

        @JsonPropertyDescription("Bounds on what a client may send. Absent: those of the fleet's listener.") @Nullable
        RouteLimits limits,

        @JsonPropertyDescription("How endpoints of these Services are chosen. Absent: in turn.") @Nullable
        RouteLoadBalancing loadBalancing,

        @JsonPropertyDescription(
                "An experiment over the backends: users keep the one they were given. Absent: each request goes by weight.")
        @Nullable
        RouteSplit split) {

    public RouteRule {
        matches = Absent.list(matches);
        filters = Absent.list(filters);
        backends = Absent.list(backends);
        policies = Absent.list(policies);
    }

    /** Whether it asks for anything that only those can do who read what is inside of TLS. */
    public boolean readsRequests() {
        return !matches.isEmpty()
                || !filters.isEmpty()
                || !policies.isEmpty()
                || retries != null
                || limits != null
                || split != null
                || (loadBalancing != null && (loadBalancing.hash() != null || loadBalancing.stickyCookie() != null))
                || (timeouts != null && (timeouts.request() != null || timeouts.firstByte() != null));
    }
}
