package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.BackendModel;
import dev.gatehouse.controller.model.BackendModel.Unserved;
import dev.gatehouse.controller.model.BalancingModel;
import dev.gatehouse.controller.model.FilterModel;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.PolicyRef;
import dev.gatehouse.controller.model.ProxyPolicyModel;
import dev.gatehouse.controller.model.ProxyPolicyModel.SourcedFilter;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.Resilience;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Works out what a rule is once its policies are added. In this order: the defaults of its namespace by name, the policies that it
 * names as it names them, the rule itself. Filters follow each other in that order; of what a rule can have only once, the last one
 * counts. A policy that is not there or cannot be applied fails closed.
 */
final class Policies {

    private final Objects objects;

    Policies(Objects objects) {
        this.objects = objects;
    }

    /**
     * A rule with everything that its policies bring.
     *
     * @param filters in order of application; with the object they come from, unless that is the rule's own
     * @param policies in the order in which they were added
     */
    record Effective(
            List<Applied> filters,
            List<BackendModel> backends,
            int requestTimeoutMs,
            Resilience resilience,
            long maxBodyBytes,
            BalancingModel balancing,
            List<ObjectKey> policies) {}

    /** A filter, and where it stands if that is a policy. */
    record Applied(FilterModel filter, Optional<Origin> origin) {}

    /** A field of a policy. */
    record Origin(ObjectKey policy, String field) {}

    Effective of(RouteModel route, RuleModel rule, Part part) {
        Map<ObjectKey, ProxyPolicyModel> used = new LinkedHashMap<>();
        for (ProxyPolicyModel policy : objects.defaultPolicies(route.key().namespace())) {
            if (policy.selects(route.labels())) {
                part.policy(policy.key());
                if (!policy.usable()) {
                    return refused(
                            part, "policy-invalid", invalid(rule.field(), policy, "is a default of the namespace"));
                }
                used.put(policy.key(), policy);
            }
        }
        for (PolicyRef reference : rule.policies()) {
            part.policy(reference.policy());
            Optional<ProxyPolicyModel> policy = objects.policy(reference.policy());
            if (policy.isEmpty()) {
                return refused(
                        part,
                        "policy-not-found",
                        Finding.error(
                                Reasons.POLICY_NOT_FOUND,
                                reference.field(),
                                "names the " + reference.policy()
                                        + ", which does not exist; create it, or name one that"
                                        + " does. The requests of the rule answer 503"));
            }
            if (!policy.get().usable()) {
                return refused(part, "policy-invalid", invalid(reference.field(), policy.get(), "is named here"));
            }
            used.remove(reference.policy()); // a default that is named as well comes where it is named
            used.put(reference.policy(), policy.get());
        }
        return merged(rule, used, part);
    }

    /**
     * As {@link #of}, for a rule whose connections nobody reads: what policies say about requests does not apply, and the route is
     * told of it.
     */
    Effective ofUnread(RouteModel route, RuleModel rule, Part part) {
        Effective all = of(route, rule, part);
        for (ObjectKey key : all.policies()) {
            List<String> lost =
                    objects.policy(key).map(ProxyPolicyModel::aboutRequests).orElse(List.of());
            if (!lost.isEmpty()) {
                part.find(Finding.warning(
                        Reasons.POLICY_NOT_USED,
                        rule.field(),
                        "uses the " + key + ", a default of the namespace, without its " + String.join(", ", lost)
                                + ": nobody reads the requests inside of TLS that passes through; give the policy a selector"
                                + " that leaves this object out"));
            }
        }
        return new Effective(
                List.of(),
                all.backends(),
                0,
                all.resilience().unread(),
                0,
                all.balancing().readsRequests() ? BalancingModel.PLAIN : all.balancing(),
                List.of());
    }

    private static Effective merged(RuleModel rule, Map<ObjectKey, ProxyPolicyModel> used, Part part) {
        List<Applied> filters = new ArrayList<>();
        int timeout = 0;
        Resilience resilience = Resilience.NONE;
        long maxBodyBytes = 0;
        Optional<BalancingModel> balancing = Optional.empty();
        for (ProxyPolicyModel policy : used.values()) {
            for (SourcedFilter sourced : policy.filters()) {
                if (sourced.filter().needsPrefix() && rule.match().type() != PathType.PREFIX) {
                    return refused(
                            part,
                            "policy-invalid",
                            Finding.error(
                                    Reasons.POLICY_INVALID,
                                    rule.field(),
                                    "uses the " + policy.key() + ", which rewrites the prefix of the path ("
                                            + sourced.field() + "), and matches '" + rule.match()
                                            + "', which has none; match path.prefix, or leave the policy out."
                                            + " The requests of the rule answer 503"));
                }
                add(filters, new Applied(sourced.filter(), Optional.of(new Origin(policy.key(), sourced.field()))));
            }
            timeout = policy.requestTimeoutMs() > 0 ? policy.requestTimeoutMs() : timeout;
            resilience = policy.resilience().over(resilience);
            maxBodyBytes = policy.maxBodyBytes() > 0 ? policy.maxBodyBytes() : maxBodyBytes;
            balancing = policy.balancing().isPresent() ? policy.balancing() : balancing;
        }
        rule.filters().forEach(filter -> add(filters, new Applied(filter, Optional.empty())));
        return new Effective(
                List.copyOf(filters),
                rule.backends(),
                rule.requestTimeoutMs() > 0 ? rule.requestTimeoutMs() : timeout,
                rule.resilience().over(resilience),
                rule.maxBodyBytes() > 0 ? rule.maxBodyBytes() : maxBodyBytes,
                rule.balancing().orElse(balancing.orElse(BalancingModel.PLAIN)),
                List.copyOf(used.keySet()));
    }

    /** In the place of an earlier one of its kind, where a rule can have only one. */
    private static void add(List<Applied> filters, Applied next) {
        filters.removeIf(earlier -> earlier.filter().excludes(next.filter()));
        filters.add(next);
    }

    private static Finding invalid(String field, ProxyPolicyModel policy, String how) {
        Finding wrong = policy.findings().getFirst();
        return Finding.error(
                Reasons.POLICY_INVALID,
                field,
                "uses the " + policy.key() + ", which " + how + " and cannot be applied: " + wrong.field() + " "
                        + wrong.message() + ". The requests of the rule answer 503");
    }

    private static Effective refused(Part part, String code, Finding finding) {
        part.find(finding);
        return new Effective(
                List.of(), List.of(new Unserved(code, 1)), 0, Resilience.NONE, 0, BalancingModel.PLAIN, List.of());
    }
}
