package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.controller.model.Severity;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gatehouse validate DIR}: what would be served, and what is wrong, by the code that serves. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description =
                "Says what of a folder of manifests would be served and what is wrong with it. Exit code 1 if anything "
                        + "is refused.")
final class ValidateCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", description = "Folder with *.yaml, *.yml and *.json.")
    private Path folder;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new SettingException(folder + " is no folder");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (FolderSource source = new FolderSource(folder)) {
            FolderBatch batch = source.look();
            Outcome outcome = new World(WorldOptions.folder()).apply(batch.changes());
            batch.problems().forEach(out::println);
            boolean refused = batch.problems().stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
            for (Verdict verdict : new TreeMap<>(outcome.verdicts()).values()) {
                out.println(verdict.object() + ": "
                        + (verdict.accepted() ? "accepted" : verdict.ours() ? "refused" : "not ours"));
                verdict.findings()
                        .forEach(finding -> out.println("  " + finding.severity() + " " + finding.reason() + " at "
                                + finding.field() + ": " + finding.message()));
                refused |= verdict.ours() && !verdict.accepted();
            }
            out.flush();
            return refused ? 1 : 0;
        }
    }
}
