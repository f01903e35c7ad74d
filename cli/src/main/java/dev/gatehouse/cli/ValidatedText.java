package dev.gatehouse.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** A validation for people; places in files as compilers write them, so that editors can jump there. */
final class ValidatedText {

    private final List<String> lines = new ArrayList<>();

    private ValidatedText() {}

    static String of(JsonObject validation) {
        ValidatedText text = new ValidatedText();
        RouteChanges.objects(validation, "files")
                .forEach(file -> text.lines.add(
                        file.getString("file") + ": " + file.getString("severity") + ": " + file.getString("message")));
        RouteChanges.objects(validation, "objects").forEach(text::object);
        if (validation.containsKey("changes")) {
            text.changes(validation.getJsonObject("changes"));
        }
        return String.join("\n", text.lines);
    }

    /** Changes alone. */
    static String changed(JsonObject changes) {
        ValidatedText text = new ValidatedText();
        text.differences(changes);
        return String.join("\n", text.lines);
    }

    private void object(JsonObject object) {
        String verdict = object.getString("verdict").equals("not-ours") ? "not ours" : object.getString("verdict");
        lines.add(name(object) + ": " + verdict);
        RouteChanges.objects(object, "findings")
                .forEach(finding ->
                        lines.add("  " + (finding.containsKey("file") ? finding.getString("file") + ": " : "")
                                + finding.getString("severity") + " " + finding.getString("reason") + ": "
                                + finding.getString("field") + " " + finding.getString("message")));
    }

    private void changes(JsonObject changes) {
        lines.add("");
        lines.add("What would change:");
        differences(changes);
    }

    private void differences(JsonObject changes) {
        int before = lines.size();
        RouteChanges.objects(changes, "hosts").forEach(this::host);
        JsonArray settings = changes.getJsonArray("settings");
        for (int i = 0; i < settings.size(); i++) {
            lines.add("  ~ " + settings.getString(i));
        }
        RouteChanges.objects(changes, "conflicts")
                .forEach(conflict -> lines.add("  ! " + place(conflict.getJsonObject("loser")) + " asks for '"
                        + conflict.getString("asks") + "' of the host " + conflict.getString("host")
                        + ", which is served for " + place(conflict.getJsonObject("winner"))
                        + "; the older of the two keeps it"));
        if (lines.size() == before) {
            lines.add("  nothing");
        }
        if (changes.getInteger("kept") > 0) {
            lines.add("  " + changes.getInteger("kept") + " rules of objects that are not in the folder stay");
        }
    }

    private void host(JsonObject host) {
        lines.add("  " + sign(host.getString("change")) + " host " + host.getString("name")
                + (host.getBoolean("settings") ? " (certificates or TLS settings)" : "")
                + (host.getBoolean("reordered") ? " (its rules are tried in another order)" : ""));
        RouteChanges.objects(host, "rules").forEach(rule -> {
            String line = "      " + sign(rule.getString("change")) + " " + rule.getString("id");
            switch (rule.getString("change")) {
                case "added" -> lines.add(line + ": " + words(rule.getJsonObject("now")));
                case "removed" -> lines.add(line + ": " + words(rule.getJsonObject("was")));
                default -> {
                    lines.add(line);
                    lines.add("          was " + words(rule.getJsonObject("was")));
                    lines.add("          now " + words(rule.getJsonObject("now")));
                }
            }
        });
    }

    private static String sign(String change) {
        return switch (change) {
            case "added" -> "+";
            case "removed" -> "-";
            default -> "~";
        };
    }

    private static String words(JsonObject rule) {
        StringBuilder words = new StringBuilder(rule.getString("asks"));
        strings(rule, "filters").forEach(filter -> words.append("; ").append(filter));
        words.append(" -> ").append(String.join(", ", strings(rule, "backends")));
        long timeout = rule.getLong("timeoutMillis");
        return timeout == 0 ? words.toString() : words + " within " + timeout + " ms";
    }

    private static String name(JsonObject object) {
        String namespace = object.getString("namespace");
        return object.getString("kind") + " " + (namespace.isEmpty() ? "" : namespace + "/") + object.getString("name");
    }

    private static String place(JsonObject object) {
        return name(object) + " " + object.getString("field");
    }

    private static List<String> strings(JsonObject json, String name) {
        return json.getJsonArray(name, new JsonArray()).stream()
                .map(String::valueOf)
                .toList();
    }
}
