package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import dev.gatehouse.snapshot.proto.Match;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one host, indexed by path. Gives the first rule in match order that holds, as a scan from the top would,
 * without looking at rules whose path cannot match. Immutable.
 */
public final class CompiledHost {

    private final List<CompiledRule> rules;
    private final ByteIndex<int[]> exact;
    private final ByteIndex<int[]> prefixes;
    private final int longestPrefix;
    private final List<PatternRule> patterns;
    private final Optional<CompiledRule> defaultRule;

    /** A rule whose path is a regular expression, and its place in the order. */
    private record PatternRule(int index, Pattern pattern) {}

    private CompiledHost(
            List<CompiledRule> rules,
            ByteIndex<int[]> exact,
            ByteIndex<int[]> prefixes,
            int longestPrefix,
            List<PatternRule> patterns,
            Optional<CompiledRule> defaultRule) {
        this.rules = rules;
        this.exact = exact;
        this.prefixes = prefixes;
        this.longestPrefix = longestPrefix;
        this.patterns = patterns;
        this.defaultRule = defaultRule;
    }

    /**
     * Indexes rules that stand in match order.
     *
     * @param matches the match of each rule, in the same order
     * @throws com.google.re2j.PatternSyntaxException if a regular expression does not compile
     */
    public static CompiledHost of(List<CompiledRule> rules, List<Match> matches, Optional<CompiledRule> defaultRule) {
        Map<String, List<Integer>> exact = new HashMap<>();
        Map<String, List<Integer>> prefixes = new HashMap<>();
        List<PatternRule> patterns = new ArrayList<>();
        int longest = 0;
        for (int i = 0; i < matches.size(); i++) {
            Match match = matches.get(i);
            switch (match.getPathCase()) {
                case EXACT ->
                    exact.computeIfAbsent(match.getExact(), key -> new ArrayList<>())
                            .add(i);
                case PREFIX, PATH_NOT_SET -> {
                    String prefix = elements(match.getPrefix());
                    longest = Math.max(longest, prefix.getBytes(StandardCharsets.UTF_8).length);
                    prefixes.computeIfAbsent(prefix, key -> new ArrayList<>()).add(i);
                }
                case REGEX -> patterns.add(new PatternRule(i, Pattern.compile(match.getRegex())));
            }
        }
        return new CompiledHost(
                List.copyOf(rules), index(exact), index(prefixes), longest, List.copyOf(patterns), defaultRule);
    }

    /** A prefix without its trailing slash, which does not count (Ingress: pathType Prefix). The root is empty. */
    public static String elements(String prefix) {
        return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }

    private static ByteIndex<int[]> index(Map<String, List<Integer>> positions) {
        Map<String, int[]> arrays = new HashMap<>();
        positions.forEach((path, list) ->
                arrays.put(path, list.stream().mapToInt(Integer::intValue).toArray()));
        return ByteIndex.of(arrays);
    }

    public List<CompiledRule> rules() {
        return rules;
    }

    public Optional<CompiledRule> defaultRule() {
        return defaultRule;
    }

    /** The rule that answers, or null. Allocates nothing unless a regular expression is tried. */
    public @Nullable CompiledRule find(RequestView request) {
        byte[] bytes = request.bytes();
        int start = request.pathStart();
        int length = request.pathLength();
        int best = Integer.MAX_VALUE;
        int[] candidates = exact.size() == 0 ? null : exact.get(bytes, start, length);
        if (candidates != null) {
            best = first(candidates, best, request);
        }
        best = bestPrefix(request, bytes, start, length, best);
        for (int i = 0; i < patterns.size() && patterns.get(i).index < best; i++) {
            best = tryPattern(patterns.get(i), request, bytes, start, length, best);
        }
        if (best != Integer.MAX_VALUE) {
            return rules.get(best);
        }
        return defaultRule.isPresent() ? defaultRule.get() : null;
    }

    /** One pass over the path: a prefix can end at a slash or at the end, and its hash grows with the pass. */
    private int bestPrefix(RequestView request, byte[] bytes, int start, int length, int limit) {
        if (prefixes.size() == 0) {
            return limit;
        }
        int best = limit;
        int hash = ByteIndex.HASH_SEED;
        int end = Math.min(length, longestPrefix);
        for (int i = 0; i <= end; i++) {
            if (i == length || bytes[start + i] == '/') {
                int[] candidates = prefixes.get(bytes, start, i, hash);
                if (candidates != null) {
                    best = first(candidates, best, request);
                }
            }
            if (i < length) {
                hash = ByteIndex.hash(hash, bytes[start + i]);
            }
        }
        return best;
    }

    private int tryPattern(PatternRule rule, RequestView request, byte[] bytes, int start, int length, int best) {
        return rule.pattern.matches(new String(bytes, start, length, StandardCharsets.UTF_8))
                        && rules.get(rule.index).condition().holds(request)
                ? rule.index
                : best;
    }

    private int first(int[] candidates, int best, RequestView request) {
        for (int candidate : candidates) {
            if (candidate >= best) {
                return best;
            }
            if (rules.get(candidate).condition().holds(request)) {
                return candidate;
            }
        }
        return best;
    }
}
