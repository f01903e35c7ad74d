package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.BackendModel;
import dev.gatehouse.controller.model.BackendModel.ServiceBackend;
import dev.gatehouse.controller.model.EndpointTerms;
import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.Meta;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.controller.model.ServiceModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What served routes say about the endpoints of Services. That is kept by endpoint, whatever the host, so of several who say
 * something about one aspect of a port the oldest object decides, and within an object the first rule
 * (docs/decisions/0018). Not safe to share between threads.
 */
final class UpstreamClaims {

    private final Map<ObjectKey, TreeMap<Meta, List<Claim>>> byService = new HashMap<>();
    private final Map<ObjectKey, Placed> routes = new HashMap<>();

    /** Under which age a route's claims are kept, and for which Services. */
    private record Placed(Meta meta, Set<ObjectKey> services) {}

    /**
     * What one rule says about one backend.
     *
     * @param route whose rule it is
     * @param field of the rule
     */
    record Claim(ObjectKey route, String field, ServiceBackend backend, EndpointTerms terms) {}

    /** Takes over what a route says now; empty if it is served no longer. Returns the Services of which anything changed. */
    Set<ObjectKey> replace(ObjectKey key, Optional<RouteModel> route) {
        Map<ObjectKey, List<Claim>> next = new HashMap<>();
        for (Claim claim : route.map(UpstreamClaims::claims).orElse(List.of())) {
            next.computeIfAbsent(claim.backend().service(), service -> new ArrayList<>())
                    .add(claim);
        }
        Map<ObjectKey, List<Claim>> last = remove(key);
        Set<ObjectKey> changed = new HashSet<>();
        if (!next.isEmpty() && route.isPresent()) {
            Meta meta = route.get().meta();
            routes.put(key, new Placed(meta, Set.copyOf(next.keySet())));
            next.forEach((service, claims) -> byService
                    .computeIfAbsent(service, any -> new TreeMap<>(Meta.BY_AGE))
                    .put(meta, claims));
        }
        Stream.concat(last.keySet().stream(), next.keySet().stream())
                .filter(service -> !next.getOrDefault(service, List.of()).equals(last.get(service)))
                .forEach(changed::add);
        return changed;
    }

    private Map<ObjectKey, List<Claim>> remove(ObjectKey key) {
        Placed before = routes.remove(key);
        if (before == null) {
            return Map.of();
        }
        Map<ObjectKey, List<Claim>> removed = new HashMap<>();
        for (ObjectKey service : before.services()) {
            byService.computeIfPresent(service, (same, claims) -> {
                removed.put(service, claims.remove(before.meta()));
                return claims.isEmpty() ? null : claims;
            });
        }
        return removed;
    }

    private static List<Claim> claims(RouteModel route) {
        LinkedHashSet<Claim> claims = new LinkedHashSet<>();
        for (HostRules host : route.hosts().values()) {
            host.rules().forEach(rule -> claims(route, rule, claims));
            host.defaultRule().ifPresent(rule -> claims(route, rule, claims));
        }
        route.globalDefault().ifPresent(rule -> claims(route, rule, claims));
        return List.copyOf(claims);
    }

    private static void claims(RouteModel route, RuleModel rule, Set<Claim> claims) {
        if (rule.resilience().endpoints().isNone()) {
            return;
        }
        for (BackendModel backend : rule.backends()) {
            // Consent to be referred to is none to decide for the others who refer to it.
            if (backend instanceof ServiceBackend service
                    && service.service().namespace().equals(route.key().namespace())) {
                claims.add(new Claim(
                        route.key(), rule.field(), service, rule.resilience().endpoints()));
            }
        }
    }

    /** Whose word counts for an aspect of a Service's port. */
    Optional<Claim> winner(ServiceModel service, int port, EndpointTerms.Aspect aspect) {
        TreeMap<Meta, List<Claim>> claims = byService.get(service.key());
        return claims == null
                ? Optional.empty()
                : claims.values().stream()
                        .flatMap(List::stream)
                        .filter(claim -> aspect.of(claim.terms()).isPresent())
                        .filter(claim -> Backends.port(service, claim.backend().port())
                                .filter(number -> number == port)
                                .isPresent())
                        .findFirst();
    }
}
