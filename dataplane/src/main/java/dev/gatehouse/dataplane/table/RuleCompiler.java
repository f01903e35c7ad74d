package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.BackendSet;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.policy.TlsOptions;
import dev.gatehouse.dataplane.policy.TlsOptionsReader;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ServerTls;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Turns the rules of a shard into compiled ones, joined to the upstreams they name. */
final class RuleCompiler {

    private final Function<String, Upstream> upstreams;
    private final TlsOptionsReader tls = new TlsOptionsReader();

    /** @param upstreams gives the upstream of a shard id, the same object each time */
    RuleCompiler(Function<String, Upstream> upstreams) {
        this.upstreams = upstreams;
    }

    /**
     * A host.
     *
     * @throws IllegalArgumentException if a rule cannot be served; the message says why
     * @throws CorruptShardException if its TLS is to be done in a way that this node does not know
     * @throws GeneralSecurityException if what its TLS needs cannot be read
     */
    CompiledHost host(Host host) throws CorruptShardException, GeneralSecurityException {
        byte[] hsts = host.getHsts().getBytes(StandardCharsets.US_ASCII);
        return new CompiledHost(
                host.getRulesList().stream().map(rule -> rule(rule, hsts)).toList(),
                host.hasDefaultRule() ? Optional.of(rule(host.getDefaultRule(), hsts)) : Optional.empty(),
                tls(host.getTls()),
                host.hasPassthrough() ? Optional.of(rule(host.getPassthrough())) : Optional.empty());
    }

    /** As {@link #host}, for TLS alone. */
    TlsOptions tls(ServerTls wire) throws CorruptShardException, GeneralSecurityException {
        return tls.read(wire);
    }

    /** @throws IllegalArgumentException if the rule cannot be served; the message says why */
    CompiledRule rule(Rule rule) {
        return rule(rule, new byte[0]);
    }

    private CompiledRule rule(Rule rule, byte[] hsts) {
        return CompiledRule.of(
                rule,
                BackendSet.of(rule.getBackendsList().stream().map(this::backend).toList()),
                hsts,
                this::selection);
    }

    private BackendSet.Weighted backend(Backend backend) {
        return new BackendSet.Weighted(
                selection(backend), Integer.toUnsignedLong(backend.getWeight()), backend.hasSource());
    }

    private Selection selection(Backend backend) {
        return backend.getUnavailable().isEmpty()
                ? Selection.of(upstreams.apply(backend.getUpstream()))
                : Selection.unavailable(backend.getUnavailable());
    }

    /** Calls {@code use} with the id of each upstream that a host's rules can lead to, as often as they name it. */
    static void upstreams(CompiledHost host, Consumer<String> use) {
        host.rules().forEach(rule -> upstreams(rule, use));
        host.defaultRule().ifPresent(rule -> upstreams(rule, use));
        CompiledRule passthrough = host.passthrough();
        if (passthrough != null) {
            upstreams(passthrough, use);
        }
    }

    /** As {@link #upstreams(CompiledHost, Consumer)}, for one rule. */
    static void upstreams(CompiledRule rule, Consumer<String> use) {
        rule.backends().all().forEach(selection -> upstream(selection, use));
        for (CompiledFilter filter : rule.filters()) {
            if (filter instanceof CompiledFilter.Mirror mirror) {
                upstream(mirror.target(), use);
            }
        }
    }

    private static void upstream(Selection selection, Consumer<String> use) {
        if (selection.unavailable().isEmpty()) {
            use.accept(selection.upstream().id());
        }
    }
}
