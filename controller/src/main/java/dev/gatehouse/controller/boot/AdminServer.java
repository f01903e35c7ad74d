package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.Receipt;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The controller's admin port: {@code /livez}, {@code /readyz} and {@code /leaderz} are three different questions,
 * {@code /metrics} is Prometheus' text, {@code /snapshot} tells what each fleet is to serve, by digest, {@code /routes} in
 * words, {@code /explain} what becomes of a request there; both of an earlier one with {@code root=}. {@code /status} tells who serves
 * what, {@code /history} what was published. Nothing here shows a key, and nothing changes anything.
 */
final class AdminServer {

    private final Vertx vertx;
    private final HttpServer server;
    private final Probes probes;
    private final Publisher publisher;
    private final Supplier<String> metrics;
    private final Asking asking;

    /** Who answers questions, about which fleet if they name none. */
    record Asking(Explainer explainer, FleetKey defaultFleet, FleetReport report) {}

    /** What the probes ask; an empty answer is a yes, any other says why not. */
    record Probes(
            Supplier<Optional<String>> live, Supplier<Optional<String>> ready, Supplier<Optional<String>> leading) {}

    AdminServer(Vertx vertx, Probes probes, Publisher publisher, Supplier<String> metrics, Asking asking) {
        this.vertx = vertx;
        this.asking = asking;
        this.probes = probes;
        this.publisher = publisher;
        this.metrics = metrics;
        this.server = vertx.createHttpServer().requestHandler(this::handle);
    }

    /** Listens; the result is the port. */
    Future<Integer> start(String host, int port) {
        return server.listen(port, host).map(HttpServer::actualPort);
    }

    Future<Void> close() {
        return server.close();
    }

    private void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET)) {
            answer(request, 405, "text/plain; charset=utf-8", "only GET\n");
            return;
        }
        String path = request.path() == null ? "" : request.path();
        switch (path) {
            case "/livez" -> probe(request, probes.live.get());
            case "/readyz" -> probe(request, probes.ready.get());
            case "/leaderz" -> probe(request, probes.leading.get());
            case "/metrics" -> answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.get());
            case "/snapshot" ->
                answer(request, 200, "application/json", snapshots().encodePrettily() + "\n");
            case "/status" -> json(request, query -> asking.report.status().encodePrettily());
            case "/history" ->
                json(request, query -> asking.report.history(fleet(query)).encodePrettily());
            case "/routes" -> ask(request, (snapshot, query) -> asking.explainer.routes(snapshot));
            case "/explain" -> ask(request, asking.explainer::explain);
            default ->
                answer(
                        request,
                        404,
                        "text/plain; charset=utf-8",
                        "there is /livez, /readyz, /leaderz, /metrics, /snapshot, /routes, /explain, /status and /history\n");
        }
    }

    private void ask(HttpServerRequest request, BiFunction<Snapshot, Map<String, List<String>>, String> question) {
        json(request, query -> question.apply(snapshot(query), query));
    }

    /** Decoding thousands of rules takes some tenths of a second: not on an event loop. */
    private void json(HttpServerRequest request, Function<Map<String, List<String>>, String> answer) {
        Map<String, List<String>> query = new HashMap<>();
        request.params()
                .forEach((name, value) ->
                        query.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
        vertx.executeBlocking(() -> answer.apply(query))
                .onSuccess(json -> answer(request, 200, "application/json", json + "\n"))
                .onFailure(failure -> answer(
                        request,
                        failure instanceof IllegalArgumentException ? 400 : 500,
                        "text/plain; charset=utf-8",
                        failure.getMessage() + "\n"));
    }

    private FleetKey fleet(Map<String, List<String>> query) {
        return query.getOrDefault("fleet", List.of()).stream()
                .findFirst()
                .map(FleetKey::parse)
                .orElse(asking.defaultFleet);
    }

    private Snapshot snapshot(Map<String, List<String>> query) {
        FleetKey fleet = fleet(query);
        Snapshot current = publisher
                .snapshot(fleet)
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no fleet " + fleet + "; there is " + publisher.fleets()));
        return query.getOrDefault("root", List.of()).stream()
                .findFirst()
                .map(root -> current.root().hex().startsWith(root) ? current : asking.report.at(fleet, root))
                .orElse(current);
    }

    private static void probe(HttpServerRequest request, Optional<String> reason) {
        answer(request, reason.isEmpty() ? 200 : 503, "text/plain; charset=utf-8", reason.orElse("ok") + "\n");
    }

    private static void answer(HttpServerRequest request, int status, String type, String body) {
        request.response().setStatusCode(status).putHeader("content-type", type).end(body);
    }

    private JsonObject snapshots() {
        JsonArray fleets = new JsonArray();
        for (FleetKey fleet : publisher.fleets()) {
            publisher.snapshot(fleet).ifPresent(snapshot -> fleets.add(fleet(fleet, snapshot)));
        }
        return new JsonObject().put("fleets", fleets);
    }

    private JsonObject fleet(FleetKey fleet, Snapshot snapshot) {
        JsonArray nodes = new JsonArray();
        for (Receipt receipt : publisher.receipts(fleet)) {
            JsonObject refused = new JsonObject();
            receipt.refused().forEach(refused::put);
            nodes.add(new JsonObject()
                    .put("node", receipt.node())
                    .put("root", receipt.snapshot().root().toString())
                    .put("version", receipt.program().version())
                    .put(
                            "lacking",
                            new JsonArray(receipt.program().lacking().stream()
                                    .sorted()
                                    .toList()))
                    .put("refused", refused));
        }
        JsonArray shards = new JsonArray();
        snapshot.sorted().forEach(shard -> shards.add(shard(shard)));
        return new JsonObject()
                .put("fleet", fleet.toString())
                .put("root", snapshot.root().toString())
                .put("nodes", nodes)
                .put("shards", shards);
    }

    private static JsonObject shard(Shard shard) {
        return new JsonObject()
                .put("id", shard.id().toString())
                .put("digest", shard.digest().toString());
    }
}
