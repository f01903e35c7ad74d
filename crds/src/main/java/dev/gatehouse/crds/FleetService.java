package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Service in front of a fleet.
 *
 * @param httpNodePort absent: chosen by the cluster
 * @param externalTrafficPolicy absent: the cluster's default; not for a ClusterIP Service
 */
@ApiType
@ValidationRule(
        value = "(has(self.type) && self.type != 'ClusterIP') || (!has(self.httpNodePort) && !has(self.httpsNodePort))",
        message = "node ports need type: NodePort or type: LoadBalancer")
@ValidationRule(
        value = "(has(self.type) && self.type != 'ClusterIP') || !has(self.externalTrafficPolicy)",
        message = "externalTrafficPolicy needs type: NodePort or type: LoadBalancer")
@ValidationRule(
        value = "(has(self.type) && self.type == 'LoadBalancer') || (!has(self.loadBalancerClass) &&"
                + " !has(self.loadBalancerSourceRanges))",
        message = "loadBalancerClass and loadBalancerSourceRanges need type: LoadBalancer")
@ValidationRule(
        value = "!has(self.httpPort) || !has(self.httpsPort) || self.httpPort != self.httpsPort",
        message = "httpPort and httpsPort are the same: give each listener its own port")
public record FleetService(
        @JsonPropertyDescription("How the Service is reached.") @Default("LoadBalancer")
        Type type,

        @JsonPropertyDescription("Port of the Service for clear-text HTTP.") @Default("80") @Min(1) @Max(65535)
        Integer httpPort,

        @JsonPropertyDescription("Port of the Service for HTTPS.") @Default("443") @Min(1) @Max(65535)
        Integer httpsPort,

        @JsonPropertyDescription("Port of every node for HTTP. Absent: the cluster chooses one.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer httpNodePort,

        @JsonPropertyDescription("Port of every node for HTTPS. Absent: the cluster chooses one.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer httpsNodePort,

        @JsonPropertyDescription("Annotations of the Service, mostly for the cloud's load balancer.")
        Map<String, String> annotations,

        @JsonPropertyDescription(
                "Local keeps the client's address and sends traffic only to nodes with a data plane; Cluster spreads it over"
                        + " all nodes.")
        @Nullable
        ExternalTrafficPolicy externalTrafficPolicy,

        @JsonPropertyDescription("Which implementation of load balancers serves the Service.")
        @Size(min = 1, max = 253)
        @Nullable
        String loadBalancerClass,

        @JsonPropertyDescription("Networks (CIDR) that may reach the load balancer. Empty: all.") @Size(max = 64)
        List<@Size(min = 1, max = 64) String> loadBalancerSourceRanges) {

    static final FleetService DEFAULTS =
            new FleetService(Type.LoadBalancer, 80, 443, null, null, Map.of(), null, null, List.of());

    public FleetService {
        type = Objects.requireNonNullElse(type, Type.LoadBalancer);
        httpPort = Objects.requireNonNullElse(httpPort, 80);
        httpsPort = Objects.requireNonNullElse(httpsPort, 443);
        annotations = Absent.map(annotations);
        loadBalancerSourceRanges = Absent.list(loadBalancerSourceRanges);
    }

    /** Types of a Service that a fleet can stand behind. */
    public enum Type {
        ClusterIP,
        NodePort,
        LoadBalancer
    }

    /** Which nodes take traffic from outside. */
    public enum ExternalTrafficPolicy {
        Cluster,
        Local
    }
}
