package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a ProxyPolicy brings to the rules that use it.
 *
 * @param selector null: only rules that name the policy use it
 */
@ApiType
public record ProxyPolicySpec(
        @JsonPropertyDescription(
                "Makes the policy a default: every rule of the Ingresses and ProxyRoutes of the namespace with these labels"
                        + " uses it, without naming it. An empty selector takes all of them. Absent: only rules that name it.")
        @Nullable
        LabelSelection selector,

        @JsonPropertyDescription(
                "What is changed on the way, in this order: before the filters of policies that are named later, and before"
                        + " those of the rule itself.")
        @Size(max = 8)
        @ValidationRule(
                value = "self.filter(f, has(f.rewrite)).size() <= 1",
                message = "a policy can rewrite the path once: keep one rewrite filter")
        @ValidationRule(
                value = "self.filter(f, has(f.errorPages)).size() <= 1",
                message = "a policy has one list of error pages: write them in one errorPages filter")
        @ValidationRule(
                value = "self.filter(f, has(f.mirror)).size() <= 1",
                message = "a policy has one mirror: keep one mirror filter")
        @ValidationRule(
                value = "self.filter(f, has(f.cors)).size() <= 1",
                message = "a policy is about CORS once: keep one cors filter")
        @ValidationRule(
                value = "self.filter(f, has(f.redirect) || has(f.respond)).size() <= 1",
                message = "a request is answered once: keep one of the redirect and respond filters")
        List<RouteFilter> filters,

        @JsonPropertyDescription("Time limits of rules that say nothing themselves.") @Nullable
        RouteTimeouts timeouts,

        @JsonPropertyDescription("When requests are tried again, for rules that say nothing themselves.") @Nullable
        RouteRetries retries,

        @JsonPropertyDescription("Bounds on what a client may send, for rules that say nothing themselves.") @Nullable
        RouteLimits limits,

        @JsonPropertyDescription("How endpoints are chosen, for rules that say nothing themselves.") @Nullable
        RouteLoadBalancing loadBalancing) {

    static final ProxyPolicySpec EMPTY = new ProxyPolicySpec(null, List.of(), null, null, null, null);

    public ProxyPolicySpec {
        filters = Absent.list(filters);
    }
}
