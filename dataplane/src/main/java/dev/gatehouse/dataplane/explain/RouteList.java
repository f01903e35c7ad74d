package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.balance.BackendSet;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The hosts and rules of a snapshot in words, each with a digest of all that it is, so that two lists can be compared without
 * anything in them that must not be told. Endpoints and certificates are no part of it.
 */
public final class RouteList {

    private RouteList() {}

    /** Hosts in order of name, rules in match order. */
    public static JsonObject of(Snapshot snapshot) {
        JsonArray hosts = new JsonArray();
        JsonObject settings = new JsonObject();
        JsonObject list = new JsonObject().put("snapshot", snapshot.root().hex());
        for (Shard shard : snapshot.sorted()) {
            ShardId id = shard.id();
            switch (id.kind()) {
                case HOST ->
                    hosts.add(host(RuleSources.body(snapshot, id).orElseThrow().getHost()));
                case LISTENER -> settings.put(id.toString(), shard.digest().hex());
                case GLOBAL -> {
                    Global global = RuleSources.body(snapshot, id).orElseThrow().getGlobal();
                    if (global.hasDefaultRule()) {
                        list.put("default", rule(global.getDefaultRule()));
                    }
                    settings.put(
                            ShardKind.GLOBAL.prefix(),
                            digest(global.toBuilder().clearDefaultRule().build().toByteArray()));
                }
                case UPSTREAM -> settings.put(id.toString(), shard.digest().hex());
                case ENDPOINTS, CERTIFICATE, TICKETS, STAPLE, UNKNOWN -> {}
            }
        }
        return list.put("hosts", hosts).put("settings", settings);
    }

    private static JsonObject host(Host host) {
        JsonArray rules = new JsonArray();
        host.getRulesList().forEach(rule -> rules.add(rule(rule)));
        JsonObject json = new JsonObject()
                .put("name", host.getName())
                .put(
                        "settings",
                        digest(host.toBuilder()
                                .clearRules()
                                .clearDefaultRule()
                                .build()
                                .toByteArray()))
                .put("certificates", new JsonArray(List.copyOf(host.getCertificatesList())))
                .put("rules", rules);
        return host.hasDefaultRule() ? json.put("default", rule(host.getDefaultRule())) : json;
    }

    private static JsonObject rule(Rule rule) {
        JsonArray backends = new JsonArray();
        rule.getBackendsList().forEach(backend -> backends.add(backend(backend)));
        return words(rule)
                .put("id", rule.getId())
                .put("object", RuleSources.object(rule.getSource()))
                .put("backends", backends)
                .put("timeoutMillis", Integer.toUnsignedLong(rule.getRequestTimeoutMs()))
                .put("digest", digest(rule.toByteArray()));
    }

    private static JsonObject words(Rule rule) {
        JsonArray filters = new JsonArray();
        try {
            CompiledRule compiled = CompiledRule.of(rule, BackendSet.EMPTY, new byte[0], RouteList::target);
            compiled.filters().stream().map(CompiledFilter::inWords).forEach(filters::add);
            return new JsonObject().put("asks", compiled.asks()).put("filters", filters);
        } catch (IllegalArgumentException e) {
            return new JsonObject()
                    .put("asks", "cannot be served: " + e.getMessage())
                    .put("filters", filters);
        }
    }

    /** As far as it can be told without endpoints. */
    private static Selection target(Backend backend) {
        return backend.getUnavailable().isEmpty()
                ? Selection.of(new Upstream(backend.getUpstream()))
                : Selection.unavailable(backend.getUnavailable());
    }

    private static String backend(Backend backend) {
        return Integer.toUnsignedString(backend.getWeight()) + " "
                + (backend.getUnavailable().isEmpty()
                        ? ShardId.parse(backend.getUpstream()).name()
                        : "503 " + backend.getUnavailable());
    }

    private static String digest(byte[] bytes) {
        return Digest.of(bytes).hex();
    }
}
