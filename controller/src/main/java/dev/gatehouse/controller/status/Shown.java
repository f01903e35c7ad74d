package dev.gatehouse.controller.status;

import dev.gatehouse.crds.RouteRuleStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What an object's status shows, as far as it is ours. */
sealed interface Shown {

    /** An Ingress: the addresses under which it is reached, IP addresses or host names. */
    record Addresses(List<String> addresses) implements Shown {}

    /** A ProxyRoute: its conditions, each with its observed generation, and those of rules that fail in part. */
    record Conditions(List<Condition> conditions, List<RouteRuleStatus> rules) implements Shown {

        static final Conditions NONE = new Conditions(List.of(), List.of());
    }

    /** A ProxyFleet: what its data planes serve. What they are is the operator's to tell. */
    record Fleet(List<Condition> conditions) implements Shown {}

    /** A ProxyPolicy: whether it can be applied, and how many routes use it. */
    record Policy(List<Condition> conditions, int routes) implements Shown {}
}
