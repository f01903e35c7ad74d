package dev.gatehouse.cli;

import dev.gatehouse.controller.folder.FolderObject;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Says beside every object of an explanation in which file and line it stands. */
record FileNames(Map<ObjectKey, FolderObject> objects) {

    JsonObject addTo(JsonObject json) {
        for (String name : json.fieldNames()) {
            switch (json.getValue(name)) {
                case JsonObject object -> {
                    if (name.equals("object")) {
                        file(object).ifPresent(file -> object.put("file", file));
                    } else {
                        addTo(object);
                    }
                }
                case JsonArray array -> addTo(array);
                case null, default -> {}
            }
        }
        return json;
    }

    private void addTo(JsonArray array) {
        for (int i = 0; i < array.size(); i++) {
            if (array.getValue(i) instanceof JsonObject object) {
                addTo(object);
            }
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
