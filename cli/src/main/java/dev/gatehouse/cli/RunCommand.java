package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.FleetUpdate;
import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderProblem;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.control.ApplyResult;
import dev.gatehouse.snapshot.Snapshot;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gatehouse run DIR}: the compiler and a data plane in one process, fed from a folder. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Serves a folder of Kubernetes manifests, without a cluster. Edits are live within a second.",
        footer = EnvironmentDefaults.FOOTER)
final class RunCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", description = "Folder with *.yaml, *.yml and *.json.")
    private Path folder;

    @Option(
            names = "--demo-backends",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Start the backends that EndpointSlices annotated gatehouse.dev/demo-backend ask for. Default: on.")
    private boolean demoBackends;

    @Mixin
    private DataPlaneOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (!Files.isDirectory(folder)) {
            throw new SettingException(folder + " is no folder. Try: gatehouse run examples/quickstart");
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        WorldOptions surroundings = WorldOptions.folder();
        World world = new World(surroundings);
        try (FolderSource source = new FolderSource(folder);
                DataPlane plane = DataPlaneOptions.start(options.config(Optional.empty(), Duration.ZERO))) {
            FolderBatch first = source.look();
            take(first, world, surroundings.defaultFleet(), plane, err);
            try (DemoBackends backends =
                    demoBackends ? DemoBackends.start(source.objects().values()) : DemoBackends.start(List.of())) {
                Shutdown.onSignal(plane::drain);
                DataPlaneOptions.listen(plane);
                new ServedText(plane.ports(), plane.receiver().held(), backends.started()).print(out);
                source.watch(batch -> {
                    if (take(batch, world, surroundings.defaultFleet(), plane, err)) {
                        out.println("live: " + plane.receiver().held().root());
                        out.flush();
                    }
                });
                Shutdown.await();
            }
        }
        return 0;
    }

    /** Compiles a batch and puts it in force; says what is wrong on {@code err}. Whether anything served has changed. */
    private static boolean take(FolderBatch batch, World world, FleetKey fleet, DataPlane plane, PrintWriter err) {
        for (FolderProblem problem : batch.problems()) {
            err.println(problem);
        }
        Outcome outcome = world.apply(batch.changes());
        outcome.verdicts()
                .forEach((object, verdict) -> verdict.findings()
                        .forEach(finding -> err.println(object + ": " + finding.field() + ": " + finding.message()
                                + " (" + finding.reason() + ")")));
        err.flush();
        Snapshot next = world.snapshot(fleet);
        Optional<FleetUpdate> update = outcome.fleet(fleet);
        if (update.isEmpty() && plane.receiver().synchronisedOnce()) {
            return false;
        }
        Snapshot.Difference difference = plane.receiver().announced().differenceTo(next);
        ApplyResult result = plane.receiver().apply(difference.updates(), difference.removed(), next.root());
        result.refused().forEach(refused -> err.println("refused: " + refused.reason()));
        result.error().ifPresent(error -> err.println("not applied: " + error));
        err.flush();
        return result.error().isEmpty();
    }
}
