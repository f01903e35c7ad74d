package dev.gatehouse.cli;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.boot.ControllerConfig;
import dev.gatehouse.controller.compile.BlastRadius;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.watch.WatchScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatehouse controller}: watches a cluster and tells data planes what to serve. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "controller",
        mixinStandardHelpOptions = true,
        description = "Watches a Kubernetes cluster, compiles what it finds, and tells data planes what to serve.",
        footer = EnvironmentDefaults.FOOTER)
final class ControllerCommand implements Callable<Integer> {

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "How to reach the API server. Default: the ServiceAccount of the pod.")
    private Path kubeconfig;

    @Option(
            names = "--namespace",
            defaultValue = "gatehouse-system",
            paramLabel = "NAME",
            description = "The controller's own: its Lease and its certificate authority live there. Default:"
                    + " ${DEFAULT-VALUE}.")
    private String namespace;

    @Option(
            names = "--identity",
            paramLabel = "NAME",
            description = "Name of this replica. Default: the host name (a pod's is its own).")
    private String identity;

    @Option(
            names = "--bind-address",
            defaultValue = "0.0.0.0",
            paramLabel = "ADDRESS",
            description = "Address both ports are bound to. Default: ${DEFAULT-VALUE}.")
    private String bindAddress;

    @Option(
            names = "--snapshot-port",
            defaultValue = "9443",
            paramLabel = "PORT",
            description = "Data planes connect here; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int snapshotPort;

    @Option(
            names = "--admin-port",
            defaultValue = "9090",
            paramLabel = "PORT",
            description =
                    "Port for /livez, /readyz, /leaderz, /metrics, /snapshot, /routes, /explain, /status and /history; 0 takes a free one. Default:"
                            + " ${DEFAULT-VALUE}.")
    private int adminPort;

    @Option(
            names = "--service-name",
            defaultValue = "gatehouse-controller",
            paramLabel = "NAME",
            description =
                    "Service in front of the snapshot ports; its DNS names are in their certificate. Default: ${DEFAULT-VALUE}.")
    private String serviceName;

    @Option(
            names = "--snapshot-name",
            paramLabel = "NAME",
            split = ",",
            description = "Further DNS name or IP address under which data planes reach this replica.")
    private List<String> snapshotNames = List.of();

    @Option(
            names = "--default-fleet",
            defaultValue = "gatehouse-system/default",
            paramLabel = "NAMESPACE/NAME",
            description = "The ProxyFleet of IngressClasses without parameters. Default: ${DEFAULT-VALUE}.")
    private String defaultFleet;

    @Option(
            names = "--watch-namespace",
            paramLabel = "NAME",
            split = ",",
            description = "Namespace whose objects are looked at, beside the controller's own and the default fleet's."
                    + " Default: all. What is elsewhere does not exist for routes.")
    private List<String> watchNamespaces = List.of();

    @Option(
            names = "--route-selector",
            defaultValue = "",
            paramLabel = "SELECTOR",
            description =
                    "Label selector, as for kubectl -l: other Ingresses and ProxyRoutes are left alone. Default: all.")
    private String routeSelector;

    @Option(
            names = "--fleet-namespace",
            paramLabel = "NAME",
            split = ",",
            description = "Namespace whose ProxyFleets become data planes. Default: all that are watched.")
    private List<String> fleetNamespaces = List.of();

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "Image of data planes whose ProxyFleet names none. Default: such a fleet is refused.")
    private String image;

    @Option(
            names = "--image-pull-policy",
            paramLabel = "POLICY",
            description =
                    "When data planes whose ProxyFleet says nothing pull their image: Always, IfNotPresent, Never.")
    private String imagePullPolicy;

    @Option(
            names = "--outside-nodes",
            negatable = true,
            description = "Let data planes outside the cluster in: those whose token is bound to no pod. Default: off.")
    private boolean outsideNodes;

    @Option(
            names = "--ocsp-internal-responders",
            negatable = true,
            description =
                    "Ask issuers about certificates at addresses that are not public, too: those of the cluster and of this"
                            + " machine. Whoever may write a Secret chooses the address. Default: off.")
    private boolean ocspInternalResponders;

    @Option(
            names = "--owner",
            paramLabel = "NAME",
            description =
                    "ServiceAccount of the controller's namespace: what the controller makes for itself goes when that"
                            + " goes. Default: it stays.")
    private String owner;

    @Option(
            names = "--publish-address",
            paramLabel = "ADDRESS",
            split = ",",
            description = "What Ingresses show as their address. Default: the addresses of their fleet's Service.")
    private List<String> publishAddresses = List.of();

    @Option(
            names = "--status-rate",
            defaultValue = "20",
            paramLabel = "COUNT",
            description = "Statuses and Events written per second at most. Default: ${DEFAULT-VALUE}.")
    private int statusRate;

    @Option(
            names = "--lease-duration",
            defaultValue = "PT15S",
            paramLabel = "DURATION",
            description = "Another replica leads when the leader was silent for this long. Default: ${DEFAULT-VALUE}.")
    private Duration leaseDuration;

    @Option(
            names = "--hold-percent",
            defaultValue = "30",
            paramLabel = "PERCENT",
            description =
                    "A change that would take more of a fleet's hosts away at once, or lead them elsewhere, is held back until a"
                            + " second look; 0 switches that off. Default: ${DEFAULT-VALUE}.")
    private int holdPercent;

    @Option(
            names = "--hold-hosts",
            defaultValue = "10",
            paramLabel = "COUNT",
            description = "Fewer hosts than these are never held back. Default: ${DEFAULT-VALUE}.")
    private int holdHosts;

    @Option(
            names = "--hold-time",
            defaultValue = "PT1M",
            paramLabel = "DURATION",
            description =
                    "When the second look is: a change that still stands then takes effect. Default: ${DEFAULT-VALUE}.")
    private Duration holdTime;

    @Option(
            names = "--keep-last-good",
            paramLabel = "DURATION",
            description =
                    "For how long the last good version of an object is served whose newest cannot be, and of a certificate."
                            + " Default: until it is repaired.")
    private Duration keepLastGood;

    @Override
    public Integer call() throws InterruptedException {
        try (Controller controller = start()) {
            Shutdown.onSignal(controller::close);
            Shutdown.await();
        }
        return 0;
    }

    private Controller start() throws InterruptedException {
        try {
            return Controller.start(config(), new DataPlaneExplainer());
        } catch (IllegalStateException e) {
            throw new SettingException(e.getMessage());
        }
    }

    private ControllerConfig config() {
        if (statusRate < 1 || leaseDuration.compareTo(Duration.ofSeconds(3)) < 0) {
            throw new SettingException("--status-rate must be at least 1 and --lease-duration at least PT3S");
        }
        if (holdPercent < 0 || holdPercent > 100 || holdHosts < 1) {
            throw new SettingException("--hold-percent must be from 0 to 100 and --hold-hosts at least 1");
        }
        return new ControllerConfig(
                Optional.ofNullable(kubeconfig),
                namespace,
                identity == null ? HostName.own() : identity,
                bindAddress,
                snapshotPort,
                adminPort,
                serviceName,
                snapshotNames,
                fleet(),
                new WatchScope(watchNamespaces, routeSelector.strip()),
                fleetNamespaces,
                Optional.ofNullable(image),
                Optional.ofNullable(imagePullPolicy),
                outsideNodes,
                ocspInternalResponders,
                Optional.ofNullable(owner),
                // The proportions of Kubernetes' own controllers: 15 s, 10 s, 2 s.
                new ControllerConfig.Lease(
                        leaseDuration, leaseDuration.multipliedBy(2).dividedBy(3), leaseDuration.dividedBy(7)),
                publishAddresses,
                statusRate,
                new ControllerConfig.Caution(
                        new BlastRadius(holdPercent, holdHosts), holdTime, Optional.ofNullable(keepLastGood)));
    }

    private FleetKey fleet() {
        try {
            return FleetKey.parse(defaultFleet);
        } catch (IllegalArgumentException e) {
            throw new SettingException("--default-fleet: " + e.getMessage());
        }
    }
}
