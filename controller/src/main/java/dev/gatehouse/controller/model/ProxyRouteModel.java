package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/** A ProxyRoute. */
public record ProxyRouteModel(
        Meta meta,
        ClassRef classRef,
        SequencedMap<String, HostRules> hosts,
        Map<String, String> labels,
        Set<ObjectKey> references,
        List<Finding> findings)
        implements RouteModel {

    /** A ProxyRoute names its hosts; it never takes what nobody asked for. */
    @Override
    public Optional<RuleModel> globalDefault() {
        return Optional.empty();
    }
}
