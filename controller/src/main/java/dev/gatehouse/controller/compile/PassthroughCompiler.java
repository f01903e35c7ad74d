package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.compile.RuleOrder.Claim;
import dev.gatehouse.controller.model.CanaryModel;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.MatchModel;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the shard of a host whose TLS its backends end. TLS of one name cannot be ended in two places: the oldest object that asks
 * for anything but paths of ACME decides, and the others are told. Those paths are asked for in clear text, and are served whoever
 * ends TLS.
 */
final class PassthroughCompiler {

    /** What nodes that do not know passthrough refuse every handshake with. */
    private static final String UNKNOWN_TO_NODE = "feature-unsupported";

    private final RuleCompiler rules;

    PassthroughCompiler(RuleCompiler rules) {
        this.rules = rules;
    }

    /** The contributor that decides where TLS of a host ends; empty if all of them leave that open. */
    static Optional<RouteModel> claimant(String host, Collection<RouteModel> contributors) {
        return contributors.stream()
                .filter(route -> {
                    HostRules asked = HostCompiler.rulesFor(host, route);
                    return asked.passthrough()
                            || asked.defaultRule().isPresent()
                            || asked.rules().stream().anyMatch(rule -> !HostTerms.isAcme(rule.match()));
                })
                .findFirst();
    }

    /** Whether it can be done; otherwise the host is closed as any whose TLS cannot be understood. */
    static boolean passes(HostRules asked) {
        return asked.passthrough() && asked.tls().problem().isEmpty();
    }

    /** What is said to an object that asks for passthrough and is too late. */
    static Finding endedBy(String host, HostRules asked, RouteModel older) {
        String field =
                asked.rules().isEmpty() ? "spec" : asked.rules().getFirst().field();
        return Finding.error(
                Reasons.HOST_PATH_TAKEN,
                field,
                "asks that TLS of the host " + host + " passes through to its backends, and the older " + older.key()
                        + " decides where it ends; choose another host, or change it there");
    }

    /**
     * Compiles a host.
     *
     * @param contributors that may use the host, oldest first
     * @param winner the claimant, which passes
     */
    Unit compile(String host, Collection<RouteModel> contributors, RouteModel winner, Unit.Builder unit) {
        ShardId id = ShardId.host(host);
        Map<MatchModel, Claim> taken = new HashMap<>();
        List<Claim> inClearText = new ArrayList<>();
        for (RouteModel route : contributors) {
            if (!route.equals(winner)) {
                Part part = unit.part(route.key());
                HostRules asked = HostCompiler.rulesFor(host, route);
                tell(host, asked, winner, part);
                for (RuleModel rule : asked.rules()) {
                    Claim claim = new Claim(route, rule, inClearText.size());
                    if (!HostTerms.isAcme(rule.match())) {
                        continue;
                    }
                    Claim first = taken.putIfAbsent(rule.match(), claim);
                    if (first == null) {
                        inClearText.add(claim);
                    } else {
                        part.find(Finding.error(
                                Reasons.HOST_PATH_TAKEN, rule.field(), HostCompiler.taken(host, claim, first)));
                    }
                }
            }
        }
        HostRules asked = HostCompiler.rulesFor(host, winner);
        Claim claim = new Claim(winner, asked.rules().getFirst(), 0);
        HostTerms terms = new HostTerms(asked.httpsRedirect(), true, true, true);
        Rule rule = rules.compile(winner, claim.rule(), terms, HostCompiler.part(unit, claim, id));
        Host.Builder body = Host.newBuilder()
                .setName(host)
                .setTls(ServerTls.newBuilder().setUnavailable(UNKNOWN_TO_NODE))
                .setPassthrough(rule.toBuilder().clearHttpsRedirect().clearOnlyTlsHere());
        inClearText.sort(RuleOrder.ORDER);
        for (Claim acme : inClearText) {
            body.addRules(rules.compile(
                    acme.route(),
                    acme.rule(),
                    new HostTerms(0, true, false, false),
                    HostCompiler.part(unit, acme, id)));
        }
        body.addRules(rule.toBuilder().clearBackends());
        return unit.build(
                List.of(Shard.of(id, ShardBody.newBuilder().setHost(body).build())));
    }

    private static void tell(String host, HostRules asked, RouteModel winner, Part part) {
        String why = "the older " + winner.key() + " passes TLS of the host " + host + " through to its backends";
        List<RuleModel> late = new ArrayList<>(asked.rules());
        late.removeIf(rule -> HostTerms.isAcme(rule.match()));
        asked.defaultRule().ifPresent(late::add);
        for (RuleModel rule : late) {
            part.find(Finding.error(
                    Reasons.HOST_PATH_TAKEN,
                    rule.field(),
                    "is not served: " + why + "; choose another host, or change it there"));
        }
        for (CanaryModel canary : asked.canaries()) {
            part.find(Finding.error(
                    Reasons.CANARY_ORPHANED,
                    canary.field(),
                    "gets no requests: " + why + ", and has no canaries; choose another host, or change it there"));
        }
        if (!asked.certificates().isEmpty()) {
            part.find(Finding.warning(
                    Reasons.CERTIFICATE_NOT_USED,
                    asked.certificates().getFirst().field(),
                    "is not shown to clients of " + host + ": " + why + ", which show their own; remove it"));
        }
    }
}
