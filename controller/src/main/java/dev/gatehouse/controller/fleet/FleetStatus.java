package dev.gatehouse.controller.fleet;

import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyFleetSpec;
import dev.gatehouse.crds.ProxyFleetStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.LoadBalancerStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a fleet is to say of itself. Pure. */
final class FleetStatus {

    private static final Set<String> OWN = Set.of("Accepted", "Available");

    private FleetStatus() {}

    /** The status of a fleet whose objects are made. */
    static ProxyFleetStatus of(
            ProxyFleet fleet, Optional<Deployment> deployment, Optional<Service> service, Instant now) {
        int replicas = deployment
                .map(d -> Objects.requireNonNullElse(d.getStatus().getReplicas(), 0))
                .orElse(0);
        int ready = deployment
                .map(d -> Objects.requireNonNullElse(d.getStatus().getReadyReplicas(), 0))
                .orElse(0);
        int wanted = deployment
                .map(d -> Objects.requireNonNullElse(d.getSpec().getReplicas(), 1))
                .orElse(fleet.getSpec().replicas());
        boolean available = ready >= wanted;
        return new ProxyFleetStatus(
                fleet.getMetadata().getGeneration(),
                replicas,
                ready,
                FleetSettings.FLEET_LABEL + "=" + fleet.getMetadata().getName(),
                addresses(fleet.getSpec(), service),
                null,
                List.of(
                        condition(fleet, "Accepted", true, "Accepted", "", now),
                        condition(
                                fleet,
                                "Available",
                                available,
                                available ? "Available" : "Progressing",
                                ready + "/" + wanted + " data planes ready",
                                now)));
    }

    /** The status of a fleet that cannot be made. */
    static ProxyFleetStatus refused(ProxyFleet fleet, String reason, String message, Instant now) {
        return new ProxyFleetStatus(
                fleet.getMetadata().getGeneration(),
                fleet.getStatus().replicas(),
                fleet.getStatus().readyReplicas(),
                fleet.getStatus().selector(),
                fleet.getStatus().addresses(),
                null,
                List.of(condition(fleet, "Accepted", false, reason, message, now)));
    }

    /** A status without what others say of what is served. */
    static ProxyFleetStatus own(ProxyFleetStatus status) {
        return new ProxyFleetStatus(
                status.observedGeneration(),
                status.replicas(),
                status.readyReplicas(),
                status.selector(),
                status.addresses(),
                status.root(),
                status.conditions().stream()
                        .filter(condition -> OWN.contains(condition.getType()))
                        .toList());
    }

    private static List<String> addresses(ProxyFleetSpec spec, Optional<Service> service) {
        if (!spec.publishAddresses().isEmpty()) {
            return spec.publishAddresses();
        }
        List<String> balanced = service
                .map(Service::getStatus)
                .map(status -> status.getLoadBalancer())
                .map(LoadBalancerStatus::getIngress)
                .orElse(List.of())
                .stream()
                .flatMap(
                        entry -> Stream.of(Optional.ofNullable(entry.getIp()), Optional.ofNullable(entry.getHostname()))
                                .flatMap(Optional::stream)
                                .limit(1))
                .toList();
        if (!balanced.isEmpty() || service.isEmpty()) {
            return balanced;
        }
        var serviceSpec = service.get().getSpec();
        // Nobody balances from outside: the cluster's own address is what can be told.
        return serviceSpec.getType().equals("LoadBalancer") || serviceSpec.getClusterIP() == null
                ? List.of()
                : List.of(serviceSpec.getClusterIP());
    }

    private static Condition condition(
            ProxyFleet fleet, String type, boolean status, String reason, String message, Instant now) {
        String text = status ? "True" : "False";
        String since = fleet.getStatus().conditions().stream()
                .filter(c -> c.getType().equals(type) && c.getStatus().equals(text))
                .map(Condition::getLastTransitionTime)
                .findFirst()
                .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new ConditionBuilder()
                .withType(type)
                .withStatus(text)
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(since)
                .withObservedGeneration(fleet.getMetadata().getGeneration())
                .build();
    }
}
