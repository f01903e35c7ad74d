package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ObjectKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How many routes use each policy, kept up to date at the cost of what changed. */
final class PolicyUse {

    /** By policy and route: on how many hosts. */
    private final Map<ObjectKey, Map<ObjectKey, Integer>> hosts = new HashMap<>();

    /** Takes over what a host, or a fleet, was compiled to; the policies whose number of routes is another now. */
    Set<ObjectKey> replace(Unit before, Unit after) {
        Map<ObjectKey, Integer> counts = new HashMap<>();
        before.parts().forEach((route, part) -> part.policies().forEach(policy -> counts.put(policy, routes(policy))));
        after.parts().forEach((route, part) -> part.policies().forEach(policy -> counts.put(policy, routes(policy))));
        before.parts().forEach((route, part) -> part.policies().forEach(policy -> add(policy, route, -1)));
        after.parts().forEach((route, part) -> part.policies().forEach(policy -> add(policy, route, 1)));
        Set<ObjectKey> changed = new HashSet<>();
        counts.forEach((policy, count) -> {
            if (routes(policy) != count) {
                changed.add(policy);
            }
        });
        return changed;
    }

    private void add(ObjectKey policy, ObjectKey route, int difference) {
        Map<ObjectKey, Integer> routes = hosts.computeIfAbsent(policy, p -> new HashMap<>());
        routes.merge(route, difference, (a, b) -> a + b == 0 ? null : a + b);
        if (routes.isEmpty()) {
            hosts.remove(policy);
        }
    }

    /** Routes that use it on some host. */
    int routes(ObjectKey policy) {
        return hosts.getOrDefault(policy, Map.of()).size();
    }
}
