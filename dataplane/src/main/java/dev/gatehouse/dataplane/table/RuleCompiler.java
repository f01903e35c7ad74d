package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.BackendSet;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Turns the rules of a shard into compiled ones, joined to the upstreams they name. */
final class RuleCompiler {

    private final Function<String, Upstream> upstreams;

    /** @param upstreams gives the upstream of a shard id, the same object each time */
    RuleCompiler(Function<String, Upstream> upstreams) {
        this.upstreams = upstreams;
    }

    /** @throws IllegalArgumentException if a rule cannot be served; the message says why */
    CompiledHost host(Host host) {
        return new CompiledHost(
                host.getRulesList().stream().map(this::rule).toList(),
                host.hasDefaultRule() ? Optional.of(rule(host.getDefaultRule())) : Optional.empty());
    }

    /** @throws IllegalArgumentException if the rule cannot be served; the message says why */
    CompiledRule rule(Rule rule) {
        return CompiledRule.of(
                rule,
                BackendSet.of(rule.getBackendsList().stream().map(this::backend).toList()));
    }

    private BackendSet.Weighted backend(Backend backend) {
        return new BackendSet.Weighted(
                backend.getUnavailable().isEmpty()
                        ? Selection.of(upstreams.apply(backend.getUpstream()))
                        : Selection.unavailable(backend.getUnavailable()),
                Integer.toUnsignedLong(backend.getWeight()));
    }

    /** Calls {@code use} with the id of each upstream that a host's rules can lead to, as often as they name it. */
    static void upstreams(CompiledHost host, Consumer<String> use) {
        host.rules().forEach(rule -> upstreams(rule, use));
        host.defaultRule().ifPresent(rule -> upstreams(rule, use));
    }

    /** As {@link #upstreams(CompiledHost, Consumer)}, for one rule. */
    static void upstreams(CompiledRule rule, Consumer<String> use) {
        for (Selection selection : rule.backends().backends()) {
            if (selection.unavailable().isEmpty()) {
                use.accept(selection.upstream().id());
            }
        }
    }
}
