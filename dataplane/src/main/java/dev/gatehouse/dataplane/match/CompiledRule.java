package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.BackendSet;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.resilience.RetryPolicy;
import dev.gatehouse.dataplane.resilience.RuleTimeouts;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** One rule, ready to be applied. Immutable but for the turn of its backends; shared by all event loops. */
public final class CompiledRule {

    /** Stands for "no rule": the answer is 404. */
    public static final CompiledRule NONE = new CompiledRule(
            "",
            RuleTimeouts.NONE,
            RetryPolicy.DEFAULT,
            List.of(),
            BackendSet.EMPTY,
            "",
            new PathMatch.Prefix(new byte[0]),
            Condition.ALWAYS,
            0,
            false,
            new byte[0],
            0,
            Choice.PLAIN);

    /** Reason of a rule that needs what this node does not know. */
    public static final String FEATURE_UNSUPPORTED = "feature-unsupported";

    private static final Set<String> KNOWN_FEATURES = Set.copyOf(Features.all());

    private final String id;
    private final RuleTimeouts timeouts;
    private final RetryPolicy retries;
    private final List<CompiledFilter> filters;
    private final BackendSet backends;
    private final String failure;
    private final PathMatch path;
    private final Condition condition;
    private final int httpsRedirect;
    private final boolean onlyTlsHere;
    private final byte[] hsts;
    private final long maxBodyBytes;
    private final Choice choice;

    private CompiledRule(
            String id,
            RuleTimeouts timeouts,
            RetryPolicy retries,
            List<CompiledFilter> filters,
            BackendSet backends,
            String failure,
            PathMatch path,
            Condition condition,
            int httpsRedirect,
            boolean onlyTlsHere,
            byte[] hsts,
            long maxBodyBytes,
            Choice choice) {
        this.id = id;
        this.timeouts = timeouts;
        this.retries = retries;
        this.filters = filters;
        this.backends = backends;
        this.failure = failure;
        this.path = path;
        this.condition = condition;
        this.httpsRedirect = httpsRedirect;
        this.onlyTlsHere = onlyTlsHere;
        this.hsts = hsts;
        this.maxBodyBytes = maxBodyBytes;
        this.choice = choice;
    }

    /**
     * Makes a rule ready. One that requires what this node does not know, or holds a filter or condition of an unknown
     * kind, fails closed: it takes the requests that the rest of its conditions lets through, and answers them 503.
     *
     * @param backends the shard's, joined to their upstreams
     * @param hsts of its host: see {@link #hsts()}
     * @param targets finds where a backend of a filter leads
     * @throws IllegalArgumentException if a regular expression or source cannot be used or a timeout is not below 2^31 ms
     */
    public static CompiledRule of(Rule rule, BackendSet backends, byte[] hsts, Function<Backend, Selection> targets) {
        List<Optional<CompiledFilter>> filters = rule.getFiltersList().stream()
                .map(filter -> CompiledFilter.of(filter, targets))
                .toList();
        boolean known = KNOWN_FEATURES.containsAll(rule.getRequiredFeaturesList())
                && filters.stream().allMatch(Optional::isPresent)
                && isKnown(rule.getMatch().getHeadersList())
                && isKnown(rule.getMatch().getCookiesList())
                && isKnown(rule.getMatch().getQueryParamsList());
        return new CompiledRule(
                rule.getId(),
                RuleTimeouts.of(rule),
                rule.hasRetries() && known ? RetryPolicy.of(rule.getRetries()) : RetryPolicy.DEFAULT,
                filters.stream().flatMap(Optional::stream).toList(),
                backends,
                known ? "" : FEATURE_UNSUPPORTED,
                PathMatch.of(rule.getMatch()),
                Condition.of(rule.getMatch()),
                rule.getHttpsRedirect(),
                rule.getOnlyTlsHere(),
                hsts,
                rule.getMaxBodyBytes(),
                known ? Choice.of(rule) : Choice.PLAIN);
    }

    private static boolean isKnown(List<ValueMatch> conditions) {
        return conditions.stream().noneMatch(one -> one.getValueCase() == ValueMatch.ValueCase.VALUE_NOT_SET);
    }

    /** As in the shard: kind/namespace/name of the object, and the rule within it. */
    public String id() {
        return id;
    }

    /** How long is waited for backends. */
    public RuleTimeouts timeouts() {
        return timeouts;
    }

    /** What is tried again. */
    public RetryPolicy retries() {
        return retries;
    }

    /** In order of application. */
    public List<CompiledFilter> filters() {
        return filters;
    }

    /**
     * How many bytes of a matching path a rewrite of the prefix replaces: the prefix without trailing slash, the whole of
     * an exact path, nothing of a regular expression's.
     */
    public int matchedPrefixLength() {
        return path.matchedLength();
    }

    public BackendSet backends() {
        return backends;
    }

    /** Reason code with which every request is answered 503; empty: none. */
    public String failure() {
        return failure;
    }

    /** The status that leads requests in clear text to https; 0: they are served. */
    public int httpsRedirect() {
        return httpsRedirect;
    }

    /** Whether it is not enough that a trusted proxy says that the client came over TLS. */
    public boolean onlyTlsHere() {
        return onlyTlsHere;
    }

    /** Value of Strict-Transport-Security on answers over TLS (RFC 6797, 7.1); empty: none. */
    public byte[] hsts() {
        return hsts;
    }

    /** Of a request; 0: the listener's. */
    public long maxBodyBytes() {
        return maxBodyBytes;
    }

    /** All that it asks of a request, for people. */
    public String asks() {
        StringBuilder text = new StringBuilder("path ").append(path.asked());
        for (Condition part : Condition.parts(condition)) {
            text.append(", ").append(part.what()).append(' ').append(part.asked());
        }
        return text.toString();
    }

    /** Tries the rule on a request and tells of it, by the conditions that serve. Allocates: not for serving. */
    public Trial trial(RequestView request) {
        List<Comparison> held = new ArrayList<>();
        Comparison ofPath = new Comparison(
                "path",
                path.asked(),
                new String(request.bytes(), request.pathStart(), request.pathLength(), StandardCharsets.UTF_8));
        if (!path.matches(request.bytes(), request.pathStart(), request.pathLength())) {
            return new Trial(this, held, Optional.of(ofPath));
        }
        held.add(ofPath);
        for (Condition part : Condition.parts(condition)) {
            Comparison comparison = new Comparison(part.what(), part.asked(), part.found(request));
            if (!Condition.holds(part, request)) {
                return new Trial(this, held, Optional.of(comparison));
            }
            held.add(comparison);
        }
        return new Trial(this, held, Optional.empty());
    }

    /** How endpoints are chosen; {@link Choice#PLAIN} itself if the rule says nothing of it. */
    public Choice choice() {
        return choice;
    }

    PathMatch path() {
        return path;
    }

    Condition condition() {
        return condition;
    }

    @Override
    public String toString() {
        return id;
    }
}
