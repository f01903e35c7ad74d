package dev.gatehouse.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code gatehouse snapshot}: what a controller published, when, because of what, and how two of them differ. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "snapshot",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Shows what a controller replica has published since its start: the last 100 snapshots that changed more than"
                        + " endpoints. Each replica has its own list; the same content has the same root at all of them.")
final class SnapshotCommand {

    private static final int SHOWN = 3;

    @Option(
            names = "--admin",
            defaultValue = "http://127.0.0.1:9090",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "Admin port of a controller replica. Default: ${DEFAULT-VALUE}.")
    private URI admin;

    @Option(
            names = "--fleet",
            paramLabel = "NAMESPACE/NAME",
            scope = ScopeType.INHERIT,
            description = "The ProxyFleet. Default: the controller's default fleet.")
    private String fleet;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "As the admin port has it.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists snapshots, the newest first: root, time, what changed, and which objects caused it.")
    int list() throws InterruptedException {
        JsonObject history = ask("/history", "");
        print(json ? history.encodePrettily() + "\n" : listed(history));
        return 0;
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows the hosts and rules of a snapshot.")
    int show(
            @Parameters(
                            paramLabel = "ROOT",
                            arity = "0..1",
                            description = "First digits of its root. Default: the newest.")
                    String root)
            throws InterruptedException {
        JsonObject routes = routes(root == null ? "" : root);
        if (json) {
            print(routes.encodePrettily() + "\n");
            return 0;
        }
        JsonObject none = new JsonObject().put("hosts", new JsonArray());
        print("snapshot " + routes.getString("snapshot") + "\n" + changes(none, routes) + "\n");
        return 0;
    }

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = "Shows how two snapshots differ, host by host and rule by rule; endpoints are left out.",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:they are alike", "1:the controller does not know one of them", "3:they differ"})
    int diff(
            @Parameters(paramLabel = "A", description = "First digits of the root of one.") String a,
            @Parameters(paramLabel = "B", arity = "0..1", description = "Of the other. Default: the newest.") String b)
            throws InterruptedException {
        JsonObject before = routes(a);
        JsonObject after = routes(b == null ? "" : b);
        RouteChanges changes = new RouteChanges(before, after, Set.of(), true);
        print(
                json
                        ? changes.json().encodePrettily() + "\n"
                        : StatusCommand.shortened(before.getString("snapshot")) + " -> "
                                + StatusCommand.shortened(after.getString("snapshot")) + "\n"
                                + changes(before, after) + "\n");
        return changes.any() ? StatusCommand.NOT_ALL : 0;
    }

    private static String changes(JsonObject before, JsonObject after) {
        JsonObject changes = new RouteChanges(before, after, Set.of(), true).json();
        return ValidatedText.changed(changes);
    }

    private JsonObject routes(String root) throws InterruptedException {
        return ask("/routes", root);
    }

    private JsonObject ask(String path, String root) throws InterruptedException {
        List<String> query = new ArrayList<>();
        if (fleet != null) {
            query.add("fleet=" + URLEncoder.encode(fleet, StandardCharsets.UTF_8));
        }
        if (!root.isEmpty()) {
            query.add("root=" + URLEncoder.encode(root, StandardCharsets.UTF_8));
        }
        return AdminPort.json(
                admin.resolve(query.isEmpty() ? path : path + "?" + String.join("&", query)), JsonObject::new);
    }

    static String listed(JsonObject history) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ROOT", "AT", "SHARDS", "CHANGED", "BECAUSE OF"));
        RouteChanges.objects(history, "snapshots")
                .forEach(entry -> rows.add(List.of(
                        StatusCommand.shortened(entry.getString("root")),
                        entry.getString("at").replaceFirst("\\.[0-9]+Z", "Z"),
                        String.valueOf(entry.getInteger("shards")),
                        some(entry.getJsonArray("changed"), 0),
                        some(entry.getJsonArray("causes"), entry.getInteger("more")))));
        return "fleet " + history.getString("fleet") + ", as replica " + history.getString("replica")
                + " published it\n" + TextTable.of(rows);
    }

    private static String some(JsonArray all, int more) {
        int left = all.size() + more - Math.min(SHOWN, all.size());
        String some =
                String.join(", ", all.stream().limit(SHOWN).map(String::valueOf).toList());
        return some.isEmpty() ? "-" : left > 0 ? some + " and " + left + " more" : some;
    }

    private void print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(text);
        out.flush();
    }
}
