package dev.gatehouse.controller.model;

import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** An object that routes hosts: Ingress and ProxyRoute come to this one form, and are compiled alike. */
public sealed interface RouteModel extends ResourceModel permits IngressModel, ProxyRouteModel {

    /** Which class, or which fleet, it asks for. */
    ClassRef classRef();

    /** What it asks for each host; hosts in order: exact lower-case names, {@code *.suffix}, {@code *}. */
    SequencedMap<String, HostRules> hosts();

    /** By these a policy of its namespace finds it. */
    Map<String, String> labels();

    /** Takes the requests of the whole fleet that nothing else matched. */
    Optional<RuleModel> globalDefault();
}
