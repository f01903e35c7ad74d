package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.IngressClassModel;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.Meta;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.ProxyPolicyModel;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.snapshot.ShardId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** Puts together what is to be said about one object. */
final class Verdicts {

    private Verdicts() {}

    /**
     * The verdict on an object.
     *
     * @param model the version that serves
     * @param refusal of a later version
     * @param users how many routes use a policy
     * @param units what was compiled for a host
     * @return empty if there is nothing to say: it is gone, of a kind nobody asks about, or a class of somebody else
     */
    static Optional<Verdict> of(
            ObjectKey key,
            Optional<ResourceModel> model,
            Optional<Refusal> refusal,
            Optional<Selection> selection,
            ClassTable classes,
            ToIntFunction<ObjectKey> users,
            Function<HostKey, Unit> units) {
        if (refusal.isPresent()) {
            return refused(key, model, refusal.get(), selection, users.applyAsInt(key));
        }
        if (model.isEmpty()) {
            return Optional.empty();
        }
        return switch (model.get()) {
            case RouteModel route -> selection.map(s -> route(route, s, units));
            case IngressClassModel ingressClass
            when classes.isOurs(ingressClass) -> {
                List<Finding> findings = classes.findings(ingressClass);
                yield Optional.of(verdict(
                        ingressClass.meta(), Optional.of(classes.fleetOf(ingressClass)), true, findings, Set.of()));
            }
            case ProxyFleetModel fleet -> {
                Unit unit = units.apply(HostKey.ofFleet(fleet.fleet()));
                Gathered gathered = new Gathered(fleet.findings());
                gathered.add(unit.part(fleet.key()));
                yield Optional.of(
                        verdict(fleet.meta(), Optional.of(fleet.fleet()), true, gathered.findings(), gathered.shards));
            }
            case ProxyPolicyModel policy ->
                Optional.of(new Verdict(
                        key,
                        policy.meta().uid(),
                        policy.meta().generation(),
                        true,
                        Optional.empty(),
                        policy.usable(),
                        true,
                        policy.findings(),
                        Set.of(),
                        users.applyAsInt(key)));
            default -> Optional.empty();
        };
    }

    private static Verdict route(RouteModel route, Selection selection, Function<HostKey, Unit> units) {
        return switch (selection) {
            case Selection.Foreign(List<Finding> findings) ->
                new Verdict(
                        route.key(),
                        route.meta().uid(),
                        route.meta().generation(),
                        false,
                        Optional.empty(),
                        false,
                        true,
                        findings,
                        Set.of(),
                        0);
            case Selection.Refuse(List<Finding> findings) -> {
                Gathered gathered = new Gathered(route.findings());
                gathered.findings.addAll(findings);
                yield verdict(route.meta(), Optional.empty(), false, gathered.findings(), Set.of());
            }
            case Selection.Serve(FleetKey fleet) -> served(route, fleet, units);
        };
    }

    private static Verdict served(RouteModel route, FleetKey fleet, Function<HostKey, Unit> units) {
        Gathered gathered = new Gathered(route.findings());
        for (String host : route.hosts().keySet()) {
            gathered.add(units.apply(new HostKey(fleet, host)).part(route.key()));
        }
        if (route.globalDefault().isPresent()) {
            gathered.add(units.apply(HostKey.ofFleet(fleet)).part(route.key()));
        }
        // Not accepted is an object of which nothing is left; one that lost a part is accepted, and told about the
        // part.
        boolean lost = gathered.findings.stream()
                .anyMatch(f -> f.severity() == Severity.ERROR && !Reasons.isReference(f.reason()));
        return verdict(
                route.meta(), Optional.of(fleet), gathered.served > 0 || !lost, gathered.findings(), gathered.shards);
    }

    private static Optional<Verdict> refused(
            ObjectKey key, Optional<ResourceModel> model, Refusal refusal, Optional<Selection> selection, int users) {
        boolean ours = selection.map(s -> !(s instanceof Selection.Foreign)).orElse(key.kind() != Kind.INGRESS);
        boolean told = key.kind() == Kind.INGRESS
                || key.kind() == Kind.PROXY_ROUTE
                || key.kind() == Kind.INGRESS_CLASS
                || key.kind() == Kind.PROXY_FLEET
                || key.kind() == Kind.PROXY_POLICY;
        if (!told) {
            return Optional.empty();
        }
        List<Finding> findings = new ArrayList<>();
        for (Finding finding : refusal.findings()) {
            findings.add(
                    model.isEmpty()
                            ? finding
                            : new Finding(
                                    finding.severity(),
                                    finding.reason(),
                                    finding.field(),
                                    finding.message() + ". The version before it keeps serving"));
        }
        Optional<FleetKey> fleet =
                selection.flatMap(s -> s instanceof Selection.Serve(FleetKey f) ? Optional.of(f) : Optional.empty());
        Meta meta = refusal.meta();
        return Optional.of(new Verdict(
                meta.key(),
                meta.uid(),
                meta.generation(),
                ours,
                fleet,
                false,
                true,
                List.copyOf(findings),
                Set.of(),
                users));
    }

    private static Verdict verdict(
            Meta meta, Optional<FleetKey> fleet, boolean accepted, List<Finding> findings, Collection<ShardId> shards) {
        boolean resolved = findings.stream().noneMatch(f -> Reasons.isReference(f.reason()));
        return new Verdict(
                meta.key(),
                meta.uid(),
                meta.generation(),
                true,
                fleet,
                accepted,
                resolved,
                findings,
                Set.copyOf(shards),
                0);
    }

    /** What several units found of one object, each finding once. */
    private static final class Gathered {
        private final LinkedHashSet<Finding> findings;
        private final LinkedHashSet<Mismatch> mismatches = new LinkedHashSet<>();
        private final Set<ShardId> shards = new TreeSet<>();
        private int served;

        Gathered(List<Finding> own) {
            this.findings = new LinkedHashSet<>(own);
        }

        void add(Optional<Part.Built> built) {
            built.ifPresent(part -> {
                findings.addAll(part.findings());
                mismatches.addAll(part.mismatches());
                shards.addAll(part.shards());
                served += part.served();
            });
        }

        List<Finding> findings() {
            LinkedHashSet<Finding> all = new LinkedHashSet<>(findings);
            all.addAll(Mismatch.findings(mismatches));
            return List.copyOf(all);
        }
    }
}
