package dev.gatehouse.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gatehouse status}: fleets, replicas, and what each data plane serves. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description =
                "Shows fleets, controller replicas and data planes: which snapshot each serves, how long it took, and what it"
                        + " refuses; and what is held back or rolled back. In a cluster: kubectl exec -n gatehouse-system"
                        + " deploy/gatehouse-controller -- gatehouse status.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every data plane serves the newest snapshot, and it is the one that is asked for",
            "1:the controller does not answer",
            "3:a data plane is behind or refuses something, or something is held back or rolled back"
        })
final class StatusCommand implements Callable<Integer> {

    static final int NOT_ALL = 3;

    private static final int SHOWN = 5;
    private static final int SHOWN_ROOT = 12;

    @Option(
            names = "--admin",
            defaultValue = "http://127.0.0.1:9090",
            paramLabel = "URL",
            description = "Admin port of a controller replica. Default: ${DEFAULT-VALUE}.")
    private URI admin;

    @Option(names = "--json", description = "As the admin port has it.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        JsonObject status = AdminPort.json(admin.resolve("/status"), JsonObject::new);
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? status.encodePrettily() + "\n" : text(status));
        out.flush();
        return RouteChanges.objects(status, "fleets").allMatch(StatusCommand::isWell) ? 0 : NOT_ALL;
    }

    private static boolean isWell(JsonObject fleet) {
        return fleet.getJsonArray("held").isEmpty()
                && fleet.getString("rolledBackTo").isEmpty()
                && fleet.getJsonObject("keptBack").isEmpty()
                && RouteChanges.objects(fleet, "nodes").allMatch(StatusCommand::serves);
    }

    private static boolean serves(JsonObject node) {
        return node.getBoolean("current")
                && node.getJsonObject("refused").isEmpty()
                && node.getJsonArray("lacking").isEmpty();
    }

    static String text(JsonObject status) {
        StringBuilder text = new StringBuilder();
        String leader = status.getString("leader");
        text.append("replica ")
                .append(status.getString("replica"))
                .append(leader.isEmpty() ? ", no leader is known" : ", the leader is " + leader)
                .append('\n');
        RouteChanges.objects(status, "fleets").forEach(fleet -> fleet(fleet, text));
        return text.toString();
    }

    private static void fleet(JsonObject fleet, StringBuilder text) {
        List<JsonObject> nodes = RouteChanges.objects(fleet, "nodes").toList();
        long serving = nodes.stream().filter(StatusCommand::serves).count();
        long lag = nodes.stream()
                .filter(StatusCommand::serves)
                .mapToLong(node -> node.getLong("lagMillis"))
                .max()
                .orElse(0);
        text.append("\nfleet ")
                .append(fleet.getString("fleet"))
                .append(": ")
                .append(serving)
                .append('/')
                .append(nodes.size())
                .append(" data planes at ")
                .append(shortened(fleet.getString("root")))
                .append(nodes.isEmpty() || serving < nodes.size() ? "" : " in " + lag + " ms")
                .append(", ")
                .append(fleet.getInteger("shards"))
                .append(" shards, replicas ")
                .append(join(fleet.getJsonArray("replicas")))
                .append('\n');
        if (!fleet.getString("rolledBackTo").isEmpty()) {
            text.append("  ROLLED BACK to ")
                    .append(fleet.getString("rolledBackTo"))
                    .append("; end it with: gatehouse rollback --release --fleet ")
                    .append(fleet.getString("fleet"))
                    .append('\n');
        }
        JsonArray held = fleet.getJsonArray("held");
        if (!held.isEmpty()) {
            text.append("  HELD BACK: a change would take ")
                    .append(held.size())
                    .append(" hosts away: ")
                    .append(join(new JsonArray(held.stream().limit(SHOWN).toList())))
                    .append(held.size() > SHOWN ? " and " + (held.size() - SHOWN) + " more" : "")
                    .append('\n');
        }
        fleet.getJsonObject("keptBack")
                .forEach(entry -> text.append("  KEPT BACK: ")
                        .append(entry.getKey())
                        .append(": ")
                        .append(entry.getValue())
                        .append('\n'));
        if (nodes.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("DATA PLANE", "VERSION", "REPLICA", "SNAPSHOT", "LAG", "STATE"));
        nodes.forEach(node -> rows.add(List.of(
                node.getString("node"),
                node.getString("version").isEmpty() ? "-" : node.getString("version"),
                node.getString("replica"),
                node.getString("root").isEmpty() ? "another" : shortened(node.getString("root")),
                node.getLong("lagMillis") + " ms",
                state(node))));
        TextTable.of(rows)
                .lines()
                .forEach(line -> text.append("  ").append(line).append('\n'));
        nodes.forEach(node -> node.getJsonObject("refused")
                .forEach(entry -> text.append("  ")
                        .append(node.getString("node"))
                        .append(" refuses ")
                        .append(entry.getKey())
                        .append(": ")
                        .append(entry.getValue())
                        .append('\n')));
    }

    private static String state(JsonObject node) {
        JsonArray lacking = node.getJsonArray("lacking");
        int refused = node.getJsonObject("refused").size();
        if (refused > 0) {
            return "refuses " + refused + (refused == 1 ? " shard" : " shards");
        }
        if (!lacking.isEmpty()) {
            return "lacks " + join(lacking);
        }
        return node.getBoolean("current") ? "current" : "behind";
    }

    static String shortened(String root) {
        return root.substring(0, Math.min(SHOWN_ROOT, root.length()));
    }

    private static String join(JsonArray strings) {
        return String.join(", ", strings.stream().map(String::valueOf).toList());
    }
}
