package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.BackendSet;
import java.util.List;

/**
 * One rule, ready to be applied. Immutable but for the state of its balancer.
 *
 * @param id as in the snapshot: kind/namespace/name and the field of the object
 * @param requestTimeoutMs 0: the listener's
 * @param filters in order of application
 * @param matchedPrefixLength length of the matched prefix without trailing slash; 0 if the rule matches otherwise
 * @param backends who answers
 * @param failure reason code for which every request is answered 503; empty: none
 * @param condition what must hold beside the path
 */
public record CompiledRule(
        String id,
        int requestTimeoutMs,
        List<CompiledFilter> filters,
        int matchedPrefixLength,
        BackendSet backends,
        String failure,
        Condition condition) {

    /** Stands for "no rule": the answer is 404. */
    public static final CompiledRule NONE =
            new CompiledRule("", 0, List.of(), 0, BackendSet.EMPTY, "", Condition.ALWAYS);
}
