package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * One rule: what it matches and what is done with it.
 *
 * @param id part of the rule's stable id after the object: {@code rules[0].paths[1]}
 * @param field JSON path of the rule
 * @param match what it takes
 * @param filters in order of application
 * @param backends in the order of the object
 * @param requestTimeoutMs milliseconds; 0 for the listener's
 * @param resilience what is done about backends that fail
 * @param policies that it names, in order; beside them come the defaults of its namespace
 * @param maxBodyBytes of a request; 0 for the listener's, {@link Long#MAX_VALUE} for no limit
 * @param balancing how endpoints are chosen; empty: it says nothing
 * @param split the experiment that its backends are variants of
 */
public record RuleModel(
        String id,
        String field,
        MatchModel match,
        List<FilterModel> filters,
        List<BackendModel> backends,
        int requestTimeoutMs,
        Resilience resilience,
        List<PolicyRef> policies,
        long maxBodyBytes,
        Optional<BalancingModel> balancing,
        Optional<SplitModel> split) {

    /**
     * The same for certain requests of those that it takes.
     *
     * @param idSuffix tells it from the rule itself
     */
    RuleModel as(String idSuffix, MatchModel asked, List<BackendModel> served) {
        return new RuleModel(
                id + idSuffix,
                field,
                asked,
                filters,
                served,
                requestTimeoutMs,
                resilience,
                policies,
                maxBodyBytes,
                balancing,
                split);
    }
}
