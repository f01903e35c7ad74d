package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.balance.Upstreams;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;

/** Every upstream with its endpoints and how they fare on this node, for the admin port. Stateless. */
public final class EndpointList {

    private static final String SHARD = "upstream/";

    private EndpointList() {}

    /** @param only NAMESPACE, NAMESPACE/SERVICE or NAMESPACE/SERVICE/PORT; empty: all of them */
    public static JsonObject of(Upstreams upstreams, String only) {
        JsonArray list = new JsonArray();
        upstreams.all().stream()
                .filter(upstream -> (name(upstream) + "/").startsWith(only.isEmpty() ? "" : only + "/"))
                .sorted(Comparator.comparing(Upstream::id))
                .forEach(upstream -> list.add(json(upstream)));
        return new JsonObject().put("upstreams", list);
    }

    private static String name(Upstream upstream) {
        return upstream.id().startsWith(SHARD) ? upstream.id().substring(SHARD.length()) : upstream.id();
    }

    private static JsonObject json(Upstream upstream) {
        JsonArray endpoints = new JsonArray();
        for (Upstream.Present present : upstream.present()) {
            JsonObject json = new JsonObject()
                    .put("address", EndpointPart.address(present.endpoint().address()))
                    .put("state", present.terminating() ? "terminating" : "ready")
                    .put("weight", present.member().weight());
            if (!present.member().zone().isEmpty()) {
                json.put("zone", present.member().zone());
            }
            endpoints.add(EndpointPart.add(upstream, present, json));
        }
        return EndpointPart.terms(upstream, new JsonObject().put("upstream", name(upstream)))
                .put("endpoints", endpoints);
    }
}
