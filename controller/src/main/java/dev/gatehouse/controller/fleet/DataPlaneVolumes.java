package dev.gatehouse.controller.fleet;

import dev.gatehouse.crds.ProxyFleet;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.List;

/** What the pods of a fleet mount. Pure. */
final class DataPlaneVolumes {

    /** Where pods see what they keep. */
    static final String KEPT = "/var/run/gatehouse/kept";

    private static final String KEPT_BYTES = "256Mi";
    private static final long TOKEN_SECONDS = 3600;

    private DataPlaneVolumes() {}

    static List<Volume> of(ProxyFleet fleet) {
        return List.of(
                new VolumeBuilder()
                        .withName("token")
                        .withNewProjected()
                        .addNewSource()
                        .withNewServiceAccountToken()
                        .withAudience(DataPlaneObjects.TOKEN_AUDIENCE)
                        .withExpirationSeconds(TOKEN_SECONDS)
                        .withPath("token")
                        .endServiceAccountToken()
                        .endSource()
                        .endProjected()
                        .build(),
                new VolumeBuilder()
                        .withName("controller-ca")
                        .withNewConfigMap()
                        .withName(fleet.getMetadata().getName() + "-controller-ca")
                        .endConfigMap()
                        .build(),
                kept(fleet),
                new VolumeBuilder()
                        .withName("tmp")
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .build());
    }

    /**
     * Where the last good snapshot is: in the pod's memory, or in that of its node. The path there follows from the fleet's name, so
     * that who may write a fleet cannot choose what of a node is mounted, or read another fleet's keys (docs/decisions/0023).
     */
    private static Volume kept(ProxyFleet fleet) {
        VolumeBuilder volume = new VolumeBuilder().withName("kept");
        return Boolean.TRUE.equals(fleet.getSpec().keepOnNode())
                ? volume.withNewHostPath()
                        .withPath("/run/gatehouse/" + fleet.getMetadata().getNamespace() + "/"
                                + fleet.getMetadata().getName())
                        .withType("Directory")
                        .endHostPath()
                        .build()
                : volume.withNewEmptyDir()
                        .withMedium("Memory")
                        .withSizeLimit(new Quantity(KEPT_BYTES))
                        .endEmptyDir()
                        .build();
    }
}
