package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a fleet.
 *
 * @param observedGeneration the generation that the rest speaks of
 * @param root first digits of the digest of the snapshot that the controller holds for the fleet
 * @param selector of the data-plane pods, for the scale subresource
 */
@ApiType
public record ProxyFleetStatus(
        @JsonPropertyDescription("The generation of the fleet that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Data-plane pods there are.") @StatusReplicas @Nullable
        Integer replicas,

        @JsonPropertyDescription("Data-plane pods that are ready.") @Nullable
        Integer readyReplicas,

        @JsonPropertyDescription("Selects the data-plane pods.") @LabelSelector @Nullable
        String selector,

        @JsonPropertyDescription("Addresses under which the fleet is reached; the Ingresses it serves show them.")
        List<String> addresses,

        @JsonPropertyDescription("Digest of the snapshot that the data planes of this fleet are to serve.") @Nullable
        String root,

        @JsonPropertyDescription(
                "Available: enough data planes are ready. Programmed: every connected data plane serves the current snapshot.")
        List<Condition> conditions) {

    static final ProxyFleetStatus EMPTY = new ProxyFleetStatus(null, null, null, null, List.of(), null, List.of());

    public ProxyFleetStatus {
        addresses = Absent.list(addresses);
        conditions = Absent.list(conditions);
    }
}
