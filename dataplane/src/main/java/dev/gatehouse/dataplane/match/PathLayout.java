package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a host's rules ask for, laid out in one array for {@link CompiledHost#find}. Slots come first, found by a path's hash;
 * behind them stand the paths and what else their rules ask:
 *
 * <pre>
 * slot   hash, offset of the path, its length * 2 and 1 if it is exact (0: a free slot), where      16 bytes
 * where  the place of a rule that asks for nothing but the path; otherwise the complement of the offset of a
 * list   of place, length of the conditions, conditions as {@link ConditionCode} writes them; it ends with a rule
 *        without conditions or the place NONE
 * </pre>
 *
 * A rule's place is its number in match order. Numbers are in {@link ConditionCode#INTS}' order.
 */
final class PathLayout {

    /** No rule. */
    static final int NONE = Integer.MAX_VALUE;

    /** Bytes of a slot. */
    static final int SLOT = 16;

    /** Prefixes from this length on are not told apart by {@link #prefixLengths}. */
    static final int LONG = 64;

    private static final int[] NO_EXPRESSIONS = new int[0];

    final byte[] bytes;
    final int slots;

    /** Bit n is set if there is a prefix of n bytes; 0 stands for none. */
    final long prefixLengths;

    /** Bit n mod 64 is set if there is an exact path of n bytes. */
    final long exactLengths;

    /** 0 if it is shorter than {@link #LONG}. */
    final int longestPrefix;

    /** Where of the prefix that is every path's. */
    final int root;

    /** Whether exact paths, and then longer prefixes, have all their rules before others, so that the first found is the best. */
    final boolean longestFirst;

    /** Where of each regular expression, in match order. */
    final int[] expressions;

    /** Those that conditions name by number. */
    final Pattern[] patterns;

    private record Key(boolean exact, String path) {
        byte[] utf8() {
            return path.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** A path, the places that it leads to. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Group(boolean exact, byte[] path, List<Integer> places) {
        int length() {
            return path.length;
        }
    }

    private final List<CompiledRule> rules;

    /** @param rules in match order */
    PathLayout(List<CompiledRule> rules) {
        this.rules = rules;
        Map<Key, List<Integer>> places = new HashMap<>();
        List<Integer> byExpression = new ArrayList<>();
        for (int place = 0; place < rules.size(); place++) {
            switch (rules.get(place).path()) {
                case PathMatch.Exact(byte[] path) -> at(places, true, path).add(place);
                case PathMatch.Prefix(byte[] elements) ->
                    at(places, false, elements).add(place);
                case PathMatch.Regex regex -> byExpression.add(place);
            }
        }
        List<Group> groups = new ArrayList<>();
        places.forEach((key, at) -> groups.add(new Group(key.exact(), key.utf8(), reachable(at))));
        groups.sort(Comparator.comparing(Group::exact)
                .reversed()
                .thenComparing(Comparator.comparingInt(Group::length).reversed()));
        this.longestFirst = longestFirst(groups);

        List<Group> slotted = groups.stream()
                .filter(group -> group.exact() || group.length() > 0)
                .toList();
        this.slots = slotted.isEmpty() ? 0 : Integer.highestOneBit(slotted.size() * 3);
        ConditionCode.Writer out = new ConditionCode.Writer(slots * SLOT);
        long prefixes = 0;
        long exacts = 0;
        int longest = 0;
        for (Group group : slotted) {
            int length = group.length();
            if (group.exact()) {
                exacts |= 1L << length;
            } else if (length < LONG) {
                prefixes |= 1L << length;
            } else {
                longest = Math.max(longest, length);
            }
            int path = out.position();
            out.bytes(group.path());
            int where = where(group.places(), out);
            out.slot(freeSlot(group, out), hash(group), path, mark(length, group.exact()), where);
        }
        this.prefixLengths = prefixes;
        this.exactLengths = exacts;
        this.longestPrefix = longest;
        List<Integer> ofRoot = groups.stream()
                .filter(group -> !group.exact() && group.length() == 0)
                .findAny()
                .map(Group::places)
                .orElse(List.of());
        this.root = ofRoot.isEmpty() ? NONE : where(ofRoot, out);
        this.expressions = byExpression.isEmpty()
                ? NO_EXPRESSIONS
                : byExpression.stream()
                        .mapToInt(place -> where(List.of(place), out))
                        .toArray();
        this.bytes = out.written();
        this.patterns = out.patterns();
    }

    /** What the third number of a slot is. */
    static int mark(int length, boolean exact) {
        return length * 2 + (exact ? 1 : 0);
    }

    private static List<Integer> at(Map<Key, List<Integer>> places, boolean exact, byte[] path) {
        return places.computeIfAbsent(
                new Key(exact, new String(path, StandardCharsets.UTF_8)), key -> new ArrayList<>(1));
    }

    /** Behind a rule that takes every request of a path none is reached by that path. */
    private List<Integer> reachable(List<Integer> places) {
        for (int i = 0; i < places.size(); i++) {
            if (rules.get(places.get(i)).condition().equals(Condition.ALWAYS)) {
                return places.subList(0, i + 1);
            }
        }
        return places;
    }

    private static boolean longestFirst(List<Group> groups) {
        int last = -1;
        for (int i = 0; i < groups.size(); ) {
            Group first = groups.get(i);
            int most = last;
            for (; i < groups.size() && sameRank(first, groups.get(i)); i++) {
                List<Integer> places = groups.get(i).places();
                if (places.getFirst() < last) {
                    return false;
                }
                most = Math.max(most, places.getLast());
            }
            last = most;
        }
        return true;
    }

    /** Whether at most one of both has a request's path. */
    private static boolean sameRank(Group one, Group other) {
        return one.exact() == other.exact() && (one.exact() || one.length() == other.length());
    }

    private static int hash(Group group) {
        return (int) Words.hash(group.path(), 0, group.length());
    }

    private int freeSlot(Group group, ConditionCode.Writer out) {
        int slot = hash(group) & slots - 1;
        while (!out.isFree(slot)) {
            slot = slot + 1 & slots - 1;
        }
        return slot;
    }

    private int where(List<Integer> places, ConditionCode.Writer out) {
        if (rules.get(places.getFirst()).condition().equals(Condition.ALWAYS)) {
            return places.getFirst();
        }
        int list = out.position();
        for (int place : places) {
            out.number(place);
            int length = out.position();
            out.number(0);
            rules.get(place).condition().write(out);
            out.number(length, out.position() - length - Integer.BYTES);
        }
        out.number(NONE);
        return ~list;
    }
}
