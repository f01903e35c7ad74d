package dev.gatehouse.controller.graph;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.Meta;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.RouteModel;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which routes contribute to which host, and which objects a host looked at when it was compiled. Every answer is one
 * look-up deep: a host depends on objects, never on another host. Not safe to share between threads.
 */
public final class RouteGraph {

    private final Map<HostKey, TreeMap<Meta, RouteModel>> contributors = new HashMap<>();
    private final Map<ObjectKey, Placement> placements = new HashMap<>();
    private final Map<ObjectKey, Set<HostKey>> referring = new HashMap<>();
    private final Map<HostKey, Set<ObjectKey>> lookedAt = new HashMap<>();
    private final Set<ObjectKey> abandoned = new HashSet<>();

    private record Placement(RouteModel route, FleetKey fleet) {

        boolean asks(HostKey host) {
            return fleet.equals(host.fleet())
                    && (host.isFleet()
                            ? route.globalDefault().isPresent()
                            : route.hosts().containsKey(host.host()));
        }

        Set<HostKey> hosts() {
            Set<HostKey> hosts = new HashSet<>();
            for (String host : route.hosts().keySet()) {
                hosts.add(new HostKey(fleet, host));
            }
            if (route.globalDefault().isPresent()) {
                hosts.add(HostKey.ofFleet(fleet));
            }
            return hosts;
        }
    }

    /**
     * Lets a version of a route contribute to the hosts of a fleet, in place of the version before it.
     *
     * @param labelsCount whether something selects routes of its namespace by their labels
     * @return the hosts that may look different now; hosts for which both versions ask the same are not among them
     */
    public Set<HostKey> place(RouteModel route, FleetKey fleet, boolean labelsCount) {
        Placement next = new Placement(route, fleet);
        Placement before = placements.put(route.key(), next);
        boolean selectedAlike =
                before == null || !labelsCount || before.route.labels().equals(route.labels());
        Set<HostKey> dirty = new HashSet<>();
        if (before != null) {
            for (HostKey host : before.hosts()) {
                drop(host, before.route.meta());
                if (!next.asks(host)) {
                    dirty.add(host);
                }
            }
        }
        for (HostKey host : next.hosts()) {
            contributors.computeIfAbsent(host, h -> new TreeMap<>(Meta.BY_AGE)).put(route.meta(), route);
            if (before == null || !selectedAlike || !before.asks(host) || !sameFor(host, before.route, route)) {
                dirty.add(host);
            }
        }
        return dirty;
    }

    /**
     * Takes a route out.
     *
     * @return the hosts it contributed to
     */
    public Set<HostKey> remove(ObjectKey route) {
        Placement before = placements.remove(route);
        if (before == null) {
            return Set.of();
        }
        Set<HostKey> hosts = before.hosts();
        hosts.forEach(host -> drop(host, before.route.meta()));
        return hosts;
    }

    /** The routes that contribute to a host, oldest first. */
    public Collection<RouteModel> contributors(HostKey host) {
        TreeMap<Meta, RouteModel> found = contributors.get(host);
        return found == null ? Collections.emptyList() : Collections.unmodifiableCollection(found.values());
    }

    /**
     * The hosts of the routes of a namespace that have certain labels. Looks at all routes of the namespace: for events that are
     * rare, such as a change of a policy that is a default.
     */
    public Set<HostKey> hostsOf(String namespace, Predicate<Map<String, String>> labels) {
        Set<HostKey> hosts = new HashSet<>();
        placements.forEach((key, placement) -> {
            if (key.namespace().equals(namespace) && labels.test(placement.route.labels())) {
                hosts.addAll(placement.hosts());
            }
        });
        return hosts;
    }

    /** The hosts with a certain name, in every fleet; what belongs to a whole fleet goes by {@code *}. Looks at all of them. */
    public Set<HostKey> hosts(Predicate<String> name) {
        Set<HostKey> hosts = new HashSet<>();
        for (HostKey host : contributors.keySet()) {
            if (name.test(host.isFleet() ? "*" : host.host())) {
                hosts.add(host);
            }
        }
        return hosts;
    }

    /** Records what a host looked at, existing or not, in place of what it looked at before. */
    public void looked(HostKey host, Set<ObjectKey> objects) {
        Set<ObjectKey> before = objects.isEmpty() ? lookedAt.remove(host) : lookedAt.put(host, objects);
        if (before != null) {
            for (ObjectKey object : before) {
                if (!objects.contains(object)) {
                    unrefer(object, host);
                }
            }
        }
        for (ObjectKey object : objects) {
            if (before == null || !before.contains(object)) {
                referring.computeIfAbsent(object, o -> new HashSet<>()).add(host);
            }
        }
    }

    /** The hosts that looked at an object. */
    public Set<HostKey> referring(ObjectKey object) {
        return Set.copyOf(referring.getOrDefault(object, Set.of()));
    }

    /** Whether any host looked at an object. */
    public boolean isReferred(ObjectKey object) {
        return referring.containsKey(object);
    }

    /** The objects whose last reference went since this was asked last; some may have a new one. */
    public Set<ObjectKey> takeAbandoned() {
        Set<ObjectKey> all = Set.copyOf(abandoned);
        abandoned.clear();
        return all;
    }

    private void drop(HostKey host, Meta route) {
        TreeMap<Meta, RouteModel> found = contributors.get(host);
        if (found != null) {
            found.remove(route);
            if (found.isEmpty()) {
                contributors.remove(host);
            }
        }
    }

    private void unrefer(ObjectKey object, HostKey host) {
        Set<HostKey> hosts = referring.get(object);
        if (hosts != null) {
            hosts.remove(host);
            if (hosts.isEmpty()) {
                referring.remove(object);
                abandoned.add(object);
            }
        }
    }

    private static boolean sameFor(HostKey host, RouteModel before, RouteModel after) {
        if (Meta.BY_AGE.compare(before.meta(), after.meta()) != 0) {
            return false;
        }
        if (host.isFleet()) {
            return before.globalDefault().equals(after.globalDefault());
        }
        HostRules rules = before.hosts().get(host.host());
        return rules != null && rules.equals(after.hosts().get(host.host()));
    }
}
