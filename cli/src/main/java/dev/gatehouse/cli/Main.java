package dev.gatehouse.cli;

import dev.gatehouse.dataplane.boot.DataPlane;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code gatehouse} command. */
@Command(
        name = "gatehouse",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "A Kubernetes ingress controller: control plane, data plane, and both on a laptop.",
        subcommands = {
            RunCommand.class,
            ControllerCommand.class,
            DataPlaneCommand.class,
            ValidateCommand.class,
            ExplainCommand.class,
            CertificatesCommand.class,
            StatusCommand.class,
            SnapshotCommand.class,
            RollbackCommand.class,
            RehearseCommand.class
        })
public final class Main {

    private Main() {}

    /** Runs one command and ends the process with its exit code: 0 done, 1 refused input, 2 wrong usage. */
    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("dataplane")) {
            DataPlane.prepare();
        }
        System.exit(
                args.length > 0 && isServer(args[0])
                        ? configured(server(args[0])).execute(Arrays.copyOfRange(args, 1, args.length))
                        : commands().execute(args));
    }

    /** All of them, by name. */
    static CommandLine commands() {
        return configured(new CommandLine(new Main()));
    }

    private static boolean isServer(String name) {
        return name.equals("dataplane") || name.equals("controller");
    }

    /** The command alone, as pods start it: reading the annotations of all the others costs a tenth of a second. */
    private static CommandLine server(String name) {
        return new CommandLine(name.equals("dataplane") ? new DataPlaneCommand() : new ControllerCommand())
                .setCommandName("gatehouse " + name);
    }

    static CommandLine configured(CommandLine commandLine) {
        return commandLine
                .setUsageHelpWidth(110)
                .setDefaultValueProvider(new EnvironmentDefaults(System.getenv()))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof SettingException)) {
                        throw failure;
                    }
                    command.getErr().println("gatehouse: " + failure.getMessage());
                    return 1;
                });
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"gatehouse " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
