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
        Optional<List<FilterModel>> filters =
                new FilterParser(found).parse(spec.filters(), MatchModel.ANY, "spec.filters");
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

    private static List<SourcedFilter> sourced(List<FilterModel> filters) {
        List<SourcedFilter> sourced = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            sourced.add(new SourcedFilter(filters.get(i), "spec.filters[" + i + "]"));
        }
        return List.copyOf(sourced);
    }
}
