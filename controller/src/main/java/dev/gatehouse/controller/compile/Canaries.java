package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.compile.RuleOrder.Claim;
import dev.gatehouse.controller.model.BackendModel;
import dev.gatehouse.controller.model.CanaryModel;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.MatchModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.snapshot.ShardId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lets canaries join the rules of a host. What comes of it are rules like any other: of the primary, with the backend of the canary
 * among theirs. A canary that cannot join is told why, and its primary is served as if there were none.
 */
final class Canaries {

    private final String host;
    private final RuleCompiler rules;
    private final Unit.Builder unit;
    private final Map<MatchModel, Claim> claims = new LinkedHashMap<>();
    private final Map<MatchModel, RouteModel> joined = new HashMap<>();

    private Canaries(String host, RuleCompiler rules, Unit.Builder unit, List<Claim> winners) {
        this.host = host;
        this.rules = rules;
        this.unit = unit;
        winners.forEach(claim -> claims.put(claim.rule().match(), claim));
    }

    /**
     * The rules of a host with its canaries.
     *
     * @param routes that may use the host, oldest first
     * @param winners one for each match
     */
    static List<Claim> join(
            String host, List<RouteModel> routes, List<Claim> winners, RuleCompiler rules, Unit.Builder unit) {
        Canaries canaries = new Canaries(host, rules, unit, winners);
        for (RouteModel route : routes) {
            for (CanaryModel canary : HostCompiler.rulesFor(host, route).canaries()) {
                canaries.join(route, canary);
            }
        }
        return new ArrayList<>(canaries.claims.values());
    }

    private void join(RouteModel route, CanaryModel canary) {
        Part part = unit.part(route.key());
        Claim primary = claims.get(canary.match());
        if (primary == null) {
            part.find(
                    Finding.error(
                            Reasons.CANARY_ORPHANED,
                            canary.field(),
                            isCanary(canary)
                                    + ", which no Ingress has a rule for; write one with the same host, path and pathType and without"
                                    + " the annotation gatehouse.dev/canary, or remove the annotation here. Until then it gets no requests"));
            return;
        }
        Optional<Finding> problem = problem(route.key(), canary, primary);
        if (problem.isPresent()) {
            part.find(problem.get());
            return;
        }
        if (!rules.serves(route.key(), canary.backend(), part)) {
            return;
        }
        joined.put(canary.match(), route);
        part.shard(ShardId.host(host));
        part.served();
        for (RuleModel rule : canary.join(primary.rule(), route.key())) {
            Claim claim = new Claim(primary.route(), rule, claims.size());
            if (rule.match().equals(canary.match())) {
                claims.put(canary.match(), claim);
                continue;
            }
            Claim first = claims.putIfAbsent(rule.match(), claim);
            if (first != null) {
                part.find(Finding.error(
                        Reasons.HOST_PATH_TAKEN,
                        canary.field(),
                        "asks for '" + rule.match() + "' of the host " + host + ", which the "
                                + first.route().key() + " (" + first.rule().field()
                                + ") has a rule for; choose another header or cookie, or change it there"));
            }
        }
    }

    private String isCanary(CanaryModel canary) {
        return "is a canary of '" + canary.match() + "' of the host " + host;
    }

    /** Why it cannot join its primary; empty if it can. */
    private Optional<Finding> problem(ObjectKey route, CanaryModel canary, Claim primary) {
        String what = isCanary(canary);
        ObjectKey owner = primary.route().key();
        if (owner.kind() != Kind.INGRESS) {
            return Optional.of(Finding.error(
                    Reasons.CANARY_ORPHANED,
                    canary.field(),
                    what + ", which the " + owner + " has (" + primary.rule().field()
                            + "): a ProxyRoute names all its backends itself; write this one there, with a weight"
                            + " or in a rule with a header"));
        }
        if (!owner.namespace().equals(route.namespace())) {
            return Optional.of(Finding.error(
                    Reasons.CANARY_ORPHANED,
                    canary.field(),
                    what + ", which the " + owner
                            + " of another namespace has; only Ingresses of that namespace can be its canaries"));
        }
        if (primary.rule().backends().getFirst() instanceof BackendModel.Unserved) {
            return Optional.of(Finding.error(
                    Reasons.CANARY_ORPHANED,
                    canary.field(),
                    what + ", and the annotations of the " + owner
                            + " cannot be applied to requests; mend them there. Until then it gets no requests"));
        }
        return Optional.ofNullable(joined.get(canary.match()))
                .map(
                        other -> Finding.error(
                                Reasons.HOST_PATH_TAKEN,
                                canary.field(),
                                what + ", as the older " + other.key()
                                        + " is, and there can be one; remove one of them. Until then this one gets no requests"));
    }
}
