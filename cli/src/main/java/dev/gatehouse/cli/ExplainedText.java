package dev.gatehouse.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** An explanation for people, in the order in which they ask: what comes out, by which rule, why no other. */
final class ExplainedText {

    /** More rules than these are shown only if their path fits the request. */
    private static final int SHOWN_RULES = 20;

    private final JsonObject json;
    private final StringBuilder text = new StringBuilder();

    private ExplainedText(JsonObject json) {
        this.json = json;
    }

    static String of(JsonObject explanation) {
        ExplainedText text = new ExplainedText(explanation);
        text.write();
        return text.text.toString().stripTrailing();
    }

    private void write() {
        JsonObject request = json.getJsonObject("request");
        line(
                0,
                request.getString("method") + " " + request.getString("scheme") + "://" + request.getString("host")
                        + request.getString("path") + " from " + request.getString("from"));
        line(1, "answer    " + answer(json.getJsonObject("answer")));
        if (json.containsKey("winner")) {
            JsonObject winner = json.getJsonObject("winner");
            line(1, "rule      " + object(winner.getJsonObject("object")) + by(winner.getString("by")));
            objects(winner, "matched")
                    .forEach(one -> line(
                            6,
                            one.getString("what") + ": asks " + one.getString("asked") + ", is "
                                    + one.getString("found")));
        }
        if (json.containsKey("winner")) {
            String policies = objects(json.getJsonObject("winner"), "policies")
                    .map(policy -> policy.getString("namespace") + "/" + policy.getString("name"))
                    .collect(Collectors.joining(", then "));
            if (!policies.isEmpty()) {
                line(1, "policies  " + policies + ", then the rule");
            }
        }
        if (json.containsKey("maxBodyBytes")) {
            line(1, "body      at most " + json.getLong("maxBodyBytes") + " bytes");
        }
        line(1, "snapshot  " + json.getString("snapshot"));
        strings(json, "refused").forEach(reason -> line(1, "REFUSED   " + reason));
        if (json.containsKey("hosts")) {
            section("Hosts", objects(json, "hosts").map(ExplainedText::host).toList());
            if (json.containsKey("rules")) {
                section("Rules of the host, in the order in which they are tried", rules());
            }
        }
        section(
                "Filters, in order",
                objects(json, "filters")
                        .map(one -> one.getString("does") + "  (" + object(one.getJsonObject("object")) + ")")
                        .toList());
        section(
                "Backends",
                objects(json, "backends").flatMap(ExplainedText::backend).toList());
        section("How one is chosen", ExplainedChoice.lines(json));
        if (json.containsKey("tls")) {
            section("TLS", tls(json.getJsonObject("tls")));
        }
    }

    private static String answer(JsonObject answer) {
        if (!answer.containsKey("status")) {
            if (answer.getBoolean("passedThrough", false)) {
                return "by whichever backend ends TLS: the connection is passed through unread"
                        + strings(answer, "unserved").stream()
                                .map(unserved -> "; " + unserved)
                                .collect(Collectors.joining());
            }
            return "by a backend"
                    + (answer.containsKey("path") ? ", which gets the path " + answer.getString("path") : "")
                    + timeouts(answer.getJsonObject("timeouts"))
                    + strings(answer, "unserved").stream()
                            .map(unserved -> "; " + unserved)
                            .collect(Collectors.joining());
        }
        return answer.getInteger("status") + " " + answer.getString("reason")
                + (answer.containsKey("location") ? " to " + answer.getString("location") : "")
                + (answer.containsKey("means") ? ": " + answer.getString("means") : "");
    }

    private static String timeouts(JsonObject timeouts) {
        return timeouts.containsKey("request")
                ? ", within " + timeouts.getInteger("request") + " ms"
                : ", which begins within " + timeouts.getInteger("firstByte") + " ms";
    }

    private static String by(String by) {
        return switch (by) {
            case "host-default" -> ": no rule matches, and it is the default backend of the host";
            case "fleet-default" -> ": nothing else matches, and it is the default backend of all hosts";
            default -> "";
        };
    }

    /** {@code ProxyRoute shop/shop spec.rules[0] (shop.yaml:12)}. */
    private static String object(JsonObject object) {
        return object.getString("kind") + " " + object.getString("namespace") + "/" + object.getString("name") + " "
                + object.getString("field") + (object.containsKey("file") ? " (" + object.getString("file") + ")" : "");
    }

    private static String host(JsonObject host) {
        return host.getString("name") + "  (" + host.getString("cover") + ") "
                + switch (host.getString("outcome")) {
                    case "decides" -> "decides: the most specific one that is there";
                    case "absent" -> "is not there";
                    default -> "is there, and less specific";
                };
    }

    private List<String> rules() {
        List<JsonObject> all = objects(json, "rules").toList();
        List<String> lines = new ArrayList<>();
        int hidden = 0;
        for (int i = 0; i < all.size(); i++) {
            JsonObject rule = all.get(i);
            boolean otherPath = rule.containsKey("failed")
                    && rule.getJsonObject("failed").getString("what").equals("path");
            if (otherPath && all.size() > SHOWN_RULES) {
                hidden++;
            } else {
                lines.add((i + 1) + ". " + outcome(rule));
            }
        }
        if (hidden > 0) {
            lines.add("and " + hidden + " for other paths (-o json has them all)");
        }
        return lines.isEmpty() ? List.of("none") : lines;
    }

    private static String outcome(JsonObject rule) {
        String name = rule.getString("asks") + "  " + object(rule.getJsonObject("object"));
        return switch (rule.getString("outcome")) {
            case "wins" -> "WINS   " + name;
            case "later" -> "later  " + name + ": matches too, and comes after the winner";
            default -> {
                JsonObject failed = rule.getJsonObject("failed");
                yield "fails  " + name + ": " + failed.getString("what") + " must be " + failed.getString("asked")
                        + ", is " + failed.getString("found");
            }
        };
    }

    private static Stream<String> backend(JsonObject backend) {
        List<String> lines = new ArrayList<>();
        String share = String.format(Locale.ROOT, "%.4g %%", backend.getDouble("percent"))
                .replaceFirst("\\.0+ ", " ");
        String brought = backend.containsKey("object") ? "  (" + object(backend.getJsonObject("object")) + ")" : "";
        if (backend.containsKey("unavailable")) {
            lines.add(share + "  503 " + backend.getString("unavailable") + brought);
        } else {
            List<String> endpoints = objects(backend, "endpoints")
                    .map(one -> "      " + one.getString("address") + "  " + ExplainedChoice.endpoint(one))
                    .toList();
            lines.add(share + "  Service port " + backend.getString("service") + ", " + backend.getString("protocol")
                    + (endpoints.isEmpty() ? ": no endpoint, " + instead(backend) : "") + brought);
            ExplainedChoice.terms(backend).forEach(term -> lines.add("      " + term));
            lines.addAll(endpoints);
        }
        return lines.stream();
    }

    private static String instead(JsonObject backend) {
        return backend.containsKey("standIn")
                ? "Service port " + backend.getString("standIn") + " stands in"
                : "503 no-endpoint";
    }

    private static List<String> tls(JsonObject tls) {
        List<String> lines = new ArrayList<>();
        if (tls.containsKey("refused")) {
            lines.add("REFUSED   " + tls.getString("refused") + ": there is no handshake");
        }
        String name = tls.getString("serverName");
        lines.add("name      " + (name.isEmpty() ? "(none is sent for an IP address)" : name));
        if (tls.getBoolean("passedThrough", false)) {
            lines.add("passed    through to the backend, whose certificate and demands count");
            return lines;
        }
        objects(tls, "certificates")
                .forEach(one -> lines.add(
                        "shows     Secret " + one.getString("secret") + ", " + one.getString("keyType") + ", for "
                                + String.join(" ", strings(one, "names")) + ", until " + one.getString("notAfter")));
        if (tls.getJsonArray("certificates").isEmpty()) {
            lines.add("shows     the data plane's own self-signed certificate");
        }
        lines.add("speaks    " + tls.getString("minVersion") + " and later, " + String.join(" ", strings(tls, "alpn")));
        if (tls.containsKey("clientCertificates")) {
            JsonObject clients = tls.getJsonObject("clientCertificates");
            lines.add("clients   certificate " + clients.getString("mode") + ", issued by one of "
                    + clients.getInteger("authorities") + " authorities");
        }
        return lines;
    }

    private void section(String title, List<String> lines) {
        if (!lines.isEmpty()) {
            text.append('\n');
            line(0, title);
            lines.forEach(line -> line(1, line));
        }
    }

    private void line(int depth, String line) {
        text.repeat("  ", depth).append(line).append('\n');
    }

    static Stream<JsonObject> objects(JsonObject json, String name) {
        JsonArray array = json.getJsonArray(name, new JsonArray());
        return IntStream.range(0, array.size()).mapToObj(array::getJsonObject);
    }

    static List<String> strings(JsonObject json, String name) {
        JsonArray array = json.getJsonArray(name, new JsonArray());
        return IntStream.range(0, array.size()).mapToObj(array::getString).toList();
    }
}
