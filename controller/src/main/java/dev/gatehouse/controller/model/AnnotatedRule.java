package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * What the annotations of an Ingress add to each of its rules.
 *
 * @param filters in order of application
 * @param maxBodyBytes 0: the listener's
 * @param valid false if one of them cannot be applied, and a finding says why: the rules answer 503 rather than go without
 * @param balancing how endpoints are chosen; empty: they say nothing
 * @param failing what is done about backends that fail
 */
record AnnotatedRule(
        List<FilterModel> filters,
        long maxBodyBytes,
        boolean valid,
        Optional<BalancingModel> balancing,
        ResilienceAnnotations.Read failing) {

    /** Adds nothing. */
    static final AnnotatedRule NONE =
            new AnnotatedRule(List.of(), 0, true, Optional.empty(), ResilienceAnnotations.Read.NOTHING);
}
