package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.BackendSet;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Filters;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Turns the rules of a shard into compiled ones. Pure but for the upstreams it asks for. */
final class RuleCompiler {

    /** Reason of a rule that needs what this node does not know: it is answered 503, never served without. */
    static final String FEATURE_UNSUPPORTED = "feature-unsupported";

    private static final Set<String> KNOWN = Set.copyOf(Features.all());

    private final Function<String, Upstream> upstreams;

    /** @param upstreams gives the upstream of a shard id, the same object each time */
    RuleCompiler(Function<String, Upstream> upstreams) {
        this.upstreams = upstreams;
    }

    /** @throws com.google.re2j.PatternSyntaxException if a regular expression does not compile */
    CompiledHost host(Host host) {
        return CompiledHost.of(
                host.getRulesList().stream().map(this::rule).toList(),
                host.getRulesList().stream().map(Rule::getMatch).toList(),
                host.hasDefaultRule() ? Optional.of(rule(host.getDefaultRule())) : Optional.empty());
    }

    CompiledRule rule(Rule rule) {
        boolean known = KNOWN.containsAll(rule.getRequiredFeaturesList());
        return new CompiledRule(
                rule.getId(),
                rule.getRequestTimeoutMs(),
                known ? rule.getFiltersList().stream().map(Filters::of).toList() : List.<CompiledFilter>of(),
                CompiledHost.elements(rule.getMatch().getPrefix()).getBytes(StandardCharsets.UTF_8).length,
                BackendSet.of(rule.getBackendsList().stream().map(this::backend).toList()),
                known ? "" : FEATURE_UNSUPPORTED,
                dev.gatehouse.dataplane.match.Condition.of(rule.getMatch()));
    }

    private BackendSet.Weighted backend(Backend backend) {
        return new BackendSet.Weighted(
                backend.getUnavailable().isEmpty()
                        ? Selection.of(upstreams.apply(backend.getUpstream()))
                        : Selection.unavailable(backend.getUnavailable()),
                Integer.toUnsignedLong(backend.getWeight()));
    }

    /** Ids of the upstreams a host's rules name, once each. */
    static List<String> upstreams(Host host) {
        return java.util.stream.Stream.concat(
                        host.getRulesList().stream(),
                        host.hasDefaultRule()
                                ? java.util.stream.Stream.of(host.getDefaultRule())
                                : java.util.stream.Stream.empty())
                .flatMap(rule -> rule.getBackendsList().stream())
                .map(Backend::getUpstream)
                .filter(id -> !id.isEmpty())
                .distinct()
                .toList();
    }
}
