package dev.gatehouse.cli;

import dev.gatehouse.dataplane.boot.DataPlane;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
        System.exit(
                args.length > 0 && isServer(args[0]) ? server(args) : commands().execute(args));
    }

    /** All of them, by name. */
    static CommandLine commands() {
        return configured(new CommandLine(new Main()));
    }

    private static boolean isServer(String name) {
        return name.equals("dataplane") || name.equals("controller");
    }

    /** The command alone, as pods start it: reading the annotations of all the others costs a tenth of a second. */
    private static int server(String[] args) {
        String name = args[0];
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        boolean dataPlane = name.equals("dataplane");
        if (dataPlane) {
            DataPlane.prepare();
            Optional<DataPlaneCommand> plain = DataPlaneCommand.plain(List.of(rest), System.getenv());
            if (plain.isPresent()) {
                return plain(plain.get());
            }
        }
        return configured(new CommandLine(dataPlane ? new DataPlaneCommand() : new ControllerCommand())
                        .setCommandName("gatehouse " + name))
                .execute(rest);
    }

    private static int plain(DataPlaneCommand command) {
        try {
            return command.call();
        } catch (SettingException e) {
            System.err.println(told(e));
        } catch (Exception e) {
            e.printStackTrace();
        }
        return 1;
    }

    private static String told(SettingException e) {
        return "gatehouse: " + e.getMessage();
    }

    static CommandLine configured(CommandLine commandLine) {
        return commandLine
                .setUsageHelpWidth(110)
                .setDefaultValueProvider(new EnvironmentDefaults(System.getenv()))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof SettingException setting)) {
                        throw failure;
                    }
                    command.getErr().println(told(setting));
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
