package dev.gatehouse.cli;

import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.dataplane.control.ControllerAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Option;

/** What {@code run} and {@code dataplane} have in common. */
@NullUnmarked // picocli sets the fields
final class DataPlaneOptions {

    private static final String HINT = ". --http-port, --https-port and --admin-port choose other ports, 0 a free one.";

    @Option(
            names = "--bind-address",
            paramLabel = "ADDRESS",
            description = "Address all ports are bound to. Default: ${DEFAULT-VALUE}.")
    private String bindAddress = "0.0.0.0";

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port for HTTP; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int httpPort = 8080;

    @Option(
            names = "--https-port",
            paramLabel = "PORT",
            description = "Port for HTTPS; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int httpsPort = 8443;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description =
                    "Port for /livez, /readyz, /metrics, /snapshot and /certificates; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int adminPort = 9091;

    @Option(
            names = "--event-loops",
            paramLabel = "COUNT",
            description = "Event loops that carry traffic; 0: one per processor. Default: ${DEFAULT-VALUE}.")
    private int eventLoops = 0;

    @Option(
            names = "--drain-delay",
            paramLabel = "DURATION",
            description =
                    "On SIGTERM: how long to go on accepting connections after turning not ready, as ISO 8601 such as "
                            + "PT5S. Default: PT0S for run, PT5S for dataplane.")
    private Duration drainDelay;

    @Option(
            names = "--drain-timeout",
            paramLabel = "DURATION",
            description = "On SIGTERM: how long answers in progress may take after that. Default: ${DEFAULT-VALUE}.")
    private Duration drainTimeout = Duration.ofSeconds(20);

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description =
                    "Where it runs, as EndpointSlices name it: endpoints of the same zone come first where routes are zoneAware or"
                            + " Services have a trafficDistribution. Default: not known.")
    private String zone = "";

    /**
     * Sets one by its name; false if it has another.
     *
     * @throws IllegalArgumentException or {@link java.time.DateTimeException} if the value cannot be read
     */
    boolean set(String name, String value) {
        switch (name) {
            case "--bind-address" -> bindAddress = value;
            case "--http-port" -> httpPort = Integer.parseInt(value);
            case "--https-port" -> httpsPort = Integer.parseInt(value);
            case "--admin-port" -> adminPort = Integer.parseInt(value);
            case "--event-loops" -> eventLoops = Integer.parseInt(value);
            case "--drain-delay" -> drainDelay = Duration.parse(value);
            case "--drain-timeout" -> drainTimeout = Duration.parse(value);
            case "--zone" -> zone = value;
            default -> {
                return false;
            }
        }
        return true;
    }

    /**
     * Starts one.
     *
     * @throws SettingException if its admin port cannot be bound
     */
    static DataPlane start(DataPlaneConfig config) {
        try {
            return DataPlane.start(config);
        } catch (IllegalStateException e) {
            throw new SettingException(e.getMessage() + HINT);
        }
    }

    /**
     * Waits for the first snapshot and binds the ports for traffic.
     *
     * @throws SettingException if one cannot be bound
     */
    static void listen(DataPlane plane) throws InterruptedException {
        try {
            plane.awaitListening();
        } catch (IllegalStateException e) {
            throw new SettingException(e.getMessage() + HINT);
        }
    }

    /** @param keep where the snapshot is kept; empty: nowhere */
    DataPlaneConfig config(
            Optional<ControllerAddress> controller, Duration defaultDelay, Optional<DataPlaneConfig.Keep> keep) {
        return new DataPlaneConfig(
                bindAddress,
                httpPort,
                httpsPort,
                adminPort,
                eventLoops,
                controller,
                drainDelay == null ? defaultDelay : drainDelay,
                drainTimeout,
                zone,
                keep);
    }
}
