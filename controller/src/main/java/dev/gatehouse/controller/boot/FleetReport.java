package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.publish.History;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.Receipt;
import dev.gatehouse.snapshot.Snapshot;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What {@code gatehouse status} and {@code gatehouse snapshot} show, as JSON: fleets, replicas, data planes, what they serve and how
 * long it took; and what was published before. Nothing of it is secret. Any thread.
 */
final class FleetReport {

    private final Publisher publisher;
    private final History history;
    private final Surroundings around;

    /**
     * What is known beside what was published.
     *
     * @param identity of this replica
     * @param leader of the replicas; empty: not known
     * @param receipts by replica
     * @param held hosts of a fleet that are held back
     * @param rolledBack where the hosts of a fleet are from, if not from today
     */
    record Surroundings(
            String identity,
            Supplier<String> leader,
            Function<FleetKey, Map<String, List<Receipt>>> receipts,
            Function<FleetKey, List<String>> held,
            Function<FleetKey, Optional<String>> rolledBack) {}

    FleetReport(Publisher publisher, History history, Surroundings around) {
        this.publisher = publisher;
        this.history = history;
        this.around = around;
    }

    JsonObject status() {
        JsonArray fleets = new JsonArray();
        publisher
                .fleets()
                .forEach(fleet -> publisher.snapshot(fleet).ifPresent(snapshot -> fleets.add(fleet(fleet, snapshot))));
        return new JsonObject()
                .put("replica", around.identity)
                .put("leader", around.leader.get())
                .put("fleets", fleets);
    }

    private JsonObject fleet(FleetKey fleet, Snapshot snapshot) {
        JsonArray nodes = new JsonArray();
        JsonArray replicas = new JsonArray();
        around.receipts.apply(fleet).forEach((replica, receipts) -> {
            replicas.add(replica);
            receipts.forEach(receipt -> nodes.add(new JsonObject()
                    .put("node", receipt.node())
                    .put("replica", replica)
                    .put("version", receipt.program().version())
                    .put("root", root(receipt.snapshot()))
                    .put("current", receipt.snapshot().root().equals(snapshot.root()))
                    .put("lagMillis", receipt.lag().toMillis())
                    .put(
                            "lacking",
                            new JsonArray(receipt.program().lacking().stream()
                                    .sorted()
                                    .toList()))
                    .put("refused", object(receipt.refused()))));
        });
        return new JsonObject()
                .put("fleet", fleet.toString())
                .put("root", snapshot.root().hex())
                .put("shards", snapshot.size())
                .put("replicas", replicas)
                .put("nodes", nodes)
                .put("held", new JsonArray(around.held.apply(fleet)))
                .put("rolledBackTo", around.rolledBack.apply(fleet).orElse(""))
                .put("keptBack", object(publisher.keptBack(fleet)));
    }

    /** Another replica's root that this one has not compiled is not known by its content. */
    private static String root(Snapshot snapshot) {
        return snapshot.size() == 0 ? "" : snapshot.root().hex();
    }

    private static JsonObject object(Map<String, String> map) {
        JsonObject json = new JsonObject();
        new TreeMap<>(map).forEach(json::put);
        return json;
    }

    /** The newest first. */
    JsonObject history(FleetKey fleet) {
        JsonArray entries = new JsonArray();
        for (History.Entry entry : history.entries(fleet)) {
            JsonArray changed = new JsonArray();
            if (entry.before().size() > 0) {
                entry.changed().forEach(id -> changed.add(id.toString()));
            }
            entries.add(new JsonObject()
                    .put("root", entry.snapshot().root().hex())
                    .put("at", entry.at().toString())
                    .put("shards", entry.snapshot().size())
                    .put("changed", changed)
                    .put("causes", new JsonArray(entry.causes()))
                    .put("more", entry.more()));
        }
        return new JsonObject()
                .put("fleet", fleet.toString())
                .put("replica", around.identity)
                .put("snapshots", entries);
    }

    /**
     * One that was published before.
     *
     * @throws IllegalArgumentException if this replica does not know it; it says what to do
     */
    Snapshot at(FleetKey fleet, String root) {
        return history.find(fleet, root)
                .orElseThrow(() -> new IllegalArgumentException("this replica (" + around.identity
                        + ") knows no root of " + fleet + " that begins with " + root
                        + ": see gatehouse snapshot list, or ask another replica"));
    }
}
