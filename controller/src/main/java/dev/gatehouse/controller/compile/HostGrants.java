package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.HostGrantModel;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.NamespaceModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RouteModel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Says which namespaces may use a host. While there is no HostGrant at all, every one may. */
final class HostGrants {

    /** So many namespaces are named in a message. */
    private static final int SHOWN = 8;

    private final Objects objects;

    HostGrants(Objects objects) {
        this.objects = objects;
    }

    /** Whether a route may not use a host that it names; a finding says which grant it lacks. */
    boolean refuses(String host, String field, RouteModel route, Part part) {
        if (objects.hostGrants().isEmpty()) {
            return false;
        }
        String namespace = route.key().namespace();
        ObjectKey key = new ObjectKey(Kind.NAMESPACE, "", namespace);
        part.look(key);
        Map<String, String> labels =
                objects.get(key).orElse(null) instanceof NamespaceModel model ? model.labels() : Map.of();
        Set<String> others = new TreeSet<>();
        for (HostGrantModel grant : objects.hostGrants()) {
            if (grant.covers(host)) {
                boolean selected = grant.selector()
                        .filter(selector -> labels.entrySet().containsAll(selector.entrySet()))
                        .isPresent();
                if (selected || grant.namespaces().contains(namespace)) {
                    return false;
                }
                others.add(grant.key().name());
            }
        }
        part.find(Finding.error(
                Reasons.HOST_NOT_GRANTED,
                field,
                "asks for the host " + host + ", which no HostGrant gives to the namespace " + namespace
                        + (others.isEmpty() ? "" : "; " + names(others) + " gives it to others")
                        + ". Ask whoever runs the cluster for a HostGrant with hosts: [\"" + host
                        + "\"] and namespaces: [" + namespace + "]"));
        return true;
    }

    private static String names(Set<String> grants) {
        List<String> shown = grants.stream().limit(SHOWN).toList();
        return "the HostGrant " + String.join(", ", shown)
                + (grants.size() > SHOWN ? " and " + (grants.size() - SHOWN) + " more" : "");
    }
}
