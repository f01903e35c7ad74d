package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first of many rules in one pass over the path: exact paths and prefixes by a hash that grows with the pass,
 * regular expressions only while nothing before them matched. Immutable.
 */
final class PathIndex {

    private static final int NONE = Integer.MAX_VALUE;

    private final CompiledRule[] rules;
    private final BitSet conditional = new BitSet();
    private final PathTable exact;
    private final PathTable prefixes;
    private final int longestExact;
    private final int longestPrefix;
    private final int[] regexes;

    /** @param rules in match order */
    PathIndex(List<CompiledRule> rules) {
        this.rules = rules.toArray(CompiledRule[]::new);
        Map<String, List<Integer>> byExact = new HashMap<>();
        Map<String, List<Integer>> byPrefix = new HashMap<>();
        List<Integer> others = new ArrayList<>();
        int exactBytes = 0;
        int prefixBytes = 0;
        for (int i = 0; i < rules.size(); i++) {
            conditional.set(i, !rules.get(i).condition().equals(Condition.ALWAYS));
            switch (rules.get(i).path()) {
                case PathMatch.Exact(byte[] path) -> {
                    exactBytes = Math.max(exactBytes, path.length);
                    at(byExact, path).add(i);
                }
                case PathMatch.Prefix(byte[] elements) -> {
                    prefixBytes = Math.max(prefixBytes, elements.length);
                    at(byPrefix, elements).add(i);
                }
                case PathMatch.Regex regex -> others.add(i);
            }
        }
        this.exact = new PathTable(byExact);
        this.prefixes = new PathTable(byPrefix);
        this.longestExact = byExact.isEmpty() ? -1 : exactBytes;
        this.longestPrefix = byPrefix.isEmpty() ? -1 : prefixBytes;
        this.regexes = others.stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Integer> at(Map<String, List<Integer>> places, byte[] path) {
        return places.computeIfAbsent(new String(path, StandardCharsets.UTF_8), key -> new ArrayList<>(1));
    }

    /** The first rule that holds, or null. */
    @Nullable
    CompiledRule find(RequestView request) {
        int best = byPath(request);
        for (int i = 0; i < regexes.length && regexes[i] < best; i++) {
            CompiledRule rule = rules[regexes[i]];
            if (rule.condition().holds(request)
                    && rule.path().matches(request.bytes(), request.pathStart(), request.pathLength())) {
                best = regexes[i];
            }
        }
        return best == NONE ? null : rules[best];
    }

    /** A prefix can end before any slash and at the end of the path; there the hash so far is looked up. */
    private int byPath(RequestView request) {
        byte[] bytes = request.bytes();
        int start = request.pathStart();
        int length = request.pathLength();
        boolean exactFits = length <= longestExact;
        int end = exactFits ? length : Math.min(length, longestPrefix);
        int best = NONE;
        long state = ByteIndex.EMPTY_STATE;
        for (int i = 0; i <= end; i++) {
            boolean last = i == length;
            byte next = last ? (byte) '/' : bytes[start + i];
            if (next == '/' && i <= longestPrefix) {
                best = first(prefixes, prefixes.find(bytes, start, i, ByteIndex.finish(state)), best, request);
            }
            if (last && exactFits) {
                best = first(exact, exact.find(bytes, start, i, ByteIndex.finish(state)), best, request);
            }
            state = ByteIndex.extend(state, next);
        }
        return best;
    }

    /** Looks at no rule that has no conditions but its path. */
    private int first(PathTable table, int found, int best, RequestView request) {
        if (found == PathTable.NONE) {
            return best;
        }
        int position = found;
        for (int place = table.place(position);
                place != PathTable.NONE && place < best;
                place = table.place(++position)) {
            if (!conditional.get(place) || rules[place].condition().holds(request)) {
                return place;
            }
        }
        return best;
    }
}
