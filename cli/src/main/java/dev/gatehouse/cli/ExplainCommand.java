package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderObject;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.dataplane.explain.Question;
import dev.gatehouse.dataplane.explain.SnapshotExplainer;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gatehouse explain}: which rule answers a request, why no other does, and what becomes of it, by the code that serves. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description =
                "Says which rule answers a request and why no other does: of a running data plane or controller (--admin),"
                        + " or of a folder (--folder). Sends no request. In a cluster: kubectl exec POD -- gatehouse explain URL.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:a rule takes the request: a backend answers it, or a redirect of the rule",
            "1:nothing can be explained: no answer from the admin port, or a folder that cannot be read",
            "2:wrong usage",
            "3:Gatehouse answers with an error of its own (such as 404 no-route), or refuses the connection"
        })
final class ExplainCommand implements Callable<Integer> {

    /** How explanations are shown. */
    enum Output {
        text,
        json
    }

    private static final int ERROR = 400;
    private static final int REFUSED = 3;

    @Parameters(
            arity = "1..2",
            paramLabel = "[METHOD] URL",
            description = "Such as GET https://shop.example.com/api/x?a=b. Method: GET if none is named.")
    private List<String> request = List.of();

    @Option(
            names = {"-H", "--header"},
            paramLabel = "'NAME: VALUE'",
            description = "A header of the request; cookies are one. May be repeated.")
    private List<String> headers = List.of();

    @Option(
            names = "--from",
            paramLabel = "ADDRESS",
            description = "IP address that the connection comes from. Default: 127.0.0.1.")
    private String from;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "Explain what `gatehouse run DIR` would do, instead of asking a running one.")
    private Path folder;

    @Option(
            names = "--admin",
            defaultValue = "http://127.0.0.1:9091",
            paramLabel = "URL",
            description = "Admin port of a data plane (9091) or of a controller (9090). Default: ${DEFAULT-VALUE}.")
    private URI admin;

    @Option(
            names = "--fleet",
            paramLabel = "NAMESPACE/NAME",
            description = "Which fleet's, of a controller or a folder. Default: the default fleet.")
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
        Question question = question();
        JsonObject explanation = folder == null ? fetch(question) : compile(question);
        PrintWriter out = spec.commandLine().getOut();
        out.println(output == Output.json ? explanation.encodePrettily() : ExplainedText.of(explanation));
        out.flush();
        return refused(explanation) ? REFUSED : 0;
    }

    private static boolean refused(JsonObject explanation) {
        return explanation.getJsonObject("answer").getInteger("status", 0) >= ERROR
                || explanation.getJsonObject("tls", new JsonObject()).containsKey("refused");
    }

    private Question question() {
        try {
            return Question.of(
                    request.size() == 1 ? "GET" : request.getFirst(),
                    request.getLast(),
                    headers,
                    Optional.ofNullable(from));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private JsonObject fetch(Question question) throws InterruptedException {
        String query = question.query() + (fleet == null ? "" : "&fleet=" + fleet());
        return AdminPort.json(admin.resolve("/explain?" + query), JsonObject::new);
    }

    private JsonObject compile(Question question) {
        if (!Files.isDirectory(folder)) {
            throw new SettingException(folder + " is no folder");
        }
        WorldOptions surroundings = WorldOptions.folder();
        World world = new World(surroundings);
        try (FolderSource source = new FolderSource(folder)) {
            FolderBatch batch = source.look();
            PrintWriter err = spec.commandLine().getErr();
            batch.problems().forEach(err::println);
            err.flush();
            world.apply(batch.changes());
            FleetKey key = fleet == null ? surroundings.defaultFleet() : fleet();
            if (!world.fleets().contains(key)) {
                throw new SettingException("--fleet: there is no ProxyFleet " + key + "; there is " + world.fleets());
            }
            JsonObject explanation = SnapshotExplainer.explain(world.snapshot(key), question);
            Map<ObjectKey, FolderObject> objects = source.objects();
            return new FileNames(objects).addTo(explanation);
        }
    }

    private FleetKey fleet() {
        try {
            return FleetKey.parse(fleet);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--fleet: " + e.getMessage(), e);
        }
    }
}
