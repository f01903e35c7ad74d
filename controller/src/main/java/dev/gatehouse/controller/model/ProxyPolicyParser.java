package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.ProxyPolicyModel.SourcedFilter;
import dev.gatehouse.crds.LabelSelection;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyPolicySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a ProxyPolicy. One that cannot be applied as a whole is not applied in part: half of what was meant to protect may be worse
 * than to answer 503.
 */
final class ProxyPolicyParser {

    private ProxyPolicyParser() {}

    static ProxyPolicyModel parse(Meta meta, ProxyPolicy object) {
        ProxyPolicySpec spec = object.getSpec();
        if (spec == null) {
            return new ProxyPolicyModel(
                    meta,
                    Optional.empty(),
                    List.of(),
                    0,
                    Resilience.NONE,
                    List.of(Finding.error(
                            Reasons.UNREADABLE,
                            "spec",
                            "is missing; write at least one of filters, timeouts and retries")));
        }
        RouteBuilder found = new RouteBuilder();
        // Whether a rule has a prefix to rewrite shows when the policy meets it.
        Optional<List<List<FilterModel>>> filters = new FilterParser(
                        found::find, (backend, field) -> noBackend(found, field))
                .parseEach(spec.filters(), "spec.filters");
        ResilienceParser resilience = new ResilienceParser(found::find);
        int timeout = resilience.request(spec.timeouts(), "spec");
        Resilience failing = resilience.parse(spec.timeouts(), spec.retries(), "spec");
        return new ProxyPolicyModel(
                meta,
                Optional.ofNullable(spec.selector()).map(LabelSelection::matchLabels),
                sourced(filters.orElse(List.of())),
                timeout,
                failing,
                found.findings());
    }

    private static BackendModel noBackend(RouteBuilder found, String field) {
        found.find(Finding.error(
                Reasons.INVALID_FILTER, field, "names a Service, which is for a rule to do; write the mirror there"));
        return new BackendModel.Unserved("backend-invalid", 1);
    }

    private static List<SourcedFilter> sourced(List<List<FilterModel>> filters) {
        List<SourcedFilter> sourced = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            String field = "spec.filters[" + i + "]";
            filters.get(i).forEach(filter -> sourced.add(new SourcedFilter(filter, field)));
        }
        return List.copyOf(sourced);
    }
}
