package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a fleet of data planes is to look like. What is left out has the default that its accessor gives.
 *
 * @param replicas ignored while {@code autoscaling} is set
 * @param image absent: the image the controller itself runs
 * @param publishAddresses absent: the addresses of the fleet's Service
 */
@ApiType
public record ProxyFleetSpec(
        @JsonPropertyDescription("Number of data-plane pods. Ignored while autoscaling is set.")
        @SpecReplicas
        @Default("2")
        @Min(0)
        @Max(1000)
        Integer replicas,

        @JsonPropertyDescription("Scales the pods by their CPU use. Absent: replicas stays as it is.") @Nullable
        FleetAutoscaling autoscaling,

        @JsonPropertyDescription("Image of the data plane. Absent: the image that the controller runs.")
        @Size(min = 1, max = 1024)
        @Nullable
        String image,

        @JsonPropertyDescription("When the kubelet pulls the image.") @Nullable
        ImagePullPolicy imagePullPolicy,

        @JsonPropertyDescription("Names of Secrets with which the image is pulled.") @Size(max = 16)
        List<@Size(min = 1, max = 253) String> imagePullSecrets,

        @JsonPropertyDescription("CPU and memory of each data-plane container.") @Nullable
        ResourceRequirements resources,

        @JsonPropertyDescription("Labels a node must have to run data planes.")
        Map<String, String> nodeSelector,

        @JsonPropertyDescription("Taints that data planes tolerate.") @Size(max = 32)
        List<Toleration> tolerations,

        @JsonPropertyDescription("The Service in front of the data planes.")
        FleetService service,

        @JsonPropertyDescription("Ports that the data planes listen on, and how they treat connections.")
        FleetListeners listeners,

        @JsonPropertyDescription("Answers TLS clients that ask for a name no route has a certificate for, or for none.")
        @Nullable
        FleetCertificate defaultCertificate,

        @JsonPropertyDescription(
                "IP addresses or host names written to the status of every Ingress of this fleet. Absent: those of the"
                        + " fleet's Service.")
        @Size(max = 16)
        List<@Size(min = 1, max = 253) String> publishAddresses,

        @JsonPropertyDescription(
                "How long a pod that is going away finishes the requests it has, before it closes what is left.")
        @Default("30s")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        String drain,

        @JsonPropertyDescription(
                "Whether pods keep the snapshot in force, private keys included, in the node's folder"
                        + " /run/gatehouse/NAMESPACE/NAME, so that new pods of the node start with it while no controller answers. The"
                        + " folder must be there, in memory, and belong to user 65532. Otherwise a pod keeps it for itself, in memory.")
        @Default("false")
        Boolean keepOnNode) {

    static final ProxyFleetSpec DEFAULTS = new ProxyFleetSpec(
            2,
            null,
            null,
            null,
            List.of(),
            null,
            Map.of(),
            List.of(),
            FleetService.DEFAULTS,
            FleetListeners.DEFAULTS,
            null,
            List.of(),
            "30s",
            false);

    public ProxyFleetSpec {
        replicas = Objects.requireNonNullElse(replicas, 2);
        imagePullSecrets = Absent.list(imagePullSecrets);
        nodeSelector = Absent.map(nodeSelector);
        tolerations = Absent.list(tolerations);
        service = Objects.requireNonNullElse(service, FleetService.DEFAULTS);
        listeners = Objects.requireNonNullElse(listeners, FleetListeners.DEFAULTS);
        publishAddresses = Absent.list(publishAddresses);
        drain = Objects.requireNonNullElse(drain, "30s");
        keepOnNode = Objects.requireNonNullElse(keepOnNode, false);
    }

    /** When the kubelet pulls an image. */
    public enum ImagePullPolicy {
        Always,
        IfNotPresent,
        Never
    }
}
