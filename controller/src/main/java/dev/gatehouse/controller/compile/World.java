package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.graph.RouteGraph;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.IngressClassModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.controller.model.UnreadableModel;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
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
 * is served and that is deleted or becomes unusable. What is held back ({@link BlastRadius}) is an exception until it is released, and
 * so is a host that waits for a Secret to be read ({@link Outcome#unread}) until it was.
 *
 * <p>Pure: no clock, no thread, no input or output. Not safe to share between threads.
 */
public final class World {

    private final WorldOptions options;
    private final Objects objects = new Objects();
    private final Map<ObjectKey, Refusal> refusals = new HashMap<>();
    private final RouteGraph graph = new RouteGraph();
    private final SecretBodies bodies;
    private final PendingHosts pending;
    private final Map<ObjectKey, Selection> selections = new HashMap<>();
    private final TreeMap<FleetKey, FleetState> fleets = new TreeMap<>();
    private final KeptCertificates kept = new KeptCertificates();
    private final UpstreamClaims claims = new UpstreamClaims();
    private final PolicyUse policyUse = new PolicyUse();
    private final Rollbacks rollbacks;
    private final SharedShards shared;
    private final VerdictBook verdicts;
    private final UnitCompiler compiler;
    private ClassTable classTable;

    public World(WorldOptions options) {
        this.options = options;
        Statuses statuses = new Statuses(objects, options.namespace());
        this.bodies = new SecretBodies(objects, options.readsSecrets());
        this.pending = new PendingHosts(bodies, graph);
        this.shared = new SharedShards(objects, claims, kept, statuses, bodies);
        this.rollbacks = new Rollbacks(objects, shared, options.namespace());
        this.compiler = new UnitCompiler(objects, graph, claims, kept, statuses, options.standalone());
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

    /** The hosts that go on as they are, since a Secret that they refer to has to be read first. */
    public Set<HostKey> pending() {
        return pending.hosts();
    }

    /** The Secrets that are to be read, or read again: what there was of them is served until then. */
    public Set<ObjectKey> wanted() {
        return bodies.wanted();
    }

    /** What is kept of a Secret. */
    Optional<SecretModel> secret(ObjectKey key) {
        return objects.secret(key);
    }

    /** What all batches until now have led to, as if they had been one. */
    public Outcome everything() {
        Map<FleetKey, FleetUpdate> updates = new TreeMap<>();
        fleets.forEach((key, fleet) -> updates.put(
                key,
                new FleetUpdate(
                        Snapshot.empty(), fleet.snapshot(), fleet.snapshot().sorted(), List.of())));
        return new Outcome(updates, Set.of(), Map.copyOf(verdicts.all()), Set.of(), Set.of(), Map.of());
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
                case Change.Refuse(ObjectKey key, String why) -> refuse(key, why, dirty);
                case Change.Expire(ObjectKey key) -> expire(key, dirty);
            }
        }
        return settle(dirty);
    }

    /** Takes over what session tickets or sticky sessions are made with from now on; without any, fleets have none. */
    public Outcome renew(SharedKeys next) {
        compiler.renew(next);
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
        Set<ObjectKey> unread = bodies.settle(graph, shared);
        Map<FleetKey, FleetUpdate> updates = new TreeMap<>();
        fleets.forEach((key, fleet) -> fleet.seal().ifPresent(update -> updates.put(key, update)));
        Map<ObjectKey, Verdict> changed = new TreeMap<>();
        Set<ObjectKey> gone = new TreeSet<>();
        dirty.verdicts.addAll(pending.takePostponed());
        for (ObjectKey object : dirty.verdicts) {
            boolean waits = !refusals.containsKey(object)
                    && pending.concern(objects.get(object), Optional.ofNullable(selections.get(object)));
            if (waits) {
                pending.postpone(object);
                continue;
            }
            Optional<Verdict> verdict = verdict(object);
            if (verdicts.record(object, verdict)) {
                verdict.ifPresentOrElse(v -> changed.put(object, v), () -> gone.add(object));
            }
        }
        return new Outcome(updates, removedFleets, changed, gone, unread, Map.copyOf(dirty.failures));
    }

    /** Holds back what would take too many hosts away at once, or lets go what was held back. */
    private void decide(FleetState fleet, List<String> heldBefore, Dirty dirty) {
        for (String host : fleet.decide(options.blastRadius(), dirty.released.contains(fleet.key()))) {
            pending.look(new HostKey(fleet.key(), host), fleet);
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
        if (model instanceof SecretModel secret && bodies.waitsFor(secret, graph.isReferred(key))) {
            return;
        }
        replace(model, dirty);
    }

    private void replace(ResourceModel model, Dirty dirty) {
        ObjectKey key = model.key();
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
            dirty.touch(model, objects, graph);
            before.ifPresent(b -> dirty.touch(b, objects, graph));
        }
    }

    /** A Secret that is wanted cannot be read: whoever refers to it is told, and it goes by what holds for broken ones. */
    private void refuse(ObjectKey key, String why, Dirty dirty) {
        if (bodies.wants(key)) {
            objects.secret(key)
                    .ifPresent(secret -> replace(SecretModel.unreadable(secret.meta(), secret.isTls(), why), dirty));
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
        bodies.forget(key);
        Optional<ResourceModel> before = objects.remove(key);
        before.ifPresent(gone -> dirty.touch(gone, objects, graph));
        before.ifPresent(gone -> dirty.rolled(rollbacks.of(gone), fleets));
        kept.changed(key, before.flatMap(World::secret), Optional.empty(), graph.isReferred(key));
    }

    private static Optional<SecretModel> secret(ResourceModel model) {
        return model instanceof SecretModel secret ? Optional.of(secret) : Optional.empty();
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
            pending.remove(host);
            return;
        }
        Unit before = fleet.compiled(host.host());
        Unit after = rollbacks.instead(host, compiler.compile(host, before, dirty));
        if (pending.waits(host, before, after)) {
            pending.look(host, fleet);
            return;
        }
        if (host.isFleet()) {
            fleet.takeAtOnce(host.host(), after);
        } else {
            fleet.take(host.host(), after);
        }
        pending.look(host, fleet);
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
