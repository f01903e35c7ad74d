package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the controller found and did.
 *
 * @param observedGeneration the generation that the conditions speak of
 * @param rules those that fail in part
 * @param conditions Accepted, ResolvedRefs, Programmed
 */
@ApiType
public record ProxyRouteStatus(
        @JsonPropertyDescription("The generation of the route that the conditions speak of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription(
                "Accepted: the route is valid and served. ResolvedRefs: its Services and Secrets exist and can be used."
                        + " Programmed: the data planes of its fleet serve it; the message says how many, at which snapshot.")
        List<Condition> conditions,

        @JsonPropertyDescription(
                "Rules a part of which fails, with what is wrong. The others are served as they are written.")
        List<RouteRuleStatus> rules) {

    public ProxyRouteStatus {
        conditions = Absent.list(conditions);
        rules = Absent.list(rules);
    }
}
