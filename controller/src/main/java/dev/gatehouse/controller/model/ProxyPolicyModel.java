package dev.gatehouse.controller.model;

import java.util.ArrayList;
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
 * @param maxBodyBytes of a request; 0: it says nothing, {@link Long#MAX_VALUE}: no limit
 * @param balancing how endpoints are chosen; empty: it says nothing
 */
public record ProxyPolicyModel(
        Meta meta,
        Optional<Map<String, String>> selector,
        List<SourcedFilter> filters,
        int requestTimeoutMs,
        Resilience resilience,
        long maxBodyBytes,
        Optional<BalancingModel> balancing,
        List<Finding> findings)
        implements ResourceModel {

    /** A filter and where in the policy it stands. */
    public record SourcedFilter(FilterModel filter, String field) {}

    /** Whether it can be applied; if not, what uses it answers 503. */
    public boolean usable() {
        return findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
    }

    /** What of it only those can do who read requests, by field. */
    public List<String> aboutRequests() {
        List<String> fields = new ArrayList<>();
        if (!filters.isEmpty()) {
            fields.add("filters");
        }
        if (requestTimeoutMs > 0) {
            fields.add("timeouts.request");
        }
        if (resilience.timeouts().firstByteMs() > 0) {
            fields.add("timeouts.firstByte");
        }
        if (resilience.retries().isPresent()) {
            fields.add("retries");
        }
        if (maxBodyBytes > 0) {
            fields.add("limits");
        }
        if (balancing.filter(BalancingModel::readsRequests).isPresent()) {
            fields.add("loadBalancing");
        }
        return fields;
    }

    /** Whether it is a default for a route of its namespace with these labels. */
    public boolean selects(Map<String, String> labels) {
        return selector.isPresent()
                && labels.entrySet().containsAll(selector.get().entrySet());
    }
}
