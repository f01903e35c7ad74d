package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;

/**
 * Which Ingresses and ProxyRoutes of its namespace a policy is a default for.
 *
 * @param matchLabels all of them must be there; empty: every object
 */
@ApiType
public record PolicySelector(
        @JsonPropertyDescription(
                "Labels that an Ingress or ProxyRoute must all have. Empty: every one of the namespace.")
        Map<String, String> matchLabels) {

    public PolicySelector {
        matchLabels = Absent.map(matchLabels);
    }
}
