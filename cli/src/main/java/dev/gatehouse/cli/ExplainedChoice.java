package dev.gatehouse.cli;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What an explanation says about the choice of endpoints and how they fare, for people. Stateless. */
final class ExplainedChoice {

    private ExplainedChoice() {}

    /** How the rule chooses, and what it tries again. */
    static List<String> lines(JsonObject json) {
        List<String> lines = new ArrayList<>();
        if (json.containsKey("balancing")) {
            lines.add("balancing " + balancing(json.getJsonObject("balancing")));
        }
        if (json.containsKey("split")) {
            JsonObject split = json.getJsonObject("split");
            lines.add("split     " + split.getString("name") + ": "
                    + (split.containsKey("variant")
                            ? "the variant " + split.getString("variant")
                            : "a variant by chance, which a cookie keeps if the split has one"));
        }
        if (json.containsKey("retries")) {
            lines.add("retries   " + retries(json.getJsonObject("retries")));
        }
        return lines;
    }

    private static String balancing(JsonObject balancing) {
        return balancing.getString("policy")
                + (balancing.containsKey("hash") ? " of " + balancing.getString("hash") : "")
                + (balancing.containsKey("boundPercent")
                        ? ", bounded by " + balancing.getInteger("boundPercent") + " %"
                        : "")
                + (balancing.getBoolean("zoneAware", false) ? ", the own zone first" : "")
                + (balancing.containsKey("slowStartMs")
                        ? ", slow start over " + balancing.getInteger("slowStartMs") + " ms"
                        : "")
                + (balancing.containsKey("stickyCookie")
                        ? ", kept by the cookie " + balancing.getString("stickyCookie")
                        : "");
    }

    private static String retries(JsonObject retries) {
        if (retries.getInteger("attempts") == 0) {
            return "none";
        }
        return "up to " + retries.getInteger("attempts") + " more after "
                + String.join(", ", ExplainedText.strings(retries, "on"))
                + (retries.containsKey("perTryTimeoutMs")
                        ? ", each try within " + retries.getInteger("perTryTimeoutMs") + " ms"
                        : "")
                + (retries.containsKey("budgetPercent")
                        ? ", at most " + retries.getInteger("budgetPercent") + " % of the requests at a time"
                        : "");
    }

    /** What is done about endpoints of a backend that fail. */
    static List<String> terms(JsonObject backend) {
        List<String> terms = new ArrayList<>();
        if (backend.containsKey("healthCheck")) {
            JsonObject check = backend.getJsonObject("healthCheck");
            terms.add("checked: " + check.getString("asks")
                    + (check.containsKey("port") ? " on port " + check.getInteger("port") : "") + " every "
                    + check.getInteger("intervalMs") + " ms, within " + check.getInteger("timeoutMs")
                    + " ms; ill after "
                    + check.getInteger("unhealthyThreshold") + " that fail, well after "
                    + check.getInteger("healthyThreshold") + " that pass");
        }
        if (backend.containsKey("outlier")) {
            JsonObject outlier = backend.getJsonObject("outlier");
            terms.add("ejected: after " + outlier.getInteger("consecutiveFailures") + " failures in a row, for "
                    + outlier.getInteger("ejectForMs") + " ms; at most " + outlier.getInteger("maxEjectedPercent")
                    + " % of them");
        }
        if (backend.containsKey("circuitBreaker")) {
            List<String> limits = new ArrayList<>();
            backend.getJsonObject("circuitBreaker")
                    .forEach(limit -> limits.add(limit.getKey() + " " + limit.getValue()));
            terms.add("limited: each to " + String.join(", ", limits));
        }
        return terms;
    }

    /** How one endpoint fares. */
    static String endpoint(JsonObject endpoint) {
        StringBuilder text = new StringBuilder(endpoint.getString("state"));
        if (endpoint.containsKey("zone")) {
            text.append(", zone ").append(endpoint.getString("zone"));
        }
        if (endpoint.getInteger("weight", 1) > 1) {
            text.append(", weight ").append(endpoint.getInteger("weight"));
        }
        if (endpoint.containsKey("health")) {
            text.append(", ").append(endpoint.getString("health"));
            if (endpoint.containsKey("lastFailure")) {
                text.append(" (").append(endpoint.getString("lastFailure")).append(')');
            }
        }
        if (endpoint.containsKey("ejectedForMs")) {
            text.append(", ejected for ")
                    .append(endpoint.getLong("ejectedForMs"))
                    .append(" ms more");
        }
        if (endpoint.getBoolean("full", false)) {
            text.append(", full");
        }
        boolean used = endpoint.getBoolean("used", true);
        if (endpoint.containsKey("absent")) {
            text.append(used ? ", used all the same: too few are left" : ", not used");
        } else if (!used) {
            text.append(", used by its sessions only");
        }
        if (endpoint.getInteger("requests", 0) > 0) {
            text.append(", ").append(endpoint.getInteger("requests")).append(" requests");
        }
        return text.toString();
    }
}
