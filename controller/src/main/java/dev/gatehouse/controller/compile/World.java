package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.graph.RouteGraph;
import dev.gatehouse.controller.model.EndpointSliceModel;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.HostGrantModel;
import dev.gatehouse.controller.model.IngressClassModel;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.ProxyPolicyModel;
import dev.gatehouse.controller.model.ReferenceGrantModel;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.controller.model.UnreadableModel;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All objects, and the snapshot of every fleet compiled from them. A batch of changes compiles again what it concerns and
 * nothing else; the result is byte for byte what compiling everything anew would give, whatever the order of the changes.
 *
 * <p>A version of an object that cannot be understood as a whole is refused and the version before it keeps serving. For
 * such an object "everything anew" means its last good version, then the bad one. So it is with a Secret whose certificate
 * is served and that is deleted or becomes unusable. What is held back ({@link BlastRadius}) is an exception until it is released.
 *
 * <p>Pure: no clock, no thread, no input or output. Not safe to share between threads.
 */
public final class World {

    private final WorldOptions options;
    private final Objects objects = new Objects();
    private final Map<ObjectKey, Refusal> refusals = new HashMap<>();
    private final RouteGraph graph = new RouteGraph();
    private final Map<ObjectKey, Selection> selections = new HashMap<>();
    private final TreeMap<FleetKey, FleetState> fleets = new TreeMap<>();
    private final KeptCertificates kept = new KeptCertificates();
    private final UpstreamClaims claims = new UpstreamClaims();
    private final PolicyUse policyUse = new PolicyUse();
    private final Rollbacks rollbacks;
    private final SharedShards shared;
    private final VerdictBook verdicts;
    private final HostCompiler hostCompiler;
    private final FleetCompiler fleetCompiler;
    private ClassTable classTable;
    private final Map<KeyPurpose, SharedKeys> keys = new EnumMap<>(KeyPurpose.class);

    public World(WorldOptions options) {
        this.options = options;
        RuleCompiler rules =
                new RuleCompiler(new Backends(objects, claims, options.standalone()), new Policies(objects));
        Statuses statuses = new Statuses(objects, options.namespace());
        this.rollbacks = new Rollbacks(objects, options.namespace());
        this.shared = new SharedShards(objects, claims, kept, statuses);
        Certificates certificates = new Certificates(objects, kept, statuses);
        HostGrants grants = new HostGrants(objects);
        this.hostCompiler = new HostCompiler(rules, certificates, new ServerTlsCompiler(objects), grants);
        this.fleetCompiler = new FleetCompiler(rules, certificates, grants);
        this.classTable = ClassTable.of(options, List.of(), Set.of(options.defaultFleet()));
        this.verdicts = new VerdictBook();
        FleetState defaultFleet = new FleetState(options.defaultFleet(), shared);
        fleets.put(options.defaultFleet(), defaultFleet);
        compile(HostKey.ofFleet(options.defaultFleet()), new Dirty());
        defaultFleet.seal();
    }

    /** The fleets that exist. */
    public Set<FleetKey> fleets() {
        return Collections.unmodifiableSet(fleets.keySet());
    }

    /** The current snapshot; the empty one for a fleet that does not exist. */
    public Snapshot snapshot(FleetKey fleet) {
        FleetState state = fleets.get(fleet);
        return state == null ? Snapshot.empty() : state.snapshot();
    }

    /** The current verdicts. */
    public Map<ObjectKey, Verdict> verdicts() {
        return verdicts.all();
    }

    /** The Secrets whose last good certificate is served, since what they hold now, if they exist, cannot be. */
    public Set<ObjectKey> kept() {
        return kept.keys();
    }

    /** All objects that are served in a version which they have no longer: those, and the ones that cannot be understood. */
    public Set<ObjectKey> quarantined() {
        Set<ObjectKey> all = new TreeSet<>(kept.keys());
        refusals.keySet().stream().filter(key -> objects.get(key).isPresent()).forEach(all::add);
        return all;
    }

    /** The hosts of a fleet that a change would take away, and that are held back. In order. */
    public List<String> held(FleetKey fleet) {
        FleetState state = fleets.get(fleet);
        return state == null ? List.of() : state.held();
    }

    /** Takes over the changes, in order. All of them together make one new snapshot of each fleet they concern. */
    public Outcome apply(List<Change> changes) {
        Dirty dirty = new Dirty();
        for (Change change : changes) {
            switch (change) {
                case Change.Upsert(ResourceModel model) -> upsert(model, dirty);
                case Change.Delete(ObjectKey key) -> delete(key, dirty);
                case Change.Expire(ObjectKey key) -> expire(key, dirty);
            }
        }
        return settle(dirty);
    }

    /** Takes over what session tickets or sticky sessions are made with from now on; without any, fleets have none. */
    public Outcome renew(SharedKeys next) {
        keys.put(next.purpose(), next);
        Dirty dirty = new Dirty();
        fleets.keySet().forEach(fleet -> dirty.hosts.add(HostKey.ofFleet(fleet)));
        return settle(dirty);
    }

    /** What is held back for a fleet has stood long enough: it takes effect. */
    public Outcome release(FleetKey fleet) {
        Dirty dirty = new Dirty();
        dirty.released.add(fleet);
        return settle(dirty);
    }

    /** Time has passed: hosts that go from now on do not count together with those that went before. */
    public void forgetLosses() {
        fleets.values().forEach(FleetState::forgetLosses);
    }

    private Outcome settle(Dirty dirty) {
        Set<FleetKey> removedFleets = dirty.classes ? reclassify(dirty) : Set.of();
        dirty.routes.forEach(route -> place(route, dirty));
        dirty.sources.forEach(source -> dirty.hosts.addAll(graph.referring(source)));
        Map<FleetKey, List<String>> heldBefore = new HashMap<>();
        fleets.forEach((key, fleet) -> heldBefore.put(key, fleet.held()));
        dirty.hosts.forEach(host -> compile(host, dirty));
        fleets.values().forEach(fleet -> decide(fleet, heldBefore.getOrDefault(fleet.key(), List.of()), dirty));
        for (ObjectKey source : dirty.sources) {
            for (SharedShards.Refreshed refreshed : shared.refresh(source)) {
                fleets.values().forEach(fleet -> fleet.refresh(refreshed));
            }
        }
        kept.retain(graph::isReferred);
        Map<FleetKey, FleetUpdate> updates = new TreeMap<>();
        fleets.forEach((key, fleet) -> fleet.seal().ifPresent(update -> updates.put(key, update)));
        Map<ObjectKey, Verdict> changed = new TreeMap<>();
        Set<ObjectKey> gone = new TreeSet<>();
        for (ObjectKey object : dirty.verdicts) {
            Optional<Verdict> verdict = verdict(object);
            if (verdicts.record(object, verdict)) {
                verdict.ifPresentOrElse(v -> changed.put(object, v), () -> gone.add(object));
            }
        }
        return new Outcome(updates, removedFleets, changed, gone, Map.copyOf(dirty.failures));
    }

    /** Holds back what would take too many hosts away at once, or lets go what was held back. */
    private void decide(FleetState fleet, List<String> heldBefore, Dirty dirty) {
        for (String host : fleet.decide(options.blastRadius(), dirty.released.contains(fleet.key()))) {
            graph.looked(new HostKey(fleet.key(), host), fleet.unit(host).lookedAt());
        }
        List<String> heldNow = fleet.held();
        if (!heldNow.equals(heldBefore)) {
            dirty.verdicts.add(fleet.key().object());
            Set<String> turned = new HashSet<>(heldBefore);
            turned.addAll(heldNow);
            turned.forEach(
                    host -> dirty.verdicts.addAll(fleet.compiled(host).parts().keySet()));
        }
    }

    private void upsert(ResourceModel model, Dirty dirty) {
        ObjectKey key = model.key();
        dirty.verdicts.add(key);
        List<Finding> refusal = switch (model) {
            case UnreadableModel unreadable -> unreadable.findings();
            case IngressClassModel ingressClass -> ClassTable.refusal(options, ingressClass);
            default -> List.of();
        };
        if (!refusal.isEmpty()) {
            // A new object of an old name inherits nothing from it.
            if (objects.get(key)
                    .filter(o -> !o.meta().uid().equals(model.meta().uid()))
                    .isPresent()) {
                delete(key, dirty);
            }
            refusals.put(key, new Refusal(model.meta(), refusal));
            return;
        }
        refusals.remove(key);
        Optional<ResourceModel> before = objects.put(model);
        before.ifPresent(b -> dirty.rolled(rollbacks.of(b), fleets));
        dirty.rolled(rollbacks.of(model), fleets);
        if (model instanceof ProxyFleetModel fleet && fleet.releases(before)) {
            dirty.released.add(fleet.fleet());
        }
        if (model instanceof SecretModel secret) {
            kept.changed(key, before.flatMap(World::secret), Optional.of(secret), graph.isReferred(key));
        }
        if (before.filter(model::equals).isEmpty()) {
            touch(model, dirty);
            before.ifPresent(b -> touch(b, dirty));
        }
    }

    /** The last good version of an object was kept for long enough. What is wrong with the newest is told as before. */
    private void expire(ObjectKey key, Dirty dirty) {
        Refusal refusal = refusals.get(key);
        if (refusal != null) {
            delete(key, dirty);
            refusals.put(key, refusal);
        } else if (kept.keys().contains(key)) {
            kept.drop(key);
            dirty.sources.add(key);
        }
    }

    private void delete(ObjectKey key, Dirty dirty) {
        dirty.verdicts.add(key);
        refusals.remove(key);
        Optional<ResourceModel> before = objects.remove(key);
        before.ifPresent(gone -> touch(gone, dirty));
        before.ifPresent(gone -> dirty.rolled(rollbacks.of(gone), fleets));
        kept.changed(key, before.flatMap(World::secret), Optional.empty(), graph.isReferred(key));
    }

    private static Optional<SecretModel> secret(ResourceModel model) {
        return model instanceof SecretModel secret ? Optional.of(secret) : Optional.empty();
    }

    private void touch(ResourceModel model, Dirty dirty) {
        switch (model) {
            case RouteModel route -> dirty.routes.add(route.key());
            case EndpointSliceModel slice -> slice.service().ifPresent(dirty.sources::add);
            case IngressClassModel c -> dirty.classes = true;
            case ProxyFleetModel fleet -> {
                dirty.classes = true;
                dirty.hosts.add(HostKey.ofFleet(fleet.fleet()));
            }
            case HostGrantModel grant -> {
                // The first one closes what it does not give, and the last one opens it.
                boolean all = objects.hostGrants().size() <= 1;
                dirty.hosts.addAll(graph.hosts(host -> all || grant.covers(host)));
            }
            case ReferenceGrantModel grant ->
                dirty.sources.add(ObjectKey.referenceGrants(grant.key().namespace()));
            case ProxyPolicyModel policy -> {
                dirty.sources.add(policy.key()); // who uses it
                if (policy.selector().isPresent()) { // who is to use it
                    dirty.hosts.addAll(graph.hostsOf(policy.key().namespace(), policy::selects));
                }
            }
            default -> dirty.sources.add(model.key());
        }
    }

    /** Classes or fleets changed: looks again at who is to serve what. */
    private Set<FleetKey> reclassify(Dirty dirty) {
        List<IngressClassModel> classes = new ArrayList<>();
        Set<FleetKey> existing = new TreeSet<>(Set.of(options.defaultFleet()));
        List<RouteModel> routes = new ArrayList<>();
        objects.forEach(model -> {
            switch (model) {
                case IngressClassModel c -> classes.add(c);
                case ProxyFleetModel fleet -> existing.add(fleet.fleet());
                case RouteModel route -> routes.add(route);
                default -> {}
            }
        });
        ClassTable next = ClassTable.of(options, classes, existing);
        if (next.equals(classTable)) {
            return Set.of();
        }
        classTable = next;
        classes.forEach(c -> dirty.verdicts.add(c.key()));
        for (RouteModel route : routes) {
            if (!next.select(route).equals(selections.get(route.key()))) {
                dirty.routes.add(route.key());
            }
        }
        Set<FleetKey> removed = new TreeSet<>(fleets.keySet());
        removed.removeAll(existing);
        for (FleetKey fleet : removed) {
            FleetState state = fleets.remove(fleet);
            if (state != null) {
                state.compiled().forEach(unit -> dirty.verdicts.addAll(policyUse.replace(unit, Unit.NOTHING)));
                state.close();
            }
        }
        for (FleetKey fleet : existing) {
            fleets.computeIfAbsent(fleet, f -> {
                dirty.hosts.add(HostKey.ofFleet(f));
                return new FleetState(f, shared);
            });
        }
        return removed;
    }

    private void place(ObjectKey key, Dirty dirty) {
        dirty.verdicts.add(key);
        if (!(objects.get(key).orElse(null) instanceof RouteModel route)) {
            if (!refusals.containsKey(key)) { // else it is known whose it was
                selections.remove(key);
            }
            dirty.hosts.addAll(graph.remove(key));
            dirty.sources.addAll(claims.replace(key, Optional.empty()));
            return;
        }
        Selection selection = classTable.select(route);
        selections.put(key, selection);
        boolean labelsCount = !objects.defaultPolicies(key.namespace()).isEmpty();
        dirty.hosts.addAll(
                selection instanceof Selection.Serve(FleetKey fleet)
                        ? graph.place(route, fleet, labelsCount)
                        : graph.remove(key));
        dirty.sources.addAll(
                claims.replace(key, selection instanceof Selection.Serve ? Optional.of(route) : Optional.empty()));
    }

    private void compile(HostKey host, Dirty dirty) {
        FleetState fleet = fleets.get(host.fleet());
        if (fleet == null) {
            graph.looked(host, Set.of());
            return;
        }
        Unit before = fleet.compiled(host.host());
        Unit after = rollbacks.instead(host, compiled(host, fleet, before, dirty));
        if (host.isFleet()) {
            fleet.takeAtOnce(host.host(), after);
        } else {
            fleet.take(host.host(), after);
        }
        // What waits looks at its own, and what is in force meanwhile at what it was made of.
        Set<ObjectKey> looked = new HashSet<>(after.lookedAt());
        looked.addAll(fleet.unit(host.host()).lookedAt());
        graph.looked(host, looked);
        dirty.verdicts.addAll(policyUse.replace(before, after));
        Set<ObjectKey> concerned = new HashSet<>(before.parts().keySet());
        concerned.addAll(after.parts().keySet());
        for (ObjectKey object : concerned) {
            if (!java.util.Objects.equals(
                    before.parts().get(object), after.parts().get(object))) {
                dirty.verdicts.add(object);
            }
        }
    }

    /** A mistake of ours that comes to light with one host is no reason to stop for the others: what it served stays. */
    private Unit compiled(HostKey host, FleetState fleet, Unit before, Dirty dirty) {
        try {
            return host.isFleet()
                    ? fleetCompiler.compile(
                            fleet.key(),
                            objects.get(fleet.key().object()).map(ProxyFleetModel.class::cast),
                            graph.contributors(host),
                            keys)
                    : hostCompiler.compile(host.host(), graph.contributors(host));
        } catch (RuntimeException e) {
            dirty.failures.put(host, e);
            return before.stale(
                    graph.contributors(host).stream().map(RouteModel::key).toList(), Holding.notCompiled(host, e));
        }
    }

    private Unit said(HostKey host) {
        FleetState fleet = fleets.get(host.fleet());
        return fleet == null ? Unit.NOTHING : Holding.said(host, fleet, rollbacks);
    }

    private Optional<Verdict> verdict(ObjectKey key) {
        return Verdicts.of(
                key,
                objects.get(key),
                Optional.ofNullable(refusals.get(key)),
                Optional.ofNullable(selections.get(key)),
                classTable,
                policyUse::routes,
                this::said);
    }
}
