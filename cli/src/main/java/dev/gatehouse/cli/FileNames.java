package dev.gatehouse.cli;

import dev.gatehouse.controller.folder.FolderObject;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says beside every object of an explanation in which file and line it stands. */
record FileNames(Map<ObjectKey, FolderObject> objects) {

    JsonObject addTo(JsonObject json) {
        if (json.containsKey("kind") && json.containsKey("field")) {
            file(json).ifPresent(file -> json.put("file", file));
        }
        json.getMap().values().forEach(this::addToAny);
        return json;
    }

    private void addToAny(@Nullable Object value) {
        switch (value) {
            case JsonObject object -> addTo(object);
            case JsonArray array -> array.forEach(this::addToAny);
            case null, default -> {}
        }
    }

    private Optional<String> file(JsonObject object) {
        for (Kind kind : Kind.values()) {
            if (kind.text().equals(object.getString("kind"))) {
                ObjectKey key = new ObjectKey(kind, object.getString("namespace"), object.getString("name"));
                return Optional.ofNullable(objects.get(key))
                        .map(found -> found.file() + ":" + found.lines().of(object.getString("field")));
            }
        }
        return Optional.empty();
    }
}
