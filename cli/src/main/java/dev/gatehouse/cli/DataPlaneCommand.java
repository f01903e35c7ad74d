package dev.gatehouse.cli;

import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.dataplane.control.ControllerAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gatehouse dataplane}: proxies what a controller tells it to. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "dataplane",
        mixinStandardHelpOptions = true,
        description = "Serves traffic by the snapshots of a controller. Never talks to the Kubernetes API.",
        footer = EnvironmentDefaults.FOOTER)
final class DataPlaneCommand implements Callable<Integer> {

    @Option(
            names = "--controller",
            required = true,
            paramLabel = "HOST:PORT",
            description = "The controller's snapshot port.")
    private String controller;

    @Option(
            names = "--fleet",
            defaultValue = "gatehouse-system/default",
            paramLabel = "NAMESPACE/NAME",
            description = "The ProxyFleet to serve. Default: ${DEFAULT-VALUE}.")
    private String fleet;

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description =
                    "Name of this data plane in the controller's status, if it is no pod: a pod is known by its token."
                            + " Default: the host name.")
    private String node;

    @Option(
            names = "--token-file",
            defaultValue = "/var/run/secrets/gatehouse/token",
            paramLabel = "FILE",
            description =
                    "ServiceAccount token for the audience gatehouse-controller, read anew each time it is shown: at the start, "
                            + "and when the certificate it is traded for has ended. Default: ${DEFAULT-VALUE}.")
    private Path tokenFile;

    @Option(
            names = "--ca-file",
            defaultValue = "/etc/gatehouse/ca/ca.crt",
            paramLabel = "FILE",
            description = "Certificates (PEM) the controller's is checked against. Default: ${DEFAULT-VALUE}.")
    private Path caFile;

    @Option(
            names = "--keep-dir",
            paramLabel = "DIR",
            description =
                    "Folder in memory (tmpfs) where the snapshot in force is kept, private keys included: with it the data plane"
                            + " starts and serves when no controller answers. Default: it is kept nowhere.")
    private Path keepDir;

    @Option(
            names = "--keep-patience",
            defaultValue = "PT3S",
            paramLabel = "DURATION",
            description =
                    "How long a start waits for a controller before it serves what was kept. Default: ${DEFAULT-VALUE}.")
    private Duration keepPatience;

    @Mixin
    private DataPlaneOptions options;

    @Override
    public Integer call() throws InterruptedException {
        int colon = controller.lastIndexOf(':');
        int port = colon <= 0 ? -1 : port(controller.substring(colon + 1));
        if (port <= 0) {
            throw new SettingException(
                    "--controller must be HOST:PORT, such as gatehouse-controller.gatehouse-system.svc:9443, " + "not '"
                            + controller + "'");
        }
        for (Path file : new Path[] {tokenFile, caFile}) {
            if (!Files.isReadable(file)) {
                throw new SettingException((file.equals(tokenFile) ? "--token-file " : "--ca-file ") + file
                        + " cannot be read: it must be there before the data plane starts");
            }
        }
        ControllerAddress address = new ControllerAddress(
                controller.substring(0, colon), port, fleet, node == null ? HostName.own() : node, tokenFile, caFile);
        try (DataPlane plane = DataPlaneOptions.start(options.config(
                Optional.of(address),
                Duration.ofSeconds(5),
                Optional.ofNullable(keepDir).map(folder -> new DataPlaneConfig.Keep(folder, keepPatience))))) {
            Shutdown.onSignal(plane::drain);
            DataPlaneOptions.listen(plane);
            Shutdown.await();
        }
        return 0;
    }

    private static int port(String text) {
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : -1;
    }
}
