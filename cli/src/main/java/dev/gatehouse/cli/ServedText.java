package dev.gatehouse.cli;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What {@code gatehouse run} says once it serves: ports, routes, and two lines to try.
 *
 * @param backends a line for each demo backend
 */
record ServedText(Map<String, Integer> ports, Snapshot snapshot, List<String> backends) {

    private static final Map<String, String> SAID_OF_ENDPOINTS = new TreeMap<>(Map.of(
            Features.UPSTREAM_HEALTH_CHECK, "health checks",
            Features.UPSTREAM_OUTLIER, "ejection",
            Features.UPSTREAM_CIRCUIT_BREAKER, "circuit breaker"));

    void print(PrintWriter out) {
        List<ShardBody> bodies = bodies();
        List<Host> hosts = bodies.stream()
                .filter(ShardBody::hasHost)
                .map(ShardBody::getHost)
                .toList();
        Optional<Rule> forAll = bodies.stream()
                .filter(body -> body.getGlobal().hasDefaultRule())
                .map(body -> body.getGlobal().getDefaultRule())
                .findFirst();
        List<String> routes = routes(hosts, forAll);
        out.println("Gatehouse serves snapshot " + snapshot.root());
        out.println("  http://localhost:" + ports.get("http") + "   https://localhost:" + ports.get("https")
                + "   admin http://localhost:" + ports.get("admin"));
        if (!backends.isEmpty()) {
            out.println("Demo backends: " + String.join(", ", backends));
        }
        out.println(
                routes.isEmpty() ? "No routes: the folder has no Ingress and no ProxyRoute that is ours." : "Routes:");
        routes.forEach(route -> out.println("  " + route));
        example(hosts, forAll).ifPresent(example -> {
            out.println("Try:");
            out.println("  curl -i " + url("http", example.host(), example.path()));
            out.println("  curl -ik " + url("https", example.host(), example.path()));
        });
        out.println("Edit a file and it is live; Ctrl-C drains and ends.");
        out.flush();
    }

    private List<ShardBody> bodies() {
        List<ShardBody> bodies = new ArrayList<>();
        for (Shard shard : snapshot.sorted()) {
            try {
                bodies.add(shard.body());
            } catch (CorruptShardException e) {
                throw new IllegalStateException("compiled in this process", e);
            }
        }
        return bodies;
    }

    private static List<String> routes(List<Host> hosts, Optional<Rule> forAll) {
        List<String> routes = new ArrayList<>();
        for (Host host : hosts) {
            if (host.hasPassthrough()) {
                routes.add(host.getName() + " (TLS, passed through) -> " + backends(host.getPassthrough()));
            }
            host.getRulesList().stream()
                    .filter(rule -> rule.getBackendsCount() > 0)
                    .forEach(
                            rule -> routes.add(host.getName() + " " + path(rule.getMatch()) + " -> " + backends(rule)));
            if (host.hasDefaultRule()) {
                routes.add(host.getName() + " (any other path) -> " + backends(host.getDefaultRule()));
            }
        }
        forAll.ifPresent(rule -> routes.add("(any other host or path) -> " + backends(rule)));
        return routes;
    }

    private record Example(String host, String path) {}

    private static Optional<Example> example(List<Host> hosts, Optional<Rule> forAll) {
        return hosts.stream()
                .filter(host -> !host.getName().startsWith("*") && host.getRulesCount() > 0)
                .findFirst()
                .map(host -> new Example(host.getName(), path(host.getRules(0).getMatch())))
                .or(() -> forAll.map(rule -> new Example("localhost", "/")));
    }

    private String url(String scheme, String host, String path) {
        String url = scheme + "://" + host + ":" + ports.get(scheme) + path;
        return host.equals("localhost") ? url : "--resolve " + host + ":" + ports.get(scheme) + ":127.0.0.1 " + url;
    }

    private static String backends(Rule rule) {
        for (Filter filter : rule.getFiltersList()) {
            if (filter.hasRedirect()) {
                return filter.getRedirect().getStatus() + " redirect";
            }
            if (filter.hasRespond()) {
                return filter.getRespond().getStatus() + " by the rule itself";
            }
        }
        return rule.getBackendsList().stream()
                .map(backend -> name(backend) + (rule.getBackendsCount() > 1 ? " (" + backend.getWeight() + ")" : ""))
                .collect(Collectors.joining(", ", "", manner(rule)));
    }

    /** How one of several is chosen, and what is tried again, where the rule says so. */
    private static String manner(Rule rule) {
        List<String> manners = new ArrayList<>();
        if (rule.hasBalancing()) {
            manners.add(rule.getBalancing()
                    .getPolicy()
                    .name()
                    .toLowerCase(Locale.ROOT)
                    .replace('_', ' '));
            if (rule.getBalancing().hasStickyCookie()) {
                manners.add("sticky by cookie "
                        + rule.getBalancing().getStickyCookie().getName());
            }
        }
        if (rule.hasSplit()) {
            manners.add("split " + rule.getSplit().getName());
        }
        if (rule.hasRetries()) {
            manners.add(rule.getRetries().getAttempts() + " retries");
        }
        if (rule.getRequestTimeoutMs() > 0) {
            manners.add("within " + rule.getRequestTimeoutMs() + " ms");
        }
        for (Map.Entry<String, String> feature : SAID_OF_ENDPOINTS.entrySet()) {
            if (rule.getRequiredFeaturesList().contains(feature.getKey())) {
                manners.add(feature.getValue());
            }
        }
        return manners.isEmpty() ? "" : " [" + String.join(", ", manners) + "]";
    }

    private static String name(Backend backend) {
        return backend.getUnavailable().isEmpty()
                ? backend.getUpstream().substring(backend.getUpstream().indexOf('/') + 1)
                : "503 " + backend.getUnavailable();
    }

    private static String path(Match match) {
        return switch (match.getPathCase()) {
            case EXACT -> match.getExact();
            case REGEX -> match.getRegex();
            case PREFIX, PATH_NOT_SET -> match.getPrefix().isEmpty() ? "/" : match.getPrefix();
        };
    }
}
