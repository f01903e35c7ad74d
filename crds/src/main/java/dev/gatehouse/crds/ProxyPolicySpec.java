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
        List<RouteFilter> filters,

        @JsonPropertyDescription("Time limits of rules that say nothing themselves.") @Nullable
        RouteTimeouts timeouts,

        @JsonPropertyDescription("When requests are tried again, for rules that say nothing themselves.") @Nullable
        RouteRetries retries) {

    static final ProxyPolicySpec EMPTY = new ProxyPolicySpec(null, List.of(), null, null);

    public ProxyPolicySpec {
        filters = Absent.list(filters);
    }
}
