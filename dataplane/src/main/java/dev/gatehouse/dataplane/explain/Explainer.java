package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.filter.Answers;
import dev.gatehouse.dataplane.filter.RequestFacts;
import dev.gatehouse.dataplane.filter.Rewrites;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.Comparison;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Trial;
import dev.gatehouse.dataplane.resilience.RuleTimeouts;
import dev.gatehouse.dataplane.table.Decision;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.snapshot.proto.Rule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Explains what a table does with a request: the request is parsed, matched and judged by the code that serves, and every step
 * is written down. Stateless; any thread. Costs as much as the host has rules.
 */
public final class Explainer {

    private static final byte[] LOCATION = "location".getBytes(StandardCharsets.US_ASCII);
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    private final RoutingTable table;
    private final Question question;
    private final ListenerSettings listener;
    private final RequestHead head = new RequestHead();
    private final JsonObject json = new JsonObject();

    private Explainer(RoutingTable table, Question question) {
        this.table = table;
        this.question = question;
        this.listener = table.listener(question.tls() ? "https" : "http");
    }

    /** The explanation; its form is that of docs/explain.md. */
    public static JsonObject explain(RoutingTable table, Question question) {
        return new Explainer(table, question).explain();
    }

    private JsonObject explain() {
        json.put("snapshot", table.root().hex());
        byte[] bytes = question.head();
        HeadLimits limits = new HeadLimits(listener.maxHeadBytes(), listener.maxHeaderCount(), listener.maxUriBytes());
        head.reset(0);
        boolean readable = head.parse(bytes, bytes.length, limits) > 0;
        json.put("request", request(readable));
        if (question.tls()) {
            json.put("tls", new TlsPart(table, listener, question.serverName()).json());
        }
        if (!readable) {
            Reason reason = head.reason();
            return json.put("answer", answer(reason.status(), reason.code()).put("means", reason.sentence()));
        }
        Provenance provenance = provenance();
        head.receivedFrom(provenance);
        Decision decision = table.explain(head);
        CompiledRule passed = passedBy();
        if (passed != null) {
            return passedThrough(decision, passed);
        }
        RuleSources sources = RuleSources.of(table.snapshot(), decision);
        json.put("hosts", hosts(decision));
        json.put("rules", rules(decision, sources));
        if (decision.by() == Decision.By.NOTHING) {
            return json.put(
                    "answer",
                    answer(Reason.NO_ROUTE.status(), Reason.NO_ROUTE.code()).put("means", Reason.NO_ROUTE.sentence()));
        }
        CompiledRule winner = decision.winner();
        json.put("winner", winner(decision, sources));
        json.put("filters", filters(winner, sources));
        long most = winner.maxBodyBytes() > 0 ? winner.maxBodyBytes() : listener.maxBodyBytes();
        if (most > 0 && most < Long.MAX_VALUE) {
            json.put("maxBodyBytes", most);
        }
        if (question.tls() && winner.hsts().length > 0) {
            json.put("strictTransportSecurity", new String(winner.hsts(), StandardCharsets.US_ASCII));
        }
        JsonArray backends = new BackendsPart(table.snapshot(), winner).json(sources.winner());
        json.put("backends", backends);
        if (!backends.isEmpty()) {
            ChoicePart.add(winner, sources.winner(), head, json);
        }
        return json.put("answer", answer(winner, backends, provenance));
    }

    /** Takes the TLS connection before anything of the request can be read; null if TLS ends here. */
    private @Nullable CompiledRule passedBy() {
        byte[] name = question.serverName().getBytes(StandardCharsets.UTF_8);
        return question.tls() ? table.passthrough(name, 0, name.length) : null;
    }

    private JsonObject passedThrough(Decision decision, CompiledRule rule) {
        Rule wire = RuleSources.passthrough(table.snapshot(), question.serverName());
        JsonArray backends = new BackendsPart(table.snapshot(), rule).json(wire);
        JsonObject answer = rule.failure().isEmpty()
                ? new JsonObject()
                        .put("by", "backend")
                        .put("passedThrough", true)
                        .put("unserved", new JsonArray(BackendsPart.unserved(backends)))
                : answer(503, rule.failure());
        return json.put("hosts", hosts(decision))
                .put(
                        "winner",
                        new JsonObject()
                                .put("id", rule.id())
                                .put("object", RuleSources.object(wire.getSource()))
                                .put("by", "passthrough")
                                .put("matched", new JsonArray()))
                .put("filters", new JsonArray())
                .put("backends", backends)
                .put("answer", answer);
    }

    private JsonObject request(boolean readable) {
        JsonObject request = new JsonObject()
                .put("method", question.method())
                .put("scheme", question.tls() ? "https" : "http")
                .put("from", question.from().getHostAddress());
        return readable
                ? request.put("host", text(head.hostStart(), head.hostLength()))
                        .put("path", text(head.pathStart(), head.pathLength()))
                : request.put("host", question.authority()).put("path", question.target());
    }

    private String text(int start, int length) {
        return new String(head.bytes(), start, length, StandardCharsets.UTF_8);
    }

    private Provenance provenance() {
        return new Provenance(
                new InetSocketAddress(question.from(), 0),
                listener.trustedProxies(),
                question.tls() ? "TLSv1.3" : "",
                question.tls() ? HTTPS : HTTP,
                HTTPS);
    }

    private static JsonObject answer(int status, String reason) {
        return new JsonObject().put("status", status).put("reason", reason);
    }

    /** In the order in which an exchange asks: https first, then what the rule lacks, then its backends. */
    private JsonObject answer(CompiledRule rule, JsonArray backends, Provenance provenance) {
        RequestFacts facts = rule.filters().isEmpty() ? null : new RequestFacts(rule, head, provenance, 0, 0);
        AddedFields added = new AddedFields();
        OwnAnswer own = Answers.of(rule, head, provenance, facts, Long.MAX_VALUE, added);
        if (own != null) {
            return own(own, added);
        }
        if (rule.backends().backends().isEmpty()) {
            return answer(503, rule.backends().pick().unavailable());
        }
        JsonObject answer = new JsonObject().put("by", "backend");
        byte[] rewritten = Rewrites.path(rule, head);
        if (Rewrites.isRefused(rewritten)) {
            return own(OwnAnswer.plain(Reason.BAD_REWRITE.status(), Reason.BAD_REWRITE.code()), added);
        }
        if (rewritten.length > 0) {
            answer.put("path", new String(rewritten, StandardCharsets.UTF_8));
        }
        List<String> unserved = BackendsPart.unserved(backends);
        if (!unserved.isEmpty()) {
            answer.put("unserved", new JsonArray(unserved));
        }
        return answer.put("timeouts", timeouts(rule.timeouts()))
                .put("attempts", 1 + rule.retries().attempts());
    }

    private static JsonObject own(OwnAnswer own, AddedFields added) {
        JsonObject answer = answer(own.status(), own.reason());
        for (int i = 0; i < added.count(); i++) {
            if (Arrays.equals(added.name(i), LOCATION)) {
                answer.put("location", new String(added.value(i), StandardCharsets.UTF_8));
            }
        }
        Arrays.stream(Reason.values())
                .filter(reason -> own.status() >= 400 && reason.code().equals(own.reason()))
                .findFirst()
                .ifPresent(reason -> answer.put("means", reason.sentence()));
        return answer;
    }

    /** In milliseconds, with what the listener has where the rule says nothing; the whole request may have no limit. */
    private JsonObject timeouts(RuleTimeouts rule) {
        int otherwise = rule.requestMs() > 0 ? rule.requestMs() : listener.requestTimeoutMs();
        JsonObject timeouts = new JsonObject()
                .put("connect", rule.connectMs() > 0 ? rule.connectMs() : listener.connectTimeoutMs())
                .put("firstByte", rule.firstByteMs() > 0 ? rule.firstByteMs() : otherwise)
                .put("idle", rule.idleMs() > 0 ? rule.idleMs() : otherwise);
        return rule.requestMs() > 0 ? timeouts.put("request", rule.requestMs()) : timeouts;
    }

    /** Every host that could decide, and the first that does. */
    private static JsonArray hosts(Decision decision) {
        JsonArray hosts = new JsonArray();
        boolean chosen = false;
        for (Decision.Considered host : decision.hosts()) {
            hosts.add(new JsonObject()
                    .put("name", host.name())
                    .put("cover", cover(host.name()))
                    .put("outcome", !host.routes() ? "absent" : chosen ? "less-specific" : "decides"));
            chosen |= host.routes();
        }
        return hosts;
    }

    private static String cover(String name) {
        return name.equals("*") ? "any" : name.startsWith("*.") ? "wildcard" : "exact";
    }

    private static JsonArray rules(Decision decision, RuleSources sources) {
        JsonArray rules = new JsonArray();
        boolean won = false;
        for (int i = 0; i < decision.trials().size(); i++) {
            Trial trial = decision.trials().get(i);
            JsonObject rule = new JsonObject()
                    .put("id", trial.rule().id())
                    .put("object", sources.object(i))
                    .put("asks", trial.rule().asks())
                    .put("outcome", !trial.matches() ? "fails" : won ? "later" : "wins");
            trial.failed().ifPresent(failed -> rule.put("failed", comparison(failed)));
            won |= trial.matches();
            rules.add(rule);
        }
        return rules;
    }

    private static JsonObject winner(Decision decision, RuleSources sources) {
        JsonObject winner = new JsonObject()
                .put("id", decision.winner().id())
                .put("object", sources.winnerObject())
                .put(
                        "by",
                        switch (decision.by()) {
                            case MATCH -> "match";
                            case HOST_DEFAULT -> "host-default";
                            case FLEET_DEFAULT -> "fleet-default";
                            case NOTHING -> "nothing";
                        });
        winner.put("policies", sources.policies());
        JsonArray matched = new JsonArray();
        decision.trials().stream()
                .filter(Trial::matches)
                .findFirst()
                .ifPresent(trial -> trial.held().forEach(held -> matched.add(comparison(held))));
        return winner.put("matched", matched);
    }

    private static JsonObject comparison(Comparison one) {
        return new JsonObject()
                .put("what", one.what())
                .put("asked", one.asked())
                .put("found", one.found());
    }

    private static JsonArray filters(CompiledRule rule, RuleSources sources) {
        JsonArray filters = new JsonArray();
        for (int i = 0; i < rule.filters().size(); i++) {
            filters.add(new JsonObject()
                    .put("does", rule.filters().get(i).inWords())
                    .put("object", sources.filterObject(i)));
        }
        return filters;
    }
}
