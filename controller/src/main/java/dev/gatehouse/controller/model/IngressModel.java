package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/** An Ingress. */
public record IngressModel(
        Meta meta,
        ClassRef classRef,
        SequencedMap<String, HostRules> hosts,
        Map<String, String> labels,
        Optional<RuleModel> globalDefault,
        Set<ObjectKey> references,
        List<Finding> findings)
        implements RouteModel {}
