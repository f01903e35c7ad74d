package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.BackendModel.ServiceBackend;
import dev.gatehouse.controller.model.BackendModel.Unserved;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.crds.ProxyRouteSpec;
import dev.gatehouse.crds.RouteBackend;
import dev.gatehouse.crds.RouteFilter;
import dev.gatehouse.crds.RouteRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
        BalancingModel balancing = balancings.parse(rule.loadBalancing(), field + ".loadBalancing");
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
            BalancingModel balancing,
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
                maxBodyBytes(rule, ruleField + ".limits.maxBodyBytes"),
                balancing,
                split.filter(model -> parsed.isPresent()));
    }

    private long maxBodyBytes(RouteRule rule, String field) {
        Long most = rule.limits() == null ? null : rule.limits().maxBodyBytes();
        if (most == null) {
            return 0;
        }
        if (most < 0) {
            route.find(Finding.error(
                    Reasons.INVALID_VALUE,
                    field,
                    "is " + most + "; write a number of bytes, or 0 for no limit. Until then the listener's holds"));
            return 0;
        }
        return most == 0 ? Long.MAX_VALUE : most;
    }

    private BackendModel backend(RouteBackend backend, String field) {
        int weight = backend.weight();
        if (backend.service().isEmpty()) {
            route.find(Finding.error(Reasons.INVALID_BACKEND, field + ".service", "is missing; name a Service"));
            return new Unserved("backend-missing", Math.max(weight, 0));
        }
        if (weight < 0) {
            route.find(Finding.error(Reasons.INVALID_BACKEND, field + ".weight", "is " + weight + "; write 0 or more"));
            return new Unserved("backend-invalid", 0);
        }
        Optional<PortRef> port = port(backend.port());
        if (port.isEmpty()) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    field + ".port",
                    "is no port; write the name or the number, 1 to 65535, of a port of the Service"));
            return new Unserved("backend-invalid", weight);
        }
        String namespace = backend.namespace() == null ? meta.key().namespace() : backend.namespace();
        ObjectKey service = ObjectKey.service(namespace, backend.service());
        route.refer(service);
        return new ServiceBackend(service, port.get(), weight, field + ".service", field + ".port");
    }

    private static Optional<PortRef> port(@Nullable IntOrString port) {
        if (port == null) {
            return Optional.empty();
        }
        if (port.getIntVal() != null) {
            int number = port.getIntVal();
            return number >= 1 && number <= 65535 ? Optional.of(new PortRef.ByNumber(number)) : Optional.empty();
        }
        String name = port.getStrVal();
        return name == null || name.isEmpty() ? Optional.empty() : Optional.of(new PortRef.ByName(name));
    }
}
