package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderObject;
import dev.gatehouse.controller.folder.FolderProblem;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.Severity;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What there is to say of a folder: its files, its objects, and what it would change. */
final class Validation {

    private final JsonObject json = new JsonObject();
    private boolean wrong;
    private boolean changes;

    private Validation() {}

    /** @param objects that were taken over from the folder */
    static Validation of(FolderBatch batch, World world, Map<ObjectKey, FolderObject> objects) {
        Validation validation = new Validation();
        JsonArray files = new JsonArray();
        batch.problems().forEach(problem -> files.add(validation.file(problem)));
        JsonArray verdicts = new JsonArray();
        world.verdicts()
                .values()
                .forEach(verdict ->
                        verdicts.add(validation.verdict(verdict, Optional.ofNullable(objects.get(verdict.object())))));
        validation.json.put("files", files).put("objects", verdicts);
        return validation;
    }

    private JsonObject file(FolderProblem problem) {
        wrong |= problem.severity() == Severity.ERROR;
        return new JsonObject()
                .put("severity", text(problem.severity()))
                .put("file", problem.file() + ":" + problem.line())
                .put("message", problem.message());
    }

    private JsonObject verdict(Verdict verdict, Optional<FolderObject> source) {
        JsonArray findings = new JsonArray();
        for (Finding finding : verdict.findings()) {
            wrong |= verdict.ours() && finding.severity() == Severity.ERROR;
            JsonObject one = new JsonObject()
                    .put("severity", text(finding.severity()))
                    .put("reason", finding.reason())
                    .put("conflict", Reasons.isConflict(finding.reason()))
                    .put("field", finding.field())
                    .put("message", finding.message());
            source.ifPresent(object ->
                    one.put("file", object.file() + ":" + object.lines().of(finding.field())));
            findings.add(one);
        }
        wrong |= verdict.ours() && !verdict.accepted();
        return new JsonObject()
                .put("kind", verdict.object().kind().text())
                .put("namespace", verdict.object().namespace())
                .put("name", verdict.object().name())
                .put("verdict", !verdict.ours() ? "not-ours" : verdict.accepted() ? "accepted" : "refused")
                .put("findings", findings);
    }

    private static String text(Severity severity) {
        return severity.name().toLowerCase(Locale.ROOT);
    }

    /** Adds what would change. */
    void compare(RouteChanges compared) {
        json.put("changes", compared.json());
        changes = compared.any();
        wrong |= compared.loses();
    }

    /** As {@code -o json} shows it. */
    JsonObject json() {
        return json;
    }

    /** Whether something is refused or loses. */
    boolean wrong() {
        return wrong;
    }

    /** Whether what is served would change. */
    boolean changes() {
        return changes;
    }
}
