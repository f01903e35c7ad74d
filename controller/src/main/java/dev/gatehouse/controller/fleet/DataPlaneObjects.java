package dev.gatehouse.controller.fleet;

import dev.gatehouse.crds.DurationText;
import dev.gatehouse.crds.FleetAutoscaling;
import dev.gatehouse.crds.FleetService;
import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyFleetSpec;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The objects that a ProxyFleet stands for, as they should be. Pure. */
final class DataPlaneObjects {

    static final String TOKEN_AUDIENCE = "gatehouse-controller";

    private static final int ADMIN_PORT = 9091;
    private static final long NOBODY = 65532;
    private static final Duration DRAIN_DELAY = Duration.ofSeconds(5);

    private final ProxyFleet fleet;
    private final ProxyFleetSpec spec;
    private final String name;
    private final String image;
    private final FleetSettings settings;

    /** @param image of the data plane */
    DataPlaneObjects(ProxyFleet fleet, String image, FleetSettings settings) {
        this.fleet = fleet;
        this.spec = fleet.getSpec();
        this.name = nameOf(fleet);
        this.image = image;
        this.settings = settings;
    }

    /** Name of the fleet's Deployment, Service, ServiceAccount and PodDisruptionBudget. */
    static String nameOf(ProxyFleet fleet) {
        return fleet.getMetadata().getName() + "-dataplane";
    }

    static Map<String, String> labels(ProxyFleet fleet) {
        return Map.of(
                "app.kubernetes.io/name",
                "gatehouse-dataplane",
                "app.kubernetes.io/instance",
                fleet.getMetadata().getName(),
                "app.kubernetes.io/managed-by",
                GatehouseApi.FIELD_MANAGER,
                FleetSettings.FLEET_LABEL,
                fleet.getMetadata().getName());
    }

    private static Map<String, String> selector(ProxyFleet fleet) {
        return Map.of(FleetSettings.FLEET_LABEL, fleet.getMetadata().getName());
    }

    /** All of them, in the order in which they are to be made. */
    List<HasMetadata> all() {
        List<HasMetadata> objects =
                new ArrayList<>(List.of(serviceAccount(), configMap(), service(), deployment(), disruptionBudget()));
        if (spec.autoscaling() != null) {
            objects.add(autoscaler(spec.autoscaling()));
        }
        return objects;
    }

    private ObjectMeta metadata(String objectName) {
        return new ObjectMetaBuilder()
                .withNamespace(fleet.getMetadata().getNamespace())
                .withName(objectName)
                .withLabels(labels(fleet))
                .addNewOwnerReference()
                .withApiVersion(GatehouseApi.GROUP + "/" + GatehouseApi.VERSION)
                .withKind("ProxyFleet")
                .withName(fleet.getMetadata().getName())
                .withUid(fleet.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .endOwnerReference()
                .build();
    }

    private ServiceAccount serviceAccount() {
        return new ServiceAccountBuilder()
                .withMetadata(metadata(name))
                .withAutomountServiceAccountToken(false)
                .build();
    }

    private ConfigMap configMap() {
        return new ConfigMapBuilder()
                .withMetadata(metadata(fleet.getMetadata().getName() + "-controller-ca"))
                .withData(Map.of("ca.crt", settings.caCertificates().get()))
                .build();
    }

    private Service service() {
        FleetService service = spec.service();
        ObjectMeta metadata = metadata(name);
        metadata.setAnnotations(service.annotations());
        boolean balanced = service.type() == FleetService.Type.LoadBalancer;
        return new ServiceBuilder()
                .withMetadata(metadata)
                .withNewSpec()
                .withType(service.type().name())
                .withSelector(selector(fleet))
                .withPorts(
                        port("http", service.httpPort(), service.httpNodePort()),
                        port("https", service.httpsPort(), service.httpsNodePort()))
                .withExternalTrafficPolicy(
                        service.externalTrafficPolicy() == null
                                ? null
                                : service.externalTrafficPolicy().name())
                .withLoadBalancerClass(balanced ? service.loadBalancerClass() : null)
                .withLoadBalancerSourceRanges(balanced ? service.loadBalancerSourceRanges() : List.of())
                .endSpec()
                .build();
    }

    private static ServicePort port(String portName, int port, @Nullable Integer nodePort) {
        return new ServicePortBuilder()
                .withName(portName)
                .withProtocol("TCP")
                .withPort(port)
                .withTargetPort(new IntOrString(portName))
                .withNodePort(nodePort)
                .build();
    }

    private Deployment deployment() {
        Duration drain = DurationText.parse(spec.drain()).orElse(Duration.ofSeconds(30));
        long grace = DRAIN_DELAY.plus(drain).plusSeconds(5).toSeconds();
        List<LocalObjectReference> pullSecrets =
                spec.imagePullSecrets().stream().map(LocalObjectReference::new).toList();
        return new DeploymentBuilder()
                .withMetadata(metadata(name))
                .withNewSpec()
                // Left to the autoscaler where there is one: a field that is not applied is not ours.
                .withReplicas(spec.autoscaling() == null ? spec.replicas() : null)
                .withNewSelector()
                .withMatchLabels(selector(fleet))
                .endSelector()
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withMaxUnavailable(new IntOrString(0))
                .withMaxSurge(new IntOrString(1))
                .endRollingUpdate()
                .endStrategy()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels(fleet))
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName(name)
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withImagePullSecrets(pullSecrets)
                .withNodeSelector(spec.nodeSelector().isEmpty() ? null : spec.nodeSelector())
                .withTolerations(spec.tolerations())
                .withTerminationGracePeriodSeconds(grace)
                .addNewTopologySpreadConstraint()
                .withMaxSkew(1)
                .withTopologyKey("kubernetes.io/hostname")
                .withWhenUnsatisfiable("ScheduleAnyway")
                .withNewLabelSelector()
                .withMatchLabels(selector(fleet))
                .endLabelSelector()
                .endTopologySpreadConstraint()
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(NOBODY)
                .withRunAsGroup(NOBODY)
                .withFsGroup(NOBODY)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withContainers(container(drain))
                .withVolumes(DataPlaneVolumes.of(fleet))
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    private Container container(Duration drain) {
        return new ContainerBuilder()
                .withName("dataplane")
                .withImage(image)
                .withImagePullPolicy(Optional.ofNullable(spec.imagePullPolicy())
                        .map(Enum::name)
                        .or(settings::imagePullPolicy)
                        .orElse(null))
                .withArgs(
                        "dataplane",
                        "--controller=" + settings.controllerAddress(),
                        "--fleet=" + fleet.getMetadata().getNamespace() + "/"
                                + fleet.getMetadata().getName(),
                        "--http-port=" + spec.listeners().httpPort(),
                        "--https-port=" + spec.listeners().httpsPort(),
                        "--drain-delay=" + DRAIN_DELAY,
                        "--drain-timeout=" + drain,
                        "--keep-dir=" + DataPlaneVolumes.KEPT)
                .addNewEnv()
                .withName("GATEHOUSE_NODE")
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath("metadata.name")
                .endFieldRef()
                .endValueFrom()
                .endEnv()
                // Kubernetes puts the zone of its node on every pod (KEP-4742); where it does not, the value is empty.
                .addNewEnv()
                .withName("GATEHOUSE_ZONE")
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath("metadata.labels['topology.kubernetes.io/zone']")
                .endFieldRef()
                .endValueFrom()
                .endEnv()
                .addNewPort()
                .withName("http")
                .withContainerPort(spec.listeners().httpPort())
                .endPort()
                .addNewPort()
                .withName("https")
                .withContainerPort(spec.listeners().httpsPort())
                .endPort()
                .addNewPort()
                .withName("admin")
                .withContainerPort(ADMIN_PORT)
                .endPort()
                .withStartupProbe(probe("/livez", 1, 60))
                .withLivenessProbe(probe("/livez", 10, 3))
                .withReadinessProbe(probe("/readyz", 2, 2))
                .withResources(resources())
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .addNewVolumeMount()
                .withName("token")
                .withMountPath("/var/run/secrets/gatehouse")
                .withReadOnly(true)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("controller-ca")
                .withMountPath("/etc/gatehouse/ca")
                .withReadOnly(true)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("kept")
                .withMountPath(DataPlaneVolumes.KEPT)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("tmp")
                .withMountPath("/tmp")
                .endVolumeMount()
                .build();
    }

    private static Probe probe(String path, int periodSeconds, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(path)
                .withPort(new IntOrString("admin"))
                .endHttpGet()
                .withPeriodSeconds(periodSeconds)
                .withFailureThreshold(failures)
                .withTimeoutSeconds(2)
                .build();
    }

    private ResourceRequirements resources() {
        return Optional.ofNullable(spec.resources())
                .orElseGet(() -> new ResourceRequirementsBuilder()
                        .withRequests(Map.of("cpu", new Quantity("100m"), "memory", new Quantity("192Mi")))
                        .withLimits(Map.of("memory", new Quantity("1Gi")))
                        .build());
    }

    private PodDisruptionBudget disruptionBudget() {
        return new PodDisruptionBudgetBuilder()
                .withMetadata(metadata(name))
                .withNewSpec()
                .withMaxUnavailable(new IntOrString(1))
                .withNewSelector()
                .withMatchLabels(selector(fleet))
                .endSelector()
                .endSpec()
                .build();
    }

    private HorizontalPodAutoscaler autoscaler(FleetAutoscaling autoscaling) {
        return new HorizontalPodAutoscalerBuilder()
                .withMetadata(metadata(name))
                .withNewSpec()
                .withNewScaleTargetRef()
                .withApiVersion("apps/v1")
                .withKind("Deployment")
                .withName(name)
                .endScaleTargetRef()
                .withMinReplicas(autoscaling.minReplicas())
                .withMaxReplicas(autoscaling.maxReplicas())
                .addNewMetric()
                .withType("Resource")
                .withNewResource()
                .withName("cpu")
                .withNewTarget()
                .withType("Utilization")
                .withAverageUtilization(autoscaling.targetCpuPercent())
                .endTarget()
                .endResource()
                .endMetric()
                .endSpec()
                .build();
    }
}
