package dev.gatehouse.cli;

import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code gatehouse} command. */
@Command(
        name = "gatehouse",
        mixinStandardHelpOptions = true,
        versionProvider = GatehouseCommand.Version.class,
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
final class GatehouseCommand {

    private GatehouseCommand() {}

    /** Runs one command. Returns its exit code. */
    static int run(String[] args) {
        if (args.length > 0 && args[0].equals("dataplane")) {
            return alone("dataplane", new DataPlaneCommand(), args);
        }
        if (args.length > 0 && args[0].equals("controller")) {
            return alone("controller", new ControllerCommand(), args);
        }
        return commands().execute(args);
    }

    /** As pods start it: reading the annotations of all the others costs a tenth of a second. */
    private static int alone(String name, Object command, String[] args) {
        return configured(new CommandLine(command).setCommandName("gatehouse " + name))
                .execute(Arrays.copyOfRange(args, 1, args.length));
    }

    /** All of them, by name. */
    static CommandLine commands() {
        return configured(new CommandLine(new GatehouseCommand()));
    }

    private static CommandLine configured(CommandLine commandLine) {
        return commandLine
                .setUsageHelpWidth(110)
                .setDefaultValueProvider(new EnvironmentDefaults(System.getenv()))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof SettingException setting)) {
                        throw failure;
                    }
                    command.getErr().println(setting.told());
                    return 1;
                });
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = GatehouseCommand.class.getPackage().getImplementationVersion();
            return new String[] {"gatehouse " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
