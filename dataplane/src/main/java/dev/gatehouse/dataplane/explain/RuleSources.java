package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.table.Decision;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Source;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Which objects the rules of a decision come from. The table does not keep that, since no request needs it: it is read from the
 * shards that the table was built from.
 *
 * @param rules of the host that decides, in match order
 * @param winner the rule that answers; the default instance if there is none
 */
record RuleSources(List<Rule> rules, Rule winner) {

    static RuleSources of(Snapshot snapshot, Decision decision) {
        Host host = decision.hosts().stream()
                .filter(Decision.Considered::routes)
                .findFirst()
                .flatMap(one -> body(snapshot, ShardId.host(one.name())))
                .map(ShardBody::getHost)
                .orElse(Host.getDefaultInstance());
        List<Rule> rules = host.getRulesList();
        Rule winner = switch (decision.by()) {
            case MATCH ->
                rules.stream()
                        .filter(rule -> rule.getId().equals(decision.winner().id()))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("a rule that is in no shard"));
            case HOST_DEFAULT -> host.getDefaultRule();
            case FLEET_DEFAULT ->
                body(snapshot, ShardId.GLOBAL)
                        .map(global -> global.getGlobal().getDefaultRule())
                        .orElseThrow(() -> new IllegalStateException("a rule that is in no shard"));
            case NOTHING -> Rule.getDefaultInstance();
        };
        return new RuleSources(rules, winner);
    }

    /** The rule that passes TLS of a name through. */
    static Rule passthrough(Snapshot snapshot, String serverName) {
        int dot = serverName.indexOf('.', 1);
        List<String> names =
                dot < 0 ? List.of(serverName, "*") : List.of(serverName, "*" + serverName.substring(dot), "*");
        return names.stream()
                .filter(name -> !name.isEmpty())
                .flatMap(name -> body(snapshot, ShardId.host(name)).stream())
                .filter(body -> body.getHost().hasPassthrough())
                .findFirst()
                .map(body -> body.getHost().getPassthrough())
                .orElseThrow(() -> new IllegalStateException("a rule that is in no shard"));
    }

    static Optional<ShardBody> body(Snapshot snapshot, ShardId id) {
        Optional<Shard> shard = snapshot.get(id);
        try {
            return shard.isPresent() ? Optional.of(shard.get().body()) : Optional.empty();
        } catch (CorruptShardException e) {
            throw new IllegalStateException(id + " is in force", e);
        }
    }

    JsonObject object(int rule) {
        return object(rules.get(rule).getSource());
    }

    JsonObject winnerObject() {
        return object(winner.getSource());
    }

    /** The policies that were added to the winner, in order. */
    JsonArray policies() {
        JsonArray policies = new JsonArray();
        winner.getPoliciesList().forEach(policy -> policies.add(object(policy)));
        return policies;
    }

    /** Where a filter of the winner stands: in a policy, or with the rule. A rule with unknown filters has none at all. */
    JsonObject filterObject(int filter) {
        List<Filter> known = winner.getFiltersList().stream()
                .filter(one -> one.getFilterCase() != Filter.FilterCase.FILTER_NOT_SET)
                .toList();
        return known.get(filter).hasSource() ? object(known.get(filter).getSource()) : filtersObject();
    }

    /** Where the winner's filters stand: a ProxyRoute has them beside the matches of the rule. */
    JsonObject filtersObject() {
        JsonObject object = winnerObject();
        String field = object.getString("field");
        int match = field.indexOf(".matches[");
        return match < 0 ? object : object.put("field", field.substring(0, match) + ".filters");
    }

    static JsonObject object(Source source) {
        return new JsonObject()
                .put("kind", source.getKind())
                .put("namespace", source.getNamespace())
                .put("name", source.getName())
                .put("field", source.getField());
    }
}
