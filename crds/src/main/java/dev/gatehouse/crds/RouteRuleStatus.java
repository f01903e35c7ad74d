package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/**
 * What is wrong with one rule of a route.
 *
 * @param rule its JSON path; "" when absent
 * @param conditions those that are false
 */
@ApiType
public record RouteRuleStatus(
        @JsonPropertyDescription("The rule, as its path within the object: spec.rules[0].")
        String rule,

        @JsonPropertyDescription(
                "Accepted, if a part of the rule is not served as it is written; ResolvedRefs, if something it refers to does not"
                        + " exist or cannot be used.")
        List<Condition> conditions) {

    public RouteRuleStatus {
        rule = Absent.text(rule);
        conditions = Absent.list(conditions);
    }
}
