package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rules of routing as they are documented, word for word, with no thought of speed. */
final class NaiveMatcher {

    private NaiveMatcher() {}

    /**
     * What is asked for.
     *
     * @param params decoded
     * @param source the first number of the client's IPv4 address
     */
    record Asked(
            String method,
            String host,
            String path,
            Map<String, String> headers,
            Map<String, String> params,
            Map<String, String> cookies,
            int source) {}

    /** The id of the rule that answers. */
    static Optional<String> route(Snapshot snapshot, Asked asked) {
        Optional<Host> found = host(snapshot, asked.host());
        if (found.isPresent()) {
            for (Rule rule : found.get().getRulesList()) {
                if (matches(rule.getMatch(), asked)) {
                    return Optional.of(rule.getId());
                }
            }
            if (found.get().hasDefaultRule()) {
                return Optional.of(found.get().getDefaultRule().getId());
            }
        }
        return snapshot.get(ShardId.GLOBAL)
                .map(shard -> {
                    try {
                        return shard.body().getGlobal();
                    } catch (CorruptShardException e) {
                        throw new AssertionError(e);
                    }
                })
                .filter(global -> global.hasDefaultRule())
                .map(global -> global.getDefaultRule().getId());
    }

    private static Optional<Host> host(Snapshot snapshot, String host) {
        List<String> names = new ArrayList<>(List.of(host));
        int dot = host.indexOf('.');
        if (dot > 0) {
            names.add("*" + host.substring(dot));
        }
        names.add("*");
        for (String name : names) {
            var shard = snapshot.get(ShardId.host(name));
            if (shard.isPresent()) {
                try {
                    Host named = shard.get().body().getHost();
                    if (named.getRulesCount() > 0 || named.hasDefaultRule() || named.hasTls()) {
                        return Optional.of(named);
                    }
                } catch (CorruptShardException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean matches(Match match, Asked asked) {
        String path = asked.path();
        return switch (match.getPathCase()) {
                    case EXACT -> path.equals(match.getExact());
                    case PREFIX -> hasPrefix(elements(path), elements(match.getPrefix()));
                    case REGEX -> path.matches(match.getRegex());
                    case PATH_NOT_SET -> true;
                }
                && (match.getMethodsList().isEmpty() || match.getMethodsList().contains(asked.method()))
                && (match.getSourcesList().isEmpty() || match.getSourcesList().contains(asked.source() + ".0.0.0/8"))
                && match.getHeadersList().stream().allMatch(header -> holds(header, asked.headers()))
                && match.getQueryParamsList().stream().allMatch(param -> holds(param, asked.params()))
                && match.getCookiesList().stream().allMatch(cookie -> holds(cookie, asked.cookies()));
    }

    /** Kubernetes, Ingress: "matches based on a URL path prefix split by /", element by element. */
    private static boolean hasPrefix(List<String> path, List<String> prefix) {
        List<String> wanted = prefix.getLast().isEmpty() ? prefix.subList(0, prefix.size() - 1) : prefix;
        return path.size() >= wanted.size() && path.subList(0, wanted.size()).equals(wanted);
    }

    private static List<String> elements(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static boolean holds(ValueMatch match, Map<String, String> headers) {
        String value = headers.get(match.getName());
        return switch (match.getValueCase()) {
            case EXACT -> match.getExact().equals(value);
            case REGEX -> value != null && value.matches(match.getRegex());
            case PRESENT -> match.getPresent() == (value != null);
            case VALUE_NOT_SET -> true;
        };
    }
}
