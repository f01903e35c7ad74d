package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import java.util.List;

/** Why something was published. */
final class Causes {

    private Causes() {}

    /** Objects by which something may be served differently, in words. */
    static List<String> of(List<Change> changes) {
        return changes.stream()
                .filter(change -> change.key().kind() != Kind.ENDPOINT_SLICE)
                .map(change -> switch (change) {
                    case Change.Upsert(ResourceModel model) ->
                        model.key()
                                + (model.meta().generation() > 0
                                        ? " generation " + model.meta().generation()
                                        : "");
                    case Change.Delete(ObjectKey key) -> key + " deleted";
                    case Change.Refuse(ObjectKey key, String why) -> key + " cannot be read";
                    case Change.Expire(ObjectKey key) -> key + " expired";
                })
                .distinct()
                .toList();
    }
}
