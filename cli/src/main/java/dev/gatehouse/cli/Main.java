package dev.gatehouse.cli;

import dev.gatehouse.dataplane.boot.DataPlane;
import java.util.List;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** Where the program begins. Without picocli for a data plane in a pod, whose start is to be short (docs/decisions/0011). */
public final class Main {

    private Main() {}

    /** Runs one command and ends the process with its exit code: 0 done, 1 refused input, 2 wrong usage. */
    public static void main(String[] args) {
        List<String> arguments = List.of(args);
        if (!arguments.isEmpty() && arguments.getFirst().equals("dataplane")) {
            DataPlane.prepare();
            Optional<DataPlaneCommand> plain =
                    DataPlaneCommand.plain(arguments.subList(1, arguments.size()), System.getenv());
            if (plain.isPresent()) {
                System.exit(run(plain.get()));
            }
        }
        System.exit(GatehouseCommand.run(args));
    }

    private static int run(DataPlaneCommand command) {
        try {
            return command.call();
        } catch (SettingException e) {
            System.err.println(e.told());
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("event=failed", e);
        }
        return 1;
    }
}
