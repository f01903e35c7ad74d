package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.dataplane.explain.RouteList;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gatehouse validate DIR}: what would be served, and what is wrong, by the code that serves. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description =
                "Says what of a folder of manifests would be served, what is wrong with it, which object loses to which,"
                        + " and with --against what it would change.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:everything would be served as it is written; warnings there may be",
            "1:something is refused or loses, or cannot be read",
            "2:wrong usage",
            "3:as 0, and with --against: something that is served would change"
        })
final class ValidateCommand implements Callable<Integer> {

    /** How the result is shown. */
    enum Output {
        text,
        json
    }

    private static final int CHANGES = 3;

    @Parameters(paramLabel = "DIR", description = "Folder with *.yaml, *.yml and *.json.")
    private Path folder;

    @Option(
            names = "--against",
            paramLabel = "URL|DIR",
            description =
                    "Compare with what is served: admin port of a controller (http://127.0.0.1:9090) or data plane"
                            + " (http://127.0.0.1:9091), or another folder.")
    private String against;

    @Option(
            names = "--fleet",
            paramLabel = "NAMESPACE/NAME",
            description = "Which fleet to compare. Default: the default fleet.")
    private String fleet;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Output output;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Validation validation = validate();
        PrintWriter out = spec.commandLine().getOut();
        out.println(output == Output.json ? validation.json().encodePrettily() : ValidatedText.of(validation.json()));
        out.flush();
        if (validation.wrong()) {
            return 1;
        }
        return validation.changes() ? CHANGES : 0;
    }

    private Validation validate() throws InterruptedException {
        World world = new World(WorldOptions.folder());
        try (FolderSource source = new FolderSource(existing(folder))) {
            FolderBatch batch = source.look();
            world.apply(batch.changes());
            Validation validation = Validation.of(batch, world, source.objects());
            if (against != null) {
                boolean whole = !against.contains("://");
                validation.compare(new RouteChanges(
                        served(whole), routes(world), source.objects().keySet(), whole));
            }
            return validation;
        }
    }

    private JsonObject served(boolean isFolder) throws InterruptedException {
        if (!isFolder) {
            String query = fleet == null ? "" : "?fleet=" + fleet();
            return AdminPort.json(address().resolve("/routes" + query), JsonObject::new);
        }
        World world = new World(WorldOptions.folder());
        try (FolderSource source = new FolderSource(existing(Path.of(against)))) {
            world.apply(source.look().changes());
        }
        return routes(world);
    }

    private URI address() {
        try {
            return URI.create(against);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--against: " + e.getMessage(), e);
        }
    }

    private JsonObject routes(World world) {
        return RouteList.of(world.snapshot(fleet == null ? WorldOptions.folder().defaultFleet() : fleet()));
    }

    private static Path existing(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new SettingException(folder + " is no folder");
        }
        return folder;
    }

    private FleetKey fleet() {
        try {
            return FleetKey.parse(fleet);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--fleet: " + e.getMessage(), e);
        }
    }
}
