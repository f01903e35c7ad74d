package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A ProxyPolicy.
 *
 * @param selector labels of the routes that it is a default for; empty: none
 * @param filters in order of application; each with its field
 * @param requestTimeoutMs milliseconds; 0: it says nothing
 * @param resilience what is done about backends that fail
 */
public record ProxyPolicyModel(
        Meta meta,
        Optional<Map<String, String>> selector,
        List<SourcedFilter> filters,
        int requestTimeoutMs,
        Resilience resilience,
        List<Finding> findings)
        implements ResourceModel {

    /** A filter and where in the policy it stands. */
    public record SourcedFilter(FilterModel filter, String field) {}

    /** Whether it can be applied; if not, what uses it answers 503. */
    public boolean usable() {
        return findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
    }

    /** Whether it is a default for a route of its namespace with these labels. */
    public boolean selects(Map<String, String> labels) {
        return selector.isPresent()
                && labels.entrySet().containsAll(selector.get().entrySet());
    }
}
