package dev.gatehouse.cli;

import dev.gatehouse.controller.model.ObjectKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How two lists of routes differ, host by host and rule by rule. Endpoints come and go by themselves and are left out. An apply
 * takes nothing away of objects that the folder does not have: unless one folder replaces the other, their rules stay.
 */
final class RouteChanges {

    private static final String ALL_HOSTS = "(all hosts)";

    private final Set<String> folder;
    private final boolean whole;
    private final JsonArray hosts = new JsonArray();
    private final JsonArray settings = new JsonArray();
    private final JsonArray conflicts = new JsonArray();
    private int kept;

    /**
     * Compares.
     *
     * @param served as it is
     * @param next as the folder has it
     * @param objects of the folder
     * @param whole whether what the folder does not have goes
     */
    RouteChanges(JsonObject served, JsonObject next, Set<ObjectKey> objects, boolean whole) {
        this.folder = objects.stream()
                .map(key -> key.kind().text() + "/" + key.namespace() + "/" + key.name())
                .collect(Collectors.toSet());
        this.whole = whole;
        Map<String, JsonObject> before = hosts(served);
        Map<String, JsonObject> after = hosts(next);
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            host(name, Optional.ofNullable(before.get(name)), Optional.ofNullable(after.get(name)));
        }
        settings(served.getJsonObject("settings", new JsonObject()), next.getJsonObject("settings", new JsonObject()));
    }

    private static Map<String, JsonObject> hosts(JsonObject list) {
        Map<String, JsonObject> hosts = new LinkedHashMap<>();
        objects(list, "hosts").forEach(host -> hosts.put(host.getString("name"), host));
        if (list.containsKey("default")) {
            hosts.put(ALL_HOSTS, new JsonObject().put("default", list.getJsonObject("default")));
        }
        return hosts;
    }

    private void host(String name, Optional<JsonObject> before, Optional<JsonObject> after) {
        Map<String, JsonObject> old = before.map(RouteChanges::rules).orElse(Map.of());
        Map<String, JsonObject> young = after.map(RouteChanges::rules).orElse(Map.of());
        JsonArray rules = new JsonArray();
        Set<String> ids = new LinkedHashSet<>(young.keySet());
        ids.addAll(old.keySet());
        boolean stays = false;
        for (String id : ids) {
            JsonObject was = old.get(id);
            JsonObject now = young.get(id);
            if (now == null && was != null && !goes(was)) {
                kept++;
                stays = true;
            } else if (now == null) {
                rules.add(change("removed", id, was, null));
            } else {
                claim(name, id, was, now, old).ifPresent(rules::add);
            }
        }
        boolean reordered = rules.isEmpty() && !common(old, young).equals(common(young, old));
        boolean others = before.isPresent()
                && after.isPresent()
                && !stays
                && !Objects.equals(
                        before.get().getString("settings"), after.get().getString("settings"));
        if (!rules.isEmpty() || reordered || others || (before.isEmpty() && !young.isEmpty())) {
            hosts.add(new JsonObject()
                    .put("name", name)
                    .put("change", before.isEmpty() ? "added" : after.isEmpty() && !stays ? "removed" : "changed")
                    .put("rules", rules)
                    .put("reordered", reordered)
                    .put("settings", others));
        }
    }

    private Optional<JsonObject> claim(
            String host, String id, @Nullable JsonObject was, JsonObject now, Map<String, JsonObject> served) {
        if (was != null && was.getString("digest").equals(now.getString("digest"))) {
            return Optional.empty();
        }
        boolean claims = was == null || !was.getString("asks").equals(now.getString("asks"));
        Optional<JsonObject> conflict = claims ? loser(host, now, served) : Optional.empty();
        if (conflict.isEmpty()) {
            return Optional.of(change(was == null ? "added" : "changed", id, was, now));
        }
        conflicts.add(conflict.get());
        return was == null ? Optional.empty() : Optional.of(change("removed", id, was, null));
    }

    private static List<String> common(Map<String, JsonObject> rules, Map<String, JsonObject> others) {
        return rules.keySet().stream().filter(others::containsKey).toList();
    }

    /** A rule that newly asks for what is served for an object that the folder knows nothing of: the older one keeps it. */
    private Optional<JsonObject> loser(String host, JsonObject rule, Map<String, JsonObject> served) {
        return served.values().stream()
                .filter(other -> !goes(other) && other.getString("asks").equals(rule.getString("asks")))
                .findFirst()
                .map(winner -> new JsonObject()
                        .put("host", host)
                        .put("asks", rule.getString("asks"))
                        .put("loser", rule.getJsonObject("object"))
                        .put("winner", winner.getJsonObject("object")));
    }

    private boolean goes(JsonObject rule) {
        JsonObject object = rule.getJsonObject("object");
        return whole
                || folder.contains(object.getString("kind") + "/" + object.getString("namespace") + "/"
                        + object.getString("name"));
    }

    /** In match order; the default backend last. */
    private static Map<String, JsonObject> rules(JsonObject host) {
        Map<String, JsonObject> rules = new LinkedHashMap<>();
        objects(host, "rules").forEach(rule -> rules.put(rule.getString("id"), rule));
        if (host.containsKey("default")) {
            JsonObject rule = host.getJsonObject("default").copy().put("asks", "anything else");
            rules.put(rule.getString("id"), rule);
        }
        return rules;
    }

    private static JsonObject change(String change, String id, @Nullable JsonObject was, @Nullable JsonObject now) {
        JsonObject json = new JsonObject().put("change", change).put("id", id);
        if (was != null) {
            json.put("was", was);
        }
        return now == null ? json : json.put("now", now);
    }

    /** What holds for the whole fleet, and how Services are reached. */
    private void settings(JsonObject before, JsonObject after) {
        List<String> changed = new ArrayList<>();
        for (String name : new TreeSet<>(before.fieldNames())) {
            if (after.containsKey(name) && !before.getString(name).equals(after.getString(name))) {
                changed.add(name);
            }
        }
        changed.forEach(settings::add);
    }

    JsonObject json() {
        return new JsonObject()
                .put("hosts", hosts)
                .put("settings", settings)
                .put("conflicts", conflicts)
                .put("kept", kept);
    }

    boolean any() {
        return !hosts.isEmpty() || !settings.isEmpty();
    }

    boolean loses() {
        return !conflicts.isEmpty();
    }

    static Stream<JsonObject> objects(JsonObject json, String name) {
        JsonArray array = json.getJsonArray(name, new JsonArray());
        return IntStream.range(0, array.size()).mapToObj(array::getJsonObject);
    }
}
