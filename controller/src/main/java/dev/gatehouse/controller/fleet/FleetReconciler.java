package dev.gatehouse.controller.fleet;

import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyFleetStatus;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what a ProxyFleet stands for, and makes it again when somebody changed or deleted it. Deletion is the garbage
 * collector's: everything is owned by the fleet. Called on the operator's threads, one at a time per fleet.
 */
@ControllerConfiguration(name = "proxyfleet")
final class FleetReconciler implements Reconciler<ProxyFleet> {

    private static final Logger LOG = LoggerFactory.getLogger(FleetReconciler.class);
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5); // the trusted certificates may have changed
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(GatehouseApi.FIELD_MANAGER)
            .withForce(true)
            .build();

    private final KubernetesClient client;
    private final FleetSettings settings;
    private final Clock clock;

    FleetReconciler(KubernetesClient client, FleetSettings settings, Clock clock) {
        this.client = client;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, ProxyFleet>> prepareEventSources(EventSourceContext<ProxyFleet> context) {
        return List.of(
                owned(Deployment.class, context),
                owned(Service.class, context),
                owned(ServiceAccount.class, context),
                owned(ConfigMap.class, context),
                owned(PodDisruptionBudget.class, context),
                owned(HorizontalPodAutoscaler.class, context));
    }

    private <T extends HasMetadata> EventSource<?, ProxyFleet> owned(
            Class<T> type, EventSourceContext<ProxyFleet> context) {
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(type, ProxyFleet.class)
                        .withLabelSelector(FleetSettings.FLEET_LABEL)
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
    }

    @Override
    public UpdateControl<ProxyFleet> reconcile(ProxyFleet fleet, Context<ProxyFleet> context) {
        Optional<String> image = Optional.ofNullable(fleet.getSpec().image()).or(settings::image);
        if (image.isEmpty()) {
            write(
                    fleet,
                    FleetStatus.refused(
                            fleet,
                            "NoImage",
                            "spec.image is not set and the controller was started without --image: set one of them",
                            clock.instant()));
            return UpdateControl.noUpdate();
        }
        DataPlaneObjects objects = new DataPlaneObjects(fleet, image.get(), settings);
        for (HasMetadata object : objects.all()) {
            client.resource(object).patch(APPLY, object);
        }
        if (fleet.getSpec().autoscaling() == null) {
            context.getSecondaryResource(HorizontalPodAutoscaler.class)
                    .ifPresent(autoscaler -> client.resource(autoscaler).delete());
        }
        write(
                fleet,
                FleetStatus.of(
                        fleet,
                        context.getSecondaryResource(Deployment.class).filter(d -> d.getStatus() != null),
                        context.getSecondaryResource(Service.class),
                        clock.instant()));
        return UpdateControl.<ProxyFleet>noUpdate().rescheduleAfter(LOOK_AGAIN);
    }

    private void write(ProxyFleet fleet, ProxyFleetStatus status) {
        if (status.equals(FleetStatus.own(fleet.getStatus()))) {
            return;
        }
        ProxyFleet patch = new ProxyFleet();
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace(fleet.getMetadata().getNamespace());
        metadata.setName(fleet.getMetadata().getName());
        patch.setMetadata(metadata);
        patch.setSpec(null);
        patch.setStatus(status);
        client.resource(patch).subresource("status").patch(APPLY, patch);
        LOG.info(
                "event=fleet_status fleet={}/{} ready={}/{}",
                metadata.getNamespace(),
                metadata.getName(),
                status.readyReplicas(),
                status.replicas());
    }
}
