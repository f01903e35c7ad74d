package dev.gatehouse.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gatehouse certificates}: what a running data plane serves, since when, and for how long it still holds. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "certificates",
        mixinStandardHelpOptions = true,
        description = "Lists the certificates that a running data plane serves, those that end first at the top. In a"
                + " cluster: kubectl exec POD -- gatehouse certificates.")
final class CertificatesCommand implements Callable<Integer> {

    private static final List<String> HEADINGS =
            List.of("SECRET", "KEY", "LEFT", "NOT AFTER", "LOADED", "FIRST USED", "STAPLED UNTIL", "SHA-256", "NAMES");
    private static final int SHOWN_FINGERPRINT = 16;
    private static final int SHOWN_NAMES = 3;

    @Option(
            names = "--admin",
            defaultValue = "http://127.0.0.1:9091",
            paramLabel = "URL",
            description = "The data plane's admin port. Default: ${DEFAULT-VALUE}.")
    private URI admin;

    @Option(
            names = "--within",
            paramLabel = "DURATION",
            description =
                    "Only those that end within this time, as ISO 8601 such as P14D; exit code 1 if there are any.")
    private Duration within;

    @Option(names = "--json", description = "As the admin port has it: whole fingerprints, all names.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Instant now = Instant.now();
        List<JsonObject> shown = chosen(AdminPort.json(admin.resolve("/certificates"), JsonArray::new), now);
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? new JsonArray(shown).encodePrettily() : table(shown, now));
        out.flush();
        return within != null && !shown.isEmpty() ? 1 : 0;
    }

    private List<JsonObject> chosen(JsonArray all, Instant now) {
        List<JsonObject> chosen = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            JsonObject one = all.getJsonObject(i);
            if (within == null || one.getInstant("notAfter").isBefore(now.plus(within))) {
                chosen.add(one);
            }
        }
        chosen.sort((a, b) -> a.getInstant("notAfter").compareTo(b.getInstant("notAfter")));
        return chosen;
    }

    /** Columns for people. */
    static String table(List<JsonObject> certificates, Instant now) {
        List<List<String>> rows = new ArrayList<>(List.of(HEADINGS));
        for (JsonObject one : certificates) {
            rows.add(row(one, now));
        }
        return TextTable.of(rows) + certificates.size() + " certificates";
    }

    private static List<String> row(JsonObject one, Instant now) {
        Instant notAfter = one.getInstant("notAfter");
        String first = one.getString("firstUsed", "never");
        JsonArray names = one.getJsonArray("names");
        List<String> some = new ArrayList<>();
        for (int i = 0; i < Math.min(SHOWN_NAMES, names.size()); i++) {
            some.add(names.getString(i));
        }
        String more = names.size() > SHOWN_NAMES ? " and " + (names.size() - SHOWN_NAMES) + " more" : "";
        return List.of(
                one.getString("secret"),
                one.getString("keyType"),
                left(Duration.between(now, notAfter)),
                notAfter.toString(),
                seconds(one.getString("loadedSince")),
                seconds(first),
                seconds(one.getString("stapledUntil", "-")),
                one.getString("fingerprint").substring(0, SHOWN_FINGERPRINT),
                String.join(", ", some) + more);
    }

    private static String left(Duration left) {
        if (left.isNegative()) {
            return "EXPIRED";
        }
        return left.toDays() > 0 ? left.toDays() + "d" : left.toHours() + "h";
    }

    /** Fractions of a second help nobody here. */
    private static String seconds(String instant) {
        return instant.replaceFirst("\\.[0-9]+Z", "Z");
    }
}
