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
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The controller's admin port: {@code /livez}, {@code /readyz} and {@code /leaderz} are three different questions,
 * {@code /metrics} is Prometheus' text, {@code /snapshot} tells what each fleet is to serve, by digest. Nothing here shows
 * the content of a shard.
 */
final class AdminServer {

    private final HttpServer server;
    private final Probes probes;
    private final Publisher publisher;
    private final Supplier<String> metrics;

    /** What the probes ask; an empty answer is a yes, any other says why not. */
    record Probes(
            Supplier<Optional<String>> live, Supplier<Optional<String>> ready, Supplier<Optional<String>> leading) {}

    AdminServer(Vertx vertx, Probes probes, Publisher publisher, Supplier<String> metrics) {
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
            default ->
                answer(
                        request,
                        404,
                        "text/plain; charset=utf-8",
                        "there is /livez, /readyz, /leaderz, /metrics and /snapshot\n");
        }
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
