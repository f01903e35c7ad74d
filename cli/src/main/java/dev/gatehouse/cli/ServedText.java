package dev.gatehouse.cli;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What {@code gatehouse run} says once it serves: ports, routes, and two lines to try.
 *
 * @param backends a line for each demo backend
 */
record ServedText(Map<String, Integer> ports, Snapshot snapshot, List<String> backends) {

    void print(PrintWriter out) {
        List<Host> hosts = hosts();
        out.println("Gatehouse serves snapshot " + snapshot.root());
        out.println("  http://localhost:" + ports.get("http") + "   https://localhost:" + ports.get("https")
                + "   admin http://localhost:" + ports.get("admin"));
        if (!backends.isEmpty()) {
            out.println("Demo backends: " + String.join(", ", backends));
        }
        out.println(
                hosts.isEmpty() ? "No routes: the folder has no Ingress and no ProxyRoute that is ours." : "Routes:");
        hosts.forEach(host -> host.getRulesList().forEach(rule -> out.println("  " + line(host, rule))));
        Optional<Host> example = hosts.stream()
                .filter(host -> !host.getName().startsWith("*") && host.getRulesCount() > 0)
                .findFirst();
        example.ifPresent(host -> {
            String path = path(host.getRules(0).getMatch());
            out.println("Try:");
            out.println("  curl -i " + url("http", host.getName(), path));
            out.println("  curl -ik " + url("https", host.getName(), path));
        });
        out.println("Edit a file and it is live; Ctrl-C drains and ends.");
        out.flush();
    }

    private List<Host> hosts() {
        List<Host> hosts = new ArrayList<>();
        for (Shard shard : snapshot.sorted()) {
            if (shard.id().kind() == ShardKind.HOST) {
                try {
                    hosts.add(shard.body().getHost());
                } catch (CorruptShardException e) {
                    throw new IllegalStateException("compiled in this process", e);
                }
            }
        }
        return hosts;
    }

    private String url(String scheme, String host, String path) {
        String url = scheme + "://" + host + ":" + ports.get(scheme) + path;
        return host.equals("localhost") ? url : "--resolve " + host + ":" + ports.get(scheme) + ":127.0.0.1 " + url;
    }

    private static String line(Host host, Rule rule) {
        String backends = rule.getBackendsList().stream()
                .map(backend -> name(backend) + (rule.getBackendsCount() > 1 ? " (" + backend.getWeight() + ")" : ""))
                .collect(Collectors.joining(", "));
        return host.getName() + " " + path(rule.getMatch()) + " -> " + backends;
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
