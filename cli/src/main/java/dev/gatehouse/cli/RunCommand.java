package dev.gatehouse.cli;

import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.controller.ocsp.OcspSettings;
import dev.gatehouse.dataplane.boot.DataPlane;
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

    @Option(
            names = "--ocsp-internal-responders",
            negatable = true,
            description = "Ask issuers about certificates at addresses that are not public, too. Default: off.")
    private boolean ocspInternalResponders;

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
        try (FolderSource source = new FolderSource(folder);
                DataPlane plane =
                        DataPlaneOptions.start(options.config(Optional.empty(), Duration.ZERO, Optional.empty()));
                FolderServing serving = new FolderServing(plane, err, OcspSettings.standard(ocspInternalResponders))) {
            serving.take(source.look());
            try (DemoBackends backends =
                    demoBackends ? DemoBackends.start(source.objects().values()) : DemoBackends.start(List.of())) {
                Shutdown.onSignal(plane::drain);
                DataPlaneOptions.listen(plane);
                new ServedText(plane.ports(), plane.receiver().held(), backends.started()).print(out);
                source.watch(batch -> {
                    if (serving.take(batch)) {
                        out.println("live: " + plane.receiver().held().root());
                        out.flush();
                    }
                });
                Shutdown.await();
            }
        }
        return 0;
    }
}
