package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import dev.gatehouse.dataplane.policy.TlsOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one host. Gives the first rule in match order that holds, by one look at each length of path that rules ask for
 * and that could be the request's. Immutable.
 *
 * <p>Among ten thousand hosts most of what a request needs is in no cache, and every pointer on the way to it would cost a
 * visit to memory. So all that is needed to know where to look stands in the object itself, and what is looked at in one
 * array: see {@link PathLayout} (docs/decisions/0027).
 */
public final class CompiledHost {

    private static final int NONE = PathLayout.NONE;

    private final CompiledRule[] rules;
    private final byte[] layout;
    private final int slotMask;
    private final long prefixLengths;
    private final long exactLengths;
    private final int longestPrefix;
    private final int root;
    private final boolean longestFirst;
    private final int[] expressions;
    private final Pattern[] patterns;
    private final @Nullable CompiledRule defaultRule;
    private final TlsOptions tls;
    private final @Nullable CompiledRule passthrough;

    /**
     * A host.
     *
     * @param rules in match order
     * @param tls what it says about TLS with its clients
     * @param passthrough takes TLS connections as they are, if they are not ended here
     */
    public CompiledHost(
            List<CompiledRule> rules,
            Optional<CompiledRule> defaultRule,
            TlsOptions tls,
            Optional<CompiledRule> passthrough) {
        PathLayout paths = new PathLayout(rules);
        this.rules = rules.toArray(CompiledRule[]::new);
        this.layout = paths.bytes;
        this.slotMask = paths.slots - 1;
        this.prefixLengths = paths.prefixLengths;
        this.exactLengths = paths.exactLengths;
        this.longestPrefix = paths.longestPrefix;
        this.root = paths.root;
        this.longestFirst = paths.longestFirst;
        this.expressions = paths.expressions;
        this.patterns = paths.patterns;
        this.defaultRule = defaultRule.orElse(null);
        this.tls = tls;
        this.passthrough = passthrough.orElse(null);
    }

    /** In match order. */
    public List<CompiledRule> rules() {
        return List.of(rules);
    }

    /** Takes what no rule matched. */
    public Optional<CompiledRule> defaultRule() {
        return Optional.ofNullable(defaultRule);
    }

    /** What it says about TLS with its clients. */
    public TlsOptions tls() {
        return tls;
    }

    /** Takes TLS connections as they are; null if they end here. */
    public @Nullable CompiledRule passthrough() {
        return passthrough;
    }

    /**
     * Whether it takes requests; otherwise it only brings certificates, and its requests belong to a less specific host. One
     * with demands on its clients takes them in any case: the less specific host may ask for less.
     */
    @SuppressWarnings("ReferenceEquality") // NONE is a sentinel
    public boolean routes() {
        return rules.length > 0 || defaultRule != null || tls != TlsOptions.NONE;
    }

    /** The rule that answers, or null. Allocates nothing unless a regular expression is tried. */
    public @Nullable CompiledRule find(RequestView request) {
        int best = byPath(request);
        for (int where : expressions) {
            int place = first(where, best, request);
            if (place < best
                    && rules[place].path().matches(request.bytes(), request.pathStart(), request.pathLength())) {
                best = place;
            }
        }
        return best == NONE ? defaultRule : rules[best];
    }

    /** Every rule in match order, tried on a request. Allocates: for {@code explain}. */
    public List<Trial> trials(RequestView request) {
        return Arrays.stream(rules).map(rule -> rule.trial(request)).toList();
    }

    private int byPath(RequestView request) {
        byte[] bytes = request.bytes();
        int start = request.pathStart();
        int length = request.pathLength();
        int best = NONE;
        if ((exactLengths & 1L << length) != 0) {
            long hash = Words.hash(bytes, start, length);
            best = first(where(bytes, start, length, true, hash), best, request);
        }
        if (longestPrefix > 0) {
            best = byLongPrefix(request, best);
        }
        long lengths = length < PathLayout.LONG ? prefixLengths & (2L << length) - 1 : prefixLengths;
        while (lengths != 0 && !(longestFirst && best != NONE)) {
            int size = Long.SIZE - 1 - Long.numberOfLeadingZeros(lengths);
            if (size == length || bytes[start + size] == '/') {
                long hash = Words.hash(bytes, start, size);
                best = first(where(bytes, start, size, false, hash), best, request);
            }
            lengths ^= 1L << size;
        }
        return longestFirst && best != NONE ? best : first(root, best, request);
    }

    /** Prefixes of any length, so that each is hashed as a continuation of the one before: a path may be nothing but slashes. */
    private int byLongPrefix(RequestView request, int found) {
        byte[] bytes = request.bytes();
        int start = request.pathStart();
        int length = request.pathLength();
        int end = Math.min(length, longestPrefix);
        int best = found;
        long state = Words.START;
        int done = 0;
        for (int size = PathLayout.LONG; size <= end; size++) {
            if (size == length || bytes[start + size] == '/') {
                for (; done <= size - Words.SIZE; done += Words.SIZE) {
                    state = Words.extend(state, bytes, start + done);
                }
                long hash = Words.finish(state, bytes, start, done, size);
                best = first(where(bytes, start, size, false, hash), best, request);
            }
        }
        return best;
    }

    /** Where the rules of a path are. */
    private int where(byte[] bytes, int start, int length, boolean exact, long hash) {
        int mark = PathLayout.mark(length, exact);
        for (int slot = (int) hash & slotMask; ; slot = slot + 1 & slotMask) {
            int at = slot * PathLayout.SLOT;
            int found = ConditionCode.number(layout, at + 8);
            if (found == 0) {
                return NONE;
            }
            if (found == mark
                    && ConditionCode.number(layout, at) == (int) hash
                    && Words.equal(layout, ConditionCode.number(layout, at + 4), bytes, start, length)) {
                return ConditionCode.number(layout, at + 12);
            }
        }
    }

    /** The first rule at a place before the best so far whose conditions hold; otherwise the best so far. */
    private int first(int where, int best, RequestView request) {
        if (where >= 0) {
            return Math.min(where, best);
        }
        int at = ~where;
        int place = ConditionCode.number(layout, at);
        while (place < best) {
            int length = ConditionCode.number(layout, at + 4);
            if (ConditionCode.holds(layout, at + 8, length, patterns, request)) {
                return place;
            }
            at += 8 + length;
            place = ConditionCode.number(layout, at);
        }
        return best;
    }
}
