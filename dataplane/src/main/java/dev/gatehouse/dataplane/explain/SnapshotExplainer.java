package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.TlsSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.TableBuilder;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Explains what a data plane would do with a request if a snapshot were in force there: of all its shards the few that may have a
 * part in the answer become a table, by the code that makes every table. So the cost does not grow with the snapshot.
 */
public final class SnapshotExplainer {

    private final Snapshot snapshot;
    private final TreeMap<ShardId, Shard> shards = new TreeMap<>();

    private SnapshotExplainer(Snapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** As {@link Explainer#explain}; shards that a data plane would refuse are named under {@code refused}. */
    public static JsonObject explain(Snapshot snapshot, Question question) {
        SnapshotExplainer explainer = new SnapshotExplainer(snapshot);
        explainer.gather(question);
        Tables tables = new Tables();
        TableBuilder builder = new TableBuilder(tables, SnapshotExplainer::connectsToNobody);
        Collection<Shard> all = explainer.shards.values();
        TableBuilder.Staging staging = builder.stage(all);
        builder.commit(staging, Set.of(), Snapshot.of(staging.accepted()));
        JsonArray refused = new JsonArray();
        staging.refused().forEach(one -> refused.add(one.reason()));
        JsonObject json = Explainer.explain(tables.current(), question)
                .put("snapshot", snapshot.root().hex());
        return refused.isEmpty() ? json : json.put("refused", refused);
    }

    private void gather(Question question) {
        take(ShardId.listener("http"));
        take(ShardId.listener("https"));
        take(ShardId.GLOBAL);
        global(body(ShardId.GLOBAL).getGlobal());
        for (String name : question.names()) {
            for (String covering : RoutingTable.covering(name)) {
                ShardId id = ShardId.host(covering);
                take(id);
                host(body(id).getHost());
            }
        }
    }

    private void global(Global global) {
        if (!global.getDefaultCertificate().isEmpty()) {
            take(ShardId.parse(global.getDefaultCertificate()));
        }
        rules(List.of(global.getDefaultRule()));
    }

    private void host(Host host) {
        host.getCertificatesList().forEach(id -> take(ShardId.parse(id)));
        rules(host.getRulesList());
        rules(List.of(host.getDefaultRule()));
        rules(List.of(host.getPassthrough()));
    }

    private void rules(List<Rule> rules) {
        for (Rule rule : rules) {
            rule.getBackendsList().forEach(backend -> {
                if (!backend.getUpstream().isEmpty()) {
                    ShardId id = ShardId.parse(backend.getUpstream());
                    take(id);
                    upstream(body(id).getUpstream());
                }
            });
        }
    }

    private void upstream(Upstream upstream) {
        if (!upstream.getEndpoints().isEmpty()) {
            take(ShardId.parse(upstream.getEndpoints()));
        }
        if (!upstream.getTls().getClientCertificate().isEmpty()) {
            take(ShardId.parse(upstream.getTls().getClientCertificate()));
        }
    }

    private void take(ShardId id) {
        snapshot.get(id).ifPresent(shard -> shards.put(id, shard));
    }

    private ShardBody body(ShardId id) {
        return RuleSources.body(snapshot, id).orElse(ShardBody.getDefaultInstance());
    }

    private static TlsClient connectsToNobody(TlsSettings settings) {
        return (peer, offer) -> {
            throw new IllegalStateException("nothing is sent to explain a request");
        };
    }
}
