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
                    0,
                    Optional.empty(),
                    List.of(Finding.error(
                            Reasons.UNREADABLE,
                            "spec",
                            "is missing; write at least one of filters, timeouts, retries, limits and loadBalancing")));
        }
        RouteBuilder found = new RouteBuilder();
        // Whether a rule has a prefix to rewrite shows when the policy meets it.
        Optional<List<List<FilterModel>>> filters = new FilterParser(
                        found::find,
                        (backend, field) ->
                                BackendParser.parse(backend, meta.key().namespace(), field, found))
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
                LimitsParser.maxBodyBytes(spec.limits(), "spec.limits", found::find),
                Optional.ofNullable(spec.loadBalancing())
                        .map(given -> new BalancingParser(found::find).parse(given, "spec.loadBalancing")),
                found.findings());
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
