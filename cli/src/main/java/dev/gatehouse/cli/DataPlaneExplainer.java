package dev.gatehouse.cli;

import dev.gatehouse.controller.boot.Explainer;
import dev.gatehouse.dataplane.explain.Question;
import dev.gatehouse.dataplane.explain.RouteList;
import dev.gatehouse.dataplane.explain.SnapshotExplainer;
import dev.gatehouse.snapshot.Snapshot;
import java.util.List;
import java.util.Map;

/** What a controller is handed of the data plane. */
public final class DataPlaneExplainer implements Explainer {

    @Override
    public String explain(Snapshot snapshot, Map<String, List<String>> question) {
        return SnapshotExplainer.explain(snapshot, Question.of(question)).encodePrettily();
    }

    @Override
    public String routes(Snapshot snapshot) {
        return RouteList.of(snapshot).encodePrettily();
    }
}
