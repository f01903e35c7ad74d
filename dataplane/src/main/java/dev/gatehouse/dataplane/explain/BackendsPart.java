package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the requests of a rule go: its backends with their shares, and who is there. */
final class BackendsPart {

    private static final JsonArray NOBODY = new JsonArray();

    private final Snapshot snapshot;
    private final Map<String, Upstream> upstreams = new HashMap<>();

    /** @param compiled knows how the endpoints fare */
    BackendsPart(Snapshot snapshot, CompiledRule compiled) {
        this.snapshot = snapshot;
        for (Selection selection : compiled.backends().all()) {
            upstreams.put(selection.upstream().id(), selection.upstream());
        }
    }

    JsonArray json(Rule rule) {
        long total = rule.getBackendsList().stream()
                .mapToLong(backend -> Integer.toUnsignedLong(backend.getWeight()))
                .sum();
        JsonArray backends = new JsonArray();
        for (Backend backend : rule.getBackendsList()) {
            long weight = Integer.toUnsignedLong(backend.getWeight());
            JsonObject json = new JsonObject()
                    .put("weight", weight)
                    .put("percent", total == 0 ? 0 : Math.round(weight * 10_000.0 / total) / 100.0);
            if (backend.hasSource()) {
                json.put("object", RuleSources.object(backend.getSource()));
            }
            backends.add(
                    backend.getUnavailable().isEmpty()
                            ? upstream(backend.getUpstream(), json)
                            : json.put("unavailable", backend.getUnavailable()));
        }
        standIn(backends);
        return backends;
    }

    /** While a backend that another object brings has no endpoint, the rule's own is asked in its place. */
    private static void standIn(JsonArray backends) {
        List<JsonObject> all = backends.stream()
                .filter(JsonObject.class::isInstance)
                .map(JsonObject.class::cast)
                .toList();
        all.stream()
                .filter(one -> !one.containsKey("object") && !one.containsKey("unavailable"))
                .findFirst()
                .filter(own -> !own.getJsonArray("endpoints").isEmpty())
                .ifPresent(own -> all.stream()
                        .filter(one -> one.containsKey("object")
                                && one.getJsonArray("endpoints", NOBODY).isEmpty())
                        .filter(one -> !one.containsKey("unavailable"))
                        .forEach(guest -> guest.put("standIn", own.getString("service"))));
    }

    private JsonObject upstream(String id, JsonObject json) {
        ShardId shard = ShardId.parse(id);
        dev.gatehouse.snapshot.proto.Upstream upstream = RuleSources.body(snapshot, shard)
                .map(ShardBody::getUpstream)
                .orElse(dev.gatehouse.snapshot.proto.Upstream.getDefaultInstance());
        json.put("service", shard.name()).put("protocol", protocol(upstream));
        if (upstream.hasExternal()) {
            String address = upstream.getExternal().getDnsName() + ":"
                    + upstream.getExternal().getPort();
            JsonObject endpoint = new JsonObject().put("address", address).put("state", "external");
            Upstream known = upstreams.get(id);
            if (known != null) {
                EndpointPart.terms(known, json);
                known.present().forEach(one -> EndpointPart.add(known, one, endpoint));
            }
            return json.put("endpoints", new JsonArray().add(endpoint));
        }
        Map<String, Upstream.Present> live = new HashMap<>();
        Upstream known = upstreams.get(id);
        if (known != null) {
            EndpointPart.terms(known, json);
            known.present()
                    .forEach(one -> live.put(EndpointPart.address(one.endpoint().address()), one));
        }
        JsonArray endpoints = new JsonArray();
        if (!upstream.getEndpoints().isEmpty()) {
            RuleSources.body(snapshot, ShardId.parse(upstream.getEndpoints()))
                    .ifPresent(body -> body.getEndpoints()
                            .getEndpointsList()
                            .forEach(one -> endpoints.add(endpoint(one, known, live))));
        }
        return json.put("endpoints", endpoints);
    }

    private static String protocol(dev.gatehouse.snapshot.proto.Upstream upstream) {
        return upstream.hasTls()
                ? "tls to " + upstream.getTls().getServerName()
                : upstream.getProtocol() == dev.gatehouse.snapshot.proto.Upstream.Protocol.H2C ? "h2c" : "http/1.1";
    }

    private static JsonObject endpoint(
            dev.gatehouse.snapshot.proto.Endpoint endpoint,
            @Nullable Upstream upstream,
            Map<String, Upstream.Present> live) {
        String address = address(endpoint);
        JsonObject json = new JsonObject()
                .put("address", address)
                .put("state", endpoint.getState().name().toLowerCase(Locale.ROOT));
        if (!endpoint.getZone().isEmpty()) {
            json.put("zone", endpoint.getZone());
        }
        if (endpoint.getWeight() > 1) {
            json.put("weight", endpoint.getWeight());
        }
        Upstream.Present known = live.get(address);
        return upstream == null || known == null ? json : EndpointPart.add(upstream, known, json);
    }

    private static String address(dev.gatehouse.snapshot.proto.Endpoint endpoint) {
        try {
            return EndpointPart.address(new InetSocketAddress(
                    InetAddress.getByAddress(endpoint.getAddress().toByteArray()), endpoint.getPort()));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "an address of " + endpoint.getAddress().size() + " bytes is in force", e);
        }
    }

    /** What shares of the requests are answered 503 for want of somebody to ask, and why. */
    static List<String> unserved(JsonArray backends) {
        List<String> unserved = new ArrayList<>();
        for (int i = 0; i < backends.size(); i++) {
            JsonObject backend = backends.getJsonObject(i);
            Optional<String> reason = Optional.ofNullable(backend.getString("unavailable"))
                    .or(() -> backend.getJsonArray("endpoints").isEmpty()
                            ? Optional.of("no-endpoint")
                            : Optional.empty());
            if (reason.isPresent() && !backend.containsKey("standIn") && backend.getLong("weight") > 0) {
                unserved.add(backend.getDouble("percent") + " % answer 503 " + reason.get());
            }
        }
        return unserved;
    }
}
