package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.BackendModel.Unserved;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.crds.ProxyRouteSpec;
import dev.gatehouse.crds.RouteBackend;
import dev.gatehouse.crds.RouteFilter;
import dev.gatehouse.crds.RouteRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a ProxyRoute. A rule whose match cannot be read takes nothing; a rule whose filters cannot be applied takes its
 * requests and answers 503, rather than passing them on unchanged.
 */
final class ProxyRouteParser {

    private final Meta meta;
    private final RouteBuilder route = new RouteBuilder();
    private final MatchParser matches = new MatchParser(route);
    private final FilterParser filters = new FilterParser(route::find, this::backend);
    private final ResilienceParser resilience = new ResilienceParser(route::find);
    private final BalancingParser balancings = new BalancingParser(route::find);
    private final Set<String> names = new HashSet<>();

    private ProxyRouteParser(Meta meta) {
        this.meta = meta;
    }

    static ResourceModel parse(Meta meta, ProxyRoute object) {
        ProxyRouteSpec spec = object.getSpec();
        if (spec == null || spec.hosts().isEmpty()) {
            return ModelParser.unreadable(meta, "spec.hosts", "is missing; write at least one host, or \"*\" for any");
        }
        if (spec.rules().isEmpty()) {
            return ModelParser.unreadable(meta, "spec.rules", "is missing; write at least one rule with backends");
        }
        return new ProxyRouteParser(meta).read(spec, ModelParser.labels(object));
    }

    private ProxyRouteModel read(ProxyRouteSpec spec, Map<String, String> labels) {
        List<RuleModel> rules = new ArrayList<>();
        for (int i = 0; i < spec.rules().size(); i++) {
            rules.addAll(rule(i, spec.rules().get(i)));
        }
        List<HostRules.CertificateRef> certificates = certificates(spec);
        if (spec.tls() != null) {
            route.tls(
                    RouteTlsParser.route(spec, spec.tls(), meta.key().namespace()),
                    RouteTlsParser.redirect(spec.tls(), route::find),
                    spec.tls().passesThrough());
        }
        for (int i = 0; i < spec.hosts().size(); i++) {
            String host = spec.hosts().get(i);
            if (host.equals(HostNames.ANY) || route.isHost(host, "spec.hosts[" + i + "]")) {
                RouteBuilder.HostBuilder builder = route.host(host).named("spec.hosts[" + i + "]");
                if (builder.isRouted()) {
                    continue; // named twice
                }
                builder.rules(rules);
                certificates.forEach(builder::certificate);
            }
        }
        ClassRef classRef =
                spec.ingressClassName() == null || spec.ingressClassName().isEmpty()
                        ? new ClassRef.None()
                        : new ClassRef.Name(spec.ingressClassName());
        if (classRef instanceof ClassRef.Name(String name)) {
            route.refer(ObjectKey.ingressClass(name));
        }
        return new ProxyRouteModel(meta, classRef, route.hosts(), labels, route.references(), route.findings());
    }

    private List<HostRules.CertificateRef> certificates(ProxyRouteSpec spec) {
        List<HostRules.CertificateRef> certificates = new ArrayList<>();
        if (spec.tls() != null) {
            for (String name : spec.tls().secrets()) {
                String field = name.equals(spec.tls().secretName())
                        ? "spec.tls.secretName"
                        : "spec.tls.secretNames[" + spec.tls().secretNames().indexOf(name) + "]";
                ObjectKey secret = ObjectKey.secret(meta.key().namespace(), name);
                route.refer(secret);
                certificates.add(new HostRules.CertificateRef(secret, field));
            }
        }
        return certificates;
    }

    private List<RuleModel> rule(int index, RouteRule rule) {
        String field = "spec.rules[" + index + "]";
        String id = rule.name() == null ? "rules[" + index + "]" : rule.name();
        if (!names.add(id)) {
            route.find(Finding.error(
                    Reasons.INVALID_VALUE,
                    field + ".name",
                    "is '" + id + "' again; give each rule its own name, or none"));
            id = "rules[" + index + "]";
        }
        List<BackendModel> backends = new ArrayList<>();
        for (int j = 0; j < rule.backends().size(); j++) {
            backends.add(backend(rule.backends().get(j), field + ".backends[" + j + "]"));
        }
        boolean answers = rule.filters().stream().anyMatch(RouteFilter::answers);
        if (answers && !backends.isEmpty()) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    field + ".backends",
                    "get nothing, for a filter of the rule answers; remove them or the redirect or respond filter"));
        }
        if (backends.isEmpty() && !answers) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    field + ".backends",
                    "is missing; name a service and one of its ports, or write a redirect or respond filter"));
            backends.add(new Unserved("backend-missing", 1));
        }
        int timeout = resilience.request(rule, field);
        Resilience failing = resilience.parse(rule, field);
        Optional<BalancingModel> balancing = Optional.ofNullable(rule.loadBalancing())
                .map(given -> balancings.parse(given, field + ".loadBalancing"));
        Optional<SplitModel> split = SplitParser.parse(rule, field, route::find);
        List<RuleModel> rules = new ArrayList<>();
        if (rule.matches().isEmpty()) {
            rules.add(compiled(id, field, MatchModel.ANY, rule, backends, timeout, failing, balancing, split));
        }
        for (int j = 0; j < rule.matches().size(); j++) {
            String matchField = field + ".matches[" + j + "]";
            String matchId = id + ".matches[" + j + "]";
            matches.parse(rule.matches().get(j), matchField)
                    .ifPresent(match -> rules.add(
                            compiled(matchId, matchField, match, rule, backends, timeout, failing, balancing, split)));
        }
        return rules;
    }

    private RuleModel compiled(
            String id,
            String field,
            MatchModel match,
            RouteRule rule,
            List<BackendModel> backends,
            int timeout,
            Resilience failing,
            Optional<BalancingModel> balancing,
            Optional<SplitModel> split) {
        String ruleField = field.contains(".matches[") ? field.substring(0, field.indexOf(".matches[")) : field;
        String filterField = ruleField + ".filters";
        Optional<List<FilterModel>> parsed =
                filters.parse(rule.filters(), filterField).filter(models -> filters.fit(models, match, filterField));
        return new RuleModel(
                id,
                field,
                match,
                parsed.orElse(List.of()),
                parsed.isPresent() ? List.copyOf(backends) : List.of(new Unserved("filter-invalid", 1)),
                timeout,
                failing,
                route.policies(meta.key().namespace(), rule.policies(), i -> ruleField + ".policies[" + i + "]"),
                LimitsParser.maxBodyBytes(rule.limits(), ruleField + ".limits", route::find),
                balancing,
                split.filter(model -> parsed.isPresent()));
    }

    private BackendModel backend(RouteBackend backend, String field) {
        return BackendParser.parse(backend, meta.key().namespace(), field, route);
    }
}
