package dev.gatehouse.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code gatehouse} command. */
@Command(
        name = "gatehouse",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "A Kubernetes ingress controller: control plane, data plane, and both on a laptop.",
        subcommands = {RunCommand.class, ControllerCommand.class, DataPlaneCommand.class, ValidateCommand.class})
public final class Main {

    private Main() {}

    /** Runs one command and ends the process with its exit code: 0 done, 1 refused input, 2 wrong usage. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
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
