package dev.gatehouse.dataplane.admin;

import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.explain.EndpointList;
import dev.gatehouse.dataplane.explain.Explainer;
import dev.gatehouse.dataplane.explain.Question;
import dev.gatehouse.dataplane.explain.RouteList;
import dev.gatehouse.dataplane.observe.Metrics;
import dev.gatehouse.dataplane.table.Tables;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Serves the admin port on Vert.x's event loops. */
public final class AdminServer {

    private final Vertx vertx;
    private final HttpServer server;
    private final Supplier<Optional<String>> notReady;
    private final Supplier<Optional<String>> remark;
    private final SnapshotReceiver receiver;
    private final Metrics metrics;
    private final Tables tables;

    /**
     * One of a data plane.
     *
     * @param notReady why this data plane should get no new traffic; empty when it is ready
     * @param remark what is to be known of it though it is ready
     */
    public AdminServer(
            Vertx vertx,
            Supplier<Optional<String>> notReady,
            Supplier<Optional<String>> remark,
            SnapshotReceiver receiver,
            Metrics metrics,
            Tables tables) {
        this.vertx = vertx;
        this.server = vertx.createHttpServer();
        this.notReady = notReady;
        this.remark = remark;
        this.receiver = receiver;
        this.metrics = metrics;
        this.tables = tables;
    }

    /** Listens; the result is the port. */
    public Future<Integer> start(String host, int port) {
        return server.requestHandler(request -> {
                    HttpServerResponse response = request.response();
                    switch (Optional.ofNullable(request.path()).orElse("")) {
                        case "/livez" -> text(response, 200, "ok\n");
                        case "/readyz" -> ready(response);
                        case "/metrics" ->
                            response.putHeader("content-type", "text/plain; version=0.0.4; charset=utf-8")
                                    .end(metrics.scrape());
                        case "/snapshot" ->
                            response.putHeader("content-type", "application/json")
                                    .end(snapshot().encodePrettily() + "\n");
                        case "/certificates" ->
                            json(
                                    response,
                                    () -> CertificateList.of(tables.current(), Instant.now())
                                            .encodePrettily());
                        case "/routes" ->
                            json(response, () -> RouteList.of(receiver.held()).encodePrettily());
                        case "/endpoints" ->
                            json(
                                    response,
                                    () -> EndpointList.of(
                                                    tables.upstreams(),
                                                    Optional.ofNullable(request.getParam("upstream"))
                                                            .orElse(""))
                                            .encodePrettily());
                        case "/explain" ->
                            json(
                                    response,
                                    () -> Explainer.explain(tables.current(), Question.of(query(request)))
                                            .encodePrettily());
                        default ->
                            text(
                                    response,
                                    404,
                                    "There is /livez, /readyz, /metrics, /snapshot, /routes, /endpoints, /certificates and /explain.\n");
                    }
                })
                .listen(port, host)
                .map(HttpServer::actualPort);
    }

    public Future<Void> close() {
        return server.close();
    }

    private void ready(HttpServerResponse response) {
        Optional<String> reason = notReady.get();
        text(response, reason.isEmpty() ? 200 : 503, reason.orElseGet(this::ok) + "\n");
    }

    private String ok() {
        return remark.get().map(note -> "ok; " + note).orElse("ok");
    }

    /** Thousands of rules or certificates take some tenths of a second: not on an event loop. */
    private void json(HttpServerResponse response, Supplier<String> content) {
        vertx.executeBlocking(() -> content.get())
                .onSuccess(json ->
                        response.putHeader("content-type", "application/json").end(json + "\n"))
                .onFailure(failure -> text(
                        response,
                        failure instanceof IllegalArgumentException ? 400 : 500,
                        failure.getMessage() + "\n"));
    }

    private static Map<String, List<String>> query(HttpServerRequest request) {
        Map<String, List<String>> query = new HashMap<>();
        request.params()
                .forEach((name, value) ->
                        query.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
        return query;
    }

    private static void text(HttpServerResponse response, int status, String body) {
        response.setStatusCode(status).putHeader("content-type", "text/plain").end(body);
    }

    private JsonObject snapshot() {
        JsonArray shards = new JsonArray();
        receiver.held()
                .sorted()
                .forEach(shard -> shards.add(new JsonObject()
                        .put("id", shard.id().toString())
                        .put("digest", shard.digest().hex())));
        JsonArray refused = new JsonArray();
        receiver.refused().stream()
                .sorted(Comparator.comparing(one -> one.id()))
                .forEach(one -> refused.add(new JsonObject()
                        .put("id", one.id().toString())
                        .put("digest", one.digest().hex())
                        .put("reason", one.reason())));
        return new JsonObject()
                .put("root", receiver.held().root().hex())
                .put("synchronised", receiver.synchronisedOnce())
                .put("stale", receiver.stale())
                .put("remark", remark.get().orElse(""))
                .put("shards", shards)
                .put("refused", refused);
    }
}
