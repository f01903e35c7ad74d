package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Split;
import dev.gatehouse.dataplane.resilience.Failure;
import dev.gatehouse.dataplane.resilience.RetryPolicy;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.Rule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** How a rule chooses among endpoints and variants, and what it tries again. Stateless. */
final class ChoicePart {

    private ChoicePart() {}

    /** Adds it to an explanation. */
    static void add(CompiledRule rule, Rule wire, RequestHead head, JsonObject json) {
        json.put("balancing", balancing(wire.getBalancing()));
        json.put("retries", retries(rule.retries()));
        rule.choice().split().ifPresent(split -> json.put("split", split(split, wire, head)));
    }

    private static JsonObject balancing(Balancing wire) {
        JsonObject json = new JsonObject().put("policy", policy(wire.getPolicy()));
        if (wire.hasHash()) {
            json.put("hash", key(wire.getHash()));
        }
        if (wire.getHashBoundPercent() > 0) {
            json.put("boundPercent", wire.getHashBoundPercent());
        }
        if (wire.getZoneAware()) {
            json.put("zoneAware", true);
        }
        if (wire.getSlowStartMs() > 0) {
            json.put("slowStartMs", wire.getSlowStartMs());
        }
        return wire.hasStickyCookie()
                ? json.put("stickyCookie", wire.getStickyCookie().getName())
                : json;
    }

    private static String policy(Balancing.Policy policy) {
        return switch (policy) {
            case ROUND_ROBIN -> "roundRobin";
            case LEAST_REQUEST -> "leastRequest";
            case PEAK_EWMA -> "peakEwma";
            case RANDOM -> "random";
            case CONSISTENT_HASH -> "consistentHash";
            case UNRECOGNIZED -> throw new IllegalStateException("a policy that is not known is in force");
        };
    }

    private static String key(HashKey key) {
        return switch (key.getKeyCase()) {
            case HEADER -> "header " + key.getHeader();
            case COOKIE -> "cookie " + key.getCookie();
            case SOURCE -> "source";
            case PATH -> "path";
            case KEY_NOT_SET -> "nothing";
        };
    }

    private static JsonObject retries(RetryPolicy policy) {
        JsonArray on = new JsonArray();
        for (Failure failure : Failure.values()) {
            if (failure != Failure.STATUS && policy.on(failure)) {
                on.add(failure.text());
            }
        }
        for (int status = 400; status < 600; status++) {
            if (policy.onStatus(status)) {
                int to = status;
                while (policy.onStatus(to + 1)) {
                    to++;
                }
                on.add(to == status ? Integer.toString(status) : status + "-" + to);
                status = to;
            }
        }
        JsonObject json = new JsonObject().put("attempts", policy.attempts()).put("on", on);
        if (policy.perTryTimeoutMs() > 0) {
            json.put("perTryTimeoutMs", policy.perTryTimeoutMs());
        }
        return policy.budgetPercent() > 0 ? json.put("budgetPercent", policy.budgetPercent()) : json;
    }

    /** The variant that the request would get; none if it goes by chance, or by a cookie that it would be given. */
    private static JsonObject split(Split split, Rule wire, RequestHead head) {
        JsonObject json = new JsonObject().put("name", wire.getSplit().getName());
        int index = split.choose(head);
        return index == Split.NOBODY
                ? json
                : json.put("variant", split.variant(index).name());
    }
}
