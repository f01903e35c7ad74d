package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.HeaderMatch;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rules of routing as they are documented, word for word, with no thought of speed. */
final class NaiveMatcher {

    private NaiveMatcher() {}

    /** The id of the rule that answers. */
    static Optional<String> route(
            Snapshot snapshot, String method, String host, String path, Map<String, String> headers) {
        Optional<Host> found = host(snapshot, host);
        if (found.isPresent()) {
            for (Rule rule : found.get().getRulesList()) {
                if (matches(rule.getMatch(), method, path, headers)) {
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

    private static boolean matches(Match match, String method, String path, Map<String, String> headers) {
        return switch (match.getPathCase()) {
                    case EXACT -> path.equals(match.getExact());
                    case PREFIX -> hasPrefix(elements(path), elements(match.getPrefix()));
                    case REGEX -> path.matches(match.getRegex());
                    case PATH_NOT_SET -> true;
                }
                && (match.getMethodsList().isEmpty() || match.getMethodsList().contains(method))
                && match.getHeadersList().stream().allMatch(header -> holds(header, headers));
    }

    /** Kubernetes, Ingress: "matches based on a URL path prefix split by /", element by element. */
    private static boolean hasPrefix(List<String> path, List<String> prefix) {
        List<String> wanted = prefix.getLast().isEmpty() ? prefix.subList(0, prefix.size() - 1) : prefix;
        return path.size() >= wanted.size() && path.subList(0, wanted.size()).equals(wanted);
    }

    private static List<String> elements(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static boolean holds(HeaderMatch match, Map<String, String> headers) {
        String value = headers.get(match.getName());
        return value != null
                && switch (match.getValueCase()) {
                    case EXACT -> value.equals(match.getExact());
                    case REGEX -> value.matches(match.getRegex());
                    case PRESENT, VALUE_NOT_SET -> true;
                };
    }
}
