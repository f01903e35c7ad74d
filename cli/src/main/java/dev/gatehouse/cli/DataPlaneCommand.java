package dev.gatehouse.cli;

import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.dataplane.control.ControllerAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
            paramLabel = "NAMESPACE/NAME",
            description = "The ProxyFleet to serve. Default: ${DEFAULT-VALUE}.")
    private String fleet = "gatehouse-system/default";

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description =
                    "Name of this data plane in the controller's status, if it is no pod: a pod is known by its token."
                            + " Default: the host name.")
    private String node;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "ServiceAccount token for the audience gatehouse-controller, read anew each time it is shown: at the start, "
                            + "and when the certificate it is traded for has ended. Default: ${DEFAULT-VALUE}.")
    private Path tokenFile = Path.of("/var/run/secrets/gatehouse/token");

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "Certificates (PEM) the controller's is checked against. Default: ${DEFAULT-VALUE}.")
    private Path caFile = Path.of("/etc/gatehouse/ca/ca.crt");

    @Option(
            names = "--keep-dir",
            paramLabel = "DIR",
            description =
                    "Folder in memory (tmpfs) where the snapshot in force is kept, private keys included: with it the data plane"
                            + " starts and serves when no controller answers. Default: it is kept nowhere.")
    private Path keepDir;

    @Option(
            names = "--keep-patience",
            paramLabel = "DURATION",
            description =
                    "How long a start waits for a controller before it serves what was kept. Default: ${DEFAULT-VALUE}.")
    private Duration keepPatience = Duration.ofSeconds(3);

    @Mixin
    private DataPlaneOptions options = new DataPlaneOptions();

    /**
     * The command as a line of nothing but options, each with a value, asks for it: made without picocli, the loading of which takes
     * as long as the JVM's own start (docs/decisions/0011). Empty for every other line: picocli tells what is wrong with it, or helps.
     */
    static Optional<DataPlaneCommand> plain(List<String> arguments, Map<String, String> environment) {
        DataPlaneCommand command = new DataPlaneCommand();
        Set<String> given = new HashSet<>();
        try {
            environment.forEach((variable, value) ->
                    EnvironmentNames.option(variable).ifPresent(option -> command.set(option, value)));
            for (Iterator<String> rest = arguments.iterator(); rest.hasNext(); ) {
                String[] option = rest.next().split("=", 2);
                String value = option.length > 1 ? option[1] : rest.hasNext() ? rest.next() : "-";
                if (value.startsWith("-") // another option
                        || value.startsWith("@") // a file with options
                        || !given.add(option[0])
                        || !command.set(option[0], value)) {
                    return Optional.empty();
                }
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
        return Optional.ofNullable(command.controller).map(required -> command);
    }

    private boolean set(String name, String value) {
        switch (name) {
            case "--controller" -> controller = value;
            case "--fleet" -> fleet = value;
            case "--node" -> node = value;
            case "--token-file" -> tokenFile = Path.of(value);
            case "--ca-file" -> caFile = Path.of(value);
            case "--keep-dir" -> keepDir = Path.of(value);
            case "--keep-patience" -> keepPatience = Duration.parse(value);
            default -> {
                return options.set(name, value);
            }
        }
        return true;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (DataPlane plane = DataPlaneOptions.start(config())) {
            Shutdown.onSignal(plane::drain);
            DataPlaneOptions.listen(plane);
            Shutdown.await();
        }
        return 0;
    }

    /** @throws SettingException if it cannot be started so */
    DataPlaneConfig config() {
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
        return options.config(
                Optional.of(address),
                Duration.ofSeconds(5),
                Optional.ofNullable(keepDir).map(folder -> new DataPlaneConfig.Keep(folder, keepPatience)));
    }

    private static int port(String text) {
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : -1;
    }
}
