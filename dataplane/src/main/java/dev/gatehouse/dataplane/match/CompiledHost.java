package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.policy.TlsOptions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one host. Gives the first rule in match order that holds. A few rules are tried one by one; more are indexed
 * by path, so that rules whose path cannot match cost nothing, and the answer is the same. Immutable.
 */
public final class CompiledHost {

    /** From here on the index is faster than trying one by one. */
    private static final int INDEXED_FROM = 9;

    private final List<CompiledRule> rules;
    private final @Nullable PathIndex index;
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
        this.rules = List.copyOf(rules);
        this.index = rules.size() < INDEXED_FROM ? null : new PathIndex(this.rules);
        this.defaultRule = defaultRule.orElse(null);
        this.tls = tls;
        this.passthrough = passthrough.orElse(null);
    }

    /** In match order. */
    public List<CompiledRule> rules() {
        return rules;
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
        return !rules.isEmpty() || defaultRule != null || tls != TlsOptions.NONE;
    }

    /** The rule that answers, or null. Allocates nothing unless a regular expression is tried. */
    public @Nullable CompiledRule find(RequestView request) {
        CompiledRule found = index == null ? firstOf(request) : index.find(request);
        return found == null ? defaultRule : found;
    }

    /** Every rule in match order, tried on a request. Allocates: for {@code explain}. */
    public List<Trial> trials(RequestView request) {
        return rules.stream().map(rule -> rule.trial(request)).toList();
    }

    private @Nullable CompiledRule firstOf(RequestView request) {
        byte[] bytes = request.bytes();
        int start = request.pathStart();
        int length = request.pathLength();
        for (int i = 0; i < rules.size(); i++) {
            CompiledRule rule = rules.get(i);
            if (rule.path().matches(bytes, start, length) && rule.condition().holds(request)) {
                return rule;
            }
        }
        return null;
    }
}
