package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a policy.
 *
 * @param observedGeneration the generation that the rest speaks of
 * @param routes Ingresses and ProxyRoutes that use it
 */
@ApiType
public record ProxyPolicyStatus(
        @JsonPropertyDescription("The generation of the policy that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("How many Ingresses and ProxyRoutes use the policy.") @Nullable
        Integer routes,

        @JsonPropertyDescription("Accepted: the policy can be applied. If it cannot, what uses it answers 503.")
        List<Condition> conditions) {

    public ProxyPolicyStatus {
        conditions = Absent.list(conditions);
    }
}
