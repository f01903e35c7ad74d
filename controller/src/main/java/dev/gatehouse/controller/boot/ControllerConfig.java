package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.BlastRadius;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.watch.WatchScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Everything a controller is told at its start.
 *
 * @param kubeconfig empty: the ServiceAccount of the pod it runs in
 * @param namespace the controller's own: its lease and its certificate authority live there
 * @param identity names this replica among the others: the pod's name
 * @param bindHost address that both ports bind; {@code 0.0.0.0} or {@code ::} for all
 * @param snapshotPort data planes connect here; 0 takes a free one
 * @param adminPort health, metrics and inspection; 0 takes a free one
 * @param serviceName Service in front of the replicas' snapshot ports; its DNS names are in their certificate
 * @param snapshotNames further DNS names and IP addresses under which data planes reach this replica
 * @param defaultFleet serves IngressClasses without parameters
 * @param scope what of the cluster is watched; the namespaces of the controller and of the default fleet are, in any case
 * @param fleetNamespaces where ProxyFleets become data planes; empty: wherever they are watched
 * @param image of data planes whose ProxyFleet names none; empty: such a fleet is refused with a condition
 * @param imagePullPolicy of data planes whose ProxyFleet names none; empty: the cluster's default
 * @param outsideNodes whether data planes outside the cluster are let in: those whose token is bound to no pod
 * @param ocspInternalResponders whether issuers are asked about certificates at addresses that are not public, too
 * @param owner name of a ServiceAccount of {@code namespace}: what the controller makes for itself goes when that goes.
 *     Empty: it stays
 * @param lease how leadership is held
 * @param publishAddresses what Ingresses show as their addresses instead of those of their fleet's Service; empty: those
 * @param statusWritesPerSecond bound on writes of statuses and Events
 * @param caution what is not served at once, or not for ever
 */
public record ControllerConfig(
        Optional<Path> kubeconfig,
        String namespace,
        String identity,
        String bindHost,
        int snapshotPort,
        int adminPort,
        String serviceName,
        List<String> snapshotNames,
        FleetKey defaultFleet,
        WatchScope scope,
        List<String> fleetNamespaces,
        Optional<String> image,
        Optional<String> imagePullPolicy,
        boolean outsideNodes,
        boolean ocspInternalResponders,
        Optional<String> owner,
        Lease lease,
        List<String> publishAddresses,
        int statusWritesPerSecond,
        Caution caution) {

    /**
     * What is not served at once, or not for ever.
     *
     * @param blastRadius how many hosts may go at once
     * @param holdTime until a change that would take more away takes effect all the same
     * @param quarantine for how long the last good version of an object is served whose newest cannot be; empty: until it is
     *     repaired
     */
    public record Caution(BlastRadius blastRadius, Duration holdTime, Optional<Duration> quarantine) {

        /** 30 % and 10 hosts, for a minute. */
        public static final Caution DEFAULT =
                new Caution(new BlastRadius(30, 10), Duration.ofMinutes(1), Optional.empty());
    }

    /**
     * How leadership is held.
     *
     * @param duration others take over when the holder was silent for this long
     * @param renewDeadline the holder gives up when it could not renew for this long; less than {@code duration}
     * @param retryPeriod between two attempts
     */
    public record Lease(Duration duration, Duration renewDeadline, Duration retryPeriod) {

        /** What Kubernetes' own controllers use. */
        public static final Lease DEFAULT =
                new Lease(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
    }
}
