package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.BackendModel.ResourceBackend;
import dev.gatehouse.controller.model.BackendModel.ServiceBackend;
import dev.gatehouse.controller.model.MatchModel.PathType;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBackend;
import io.fabric8.kubernetes.api.model.networking.v1.IngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.IngressServiceBackend;
import io.fabric8.kubernetes.api.model.networking.v1.IngressTLS;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceBackendPort;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads an Ingress. What the API server would refuse (a host that is none, a path without a slash) costs the rule that has
 * it, with a finding, and no other.
 */
final class IngressParser {

    private static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";

    private static final String POLICIES = AnnotationReader.PREFIX + AnnotationReader.POLICIES;

    private final Meta meta;
    private final RouteBuilder route;
    private final Map<String, String> annotations;
    private final boolean isCanary;
    private final List<PolicyRef> policies;
    private AnnotatedRule annotated = AnnotatedRule.NONE;
    private Optional<CanaryModel.Terms> terms = Optional.empty();

    private IngressParser(Meta meta, Ingress ingress) {
        this.meta = meta;
        this.route = new RouteBuilder();
        this.annotations = annotations(ingress);
        this.isCanary = CanaryAnnotations.asked(annotations);
        this.policies = policies(isCanary ? "" : annotations.getOrDefault(POLICIES, ""));
    }

    /** Names with commas between them; an empty one is a mistake that fails closed like any name of nothing. */
    private List<PolicyRef> policies(String annotation) {
        List<String> names = annotation.isBlank()
                ? List.of()
                : Stream.of(annotation.split(",", -1)).map(String::strip).toList();
        return route.policies(meta.key().namespace(), names, i -> "metadata.annotations['" + POLICIES + "']");
    }

    static ResourceModel parse(Meta meta, Ingress ingress) {
        if (ingress.getSpec() == null
                || (ingress.getSpec().getRules().isEmpty() && ingress.getSpec().getDefaultBackend() == null)) {
            return ModelParser.unreadable(
                    meta, "spec", "has neither rules nor a defaultBackend; write at least one of them");
        }
        return new IngressParser(meta, ingress).read(ingress);
    }

    private IngressModel read(Ingress ingress) {
        ClassRef classRef = classRef(ingress);
        if (isCanary) {
            canary(ingress);
            return built(ingress, classRef, Optional.empty());
        }
        annotated = AnnotationReader.read(meta.key().namespace(), annotations, route);
        Optional<RuleModel> defaultRule = Optional.empty();
        if (ingress.getSpec().getDefaultBackend() != null) {
            defaultRule = backend(ingress.getSpec().getDefaultBackend(), "spec.defaultBackend")
                    .map(backend -> rule("defaultBackend", "spec.defaultBackend", MatchModel.ANY, backend));
        }
        List<IngressRule> rules = ingress.getSpec().getRules();
        boolean passthrough = IngressTlsParser.passthrough(annotations);
        if (passthrough && defaultRule.isPresent()) {
            defaultRule = Optional.empty();
            route.find(unread("spec.defaultBackend"));
        }
        if (passthrough) {
            AnnotationReader.aboutRequests(annotations)
                    .forEach(name -> route.find(unread(AnnotationReader.field(name))));
        }
        for (int i = 0; i < rules.size(); i++) {
            rule(i, rules.get(i), defaultRule, passthrough);
        }
        route.tls(
                IngressTlsParser.parse(meta.key().namespace(), annotations),
                IngressTlsParser.redirect(annotations, route::find),
                passthrough);
        tls(ingress.getSpec().getTls(), passthrough);
        return built(ingress, classRef, rules.isEmpty() ? defaultRule : Optional.empty());
    }

    private IngressModel built(Ingress ingress, ClassRef classRef, Optional<RuleModel> globalDefault) {
        if (classRef instanceof ClassRef.Name(String name)) {
            route.refer(ObjectKey.ingressClass(name));
        }
        return new IngressModel(
                meta,
                classRef,
                route.hosts(),
                ModelParser.labels(ingress),
                globalDefault,
                route.references(),
                route.findings());
    }

    /** An Ingress that is nothing but backends for the paths of another, and certificates. */
    private void canary(Ingress ingress) {
        terms = CanaryAnnotations.parse(annotations, route::find);
        for (String unused : CanaryAnnotations.unused(annotations)) {
            route.find(
                    Finding.warning(
                            Reasons.UNKNOWN_ANNOTATION,
                            AnnotationReader.field(unused),
                            "is not used: what is done with requests for a canary, its primary says; remove it, or write it there"));
        }
        if (ingress.getSpec().getDefaultBackend() != null) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    "spec.defaultBackend",
                    "is not used: a canary is one of a host and path, with the annotation " + AnnotationReader.PREFIX
                            + CanaryAnnotations.CANARY + "; write it under spec.rules"));
        }
        List<IngressRule> rules = ingress.getSpec().getRules();
        for (int i = 0; i < rules.size(); i++) {
            rule(i, rules.get(i), Optional.empty(), false);
        }
        tls(ingress.getSpec().getTls(), false);
    }

    private RuleModel rule(String id, String field, MatchModel match, BackendModel backend) {
        return annotated.valid()
                ? new RuleModel(
                        id,
                        field,
                        match,
                        annotated.filters(),
                        List.of(backend),
                        annotated.failing().requestTimeoutMs(),
                        annotated.failing().resilience(),
                        policies,
                        annotated.maxBodyBytes(),
                        annotated.balancing(),
                        Optional.empty())
                : new RuleModel(
                        id,
                        field,
                        match,
                        List.of(),
                        List.of(new BackendModel.Unserved("filter-invalid", 1)),
                        0,
                        Resilience.NONE,
                        policies,
                        0,
                        Optional.empty(),
                        Optional.empty());
    }

    private static Map<String, String> annotations(Ingress ingress) {
        Map<String, String> annotations = ingress.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    private ClassRef classRef(Ingress ingress) {
        String field = ingress.getSpec().getIngressClassName();
        String annotation = annotations.getOrDefault(CLASS_ANNOTATION, "");
        if (!annotation.isEmpty()) {
            if (field != null && !field.equals(annotation)) {
                route.find(Finding.warning(
                        Reasons.INGRESS_CLASS_AMBIGUOUS,
                        "spec.ingressClassName",
                        "names the class '" + field + "', but the annotation " + CLASS_ANNOTATION + " names '"
                                + annotation + "' and goes before it; remove the annotation, which is deprecated"));
            }
            return new ClassRef.Annotation(annotation);
        }
        return field == null ? new ClassRef.None() : new ClassRef.Name(field);
    }

    private void rule(int index, IngressRule rule, Optional<RuleModel> defaultRule, boolean passthrough) {
        String field = "spec.rules[" + index + "]";
        String host = rule.getHost() == null || rule.getHost().isEmpty() ? HostNames.ANY : rule.getHost();
        if (!host.equals(HostNames.ANY) && !route.isHost(host, field + ".host")) {
            return;
        }
        route.host(host).named(field + (host.equals(HostNames.ANY) ? "" : ".host"));
        List<HTTPIngressPath> paths =
                rule.getHttp() == null ? List.of() : rule.getHttp().getPaths();
        if (passthrough) {
            passthrough(index, host, paths);
            return;
        }
        route.host(host).defaultRule(defaultRule);
        for (int j = 0; j < paths.size(); j++) {
            String pathField = field + ".http.paths[" + j + "]";
            String id = "rules[" + index + "].paths[" + j + "]";
            HTTPIngressPath path = paths.get(j);
            Optional<MatchModel> match = match(path, pathField);
            Optional<BackendModel> backend = path.getBackend() == null
                    ? missingBackend(pathField)
                    : backend(path.getBackend(), pathField + ".backend");
            if (match.isEmpty() || backend.isEmpty()) {
                continue;
            }
            if (!isCanary) {
                route.host(host).rule(rule(id, pathField, match.get(), backend.get()));
            } else if (terms.isPresent()) {
                route.host(host).canary(new CanaryModel(pathField, match.get(), backend.get(), terms.get()));
            }
        }
    }

    /** Nobody reads paths: the backend of the root takes the connections of the host. */
    private void passthrough(int index, String host, List<HTTPIngressPath> paths) {
        String field = "spec.rules[" + index + "]";
        RuleModel root = passed("rules[" + index + "]", field, new BackendModel.Unserved("backend-missing", 1));
        boolean found = false;
        for (int j = 0; j < paths.size(); j++) {
            HTTPIngressPath path = paths.get(j);
            String pathField = field + ".http.paths[" + j + "]";
            boolean isRoot = !"Exact".equals(path.getPathType())
                    && (path.getPath() == null
                            || path.getPath().isEmpty()
                            || path.getPath().equals("/"));
            if (found || !isRoot) {
                route.find(unread(pathField));
                continue;
            }
            found = true;
            Optional<BackendModel> backend = path.getBackend() == null
                    ? missingBackend(pathField)
                    : backend(path.getBackend(), pathField + ".backend");
            if (backend.isPresent()) {
                String id = "rules[" + index + "].paths[" + j + "]";
                root = passed(id, pathField, backend.get());
            }
        }
        if (!found) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    field + ".http.paths",
                    "has no path / of type Prefix, whose backend would take the connections of " + host
                            + "; write one. Until then they are refused"));
        }
        route.host(host).rule(root);
    }

    private RuleModel passed(String id, String field, BackendModel backend) {
        return new RuleModel(
                id,
                field,
                MatchModel.ANY,
                List.of(),
                List.of(backend),
                annotated.failing().requestTimeoutMs(),
                annotated.failing().resilience(),
                List.of(),
                0,
                annotated.balancing(),
                Optional.empty());
    }

    private static Finding unread(String field) {
        return Finding.error(
                Reasons.INVALID_PATH,
                field,
                "is not used: with the annotation " + IngressTlsParser.PASSTHROUGH
                        + " whole connections go to the backend of the path / of their host, whatever is asked inside;"
                        + " remove it, or the annotation");
    }

    private Optional<MatchModel> match(HTTPIngressPath path, String field) {
        String type = path.getPathType() == null ? "" : path.getPathType();
        String text = path.getPath() == null ? "" : path.getPath();
        return switch (type) {
            case "Exact" -> route.path(PathType.EXACT, text, field + ".path");
            case "Prefix" -> route.path(PathType.PREFIX, text, field + ".path");
            // Gatehouse's own choice for it: the same as Prefix. Left out it is the root.
            case "ImplementationSpecific" -> route.path(PathType.PREFIX, text.isEmpty() ? "/" : text, field + ".path");
            default -> {
                route.find(Finding.error(
                        Reasons.INVALID_PATH,
                        field + ".pathType",
                        "is '" + HostNames.shown(type) + "'; write Exact, Prefix or ImplementationSpecific"));
                yield Optional.empty();
            }
        };
    }

    private Optional<BackendModel> missingBackend(String field) {
        route.find(Finding.error(
                Reasons.INVALID_BACKEND, field + ".backend", "is missing; name a service and one of its ports"));
        return Optional.empty();
    }

    private Optional<BackendModel> backend(IngressBackend backend, String field) {
        IngressServiceBackend service = backend.getService();
        if (service == null && backend.getResource() != null) {
            String what = backend.getResource().getKind() + " "
                    + backend.getResource().getName();
            return Optional.of(new ResourceBackend(what, 1, field + ".resource"));
        }
        if (service == null || backend.getResource() != null) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND, field, "names not exactly one of service and resource; name a service"));
            return Optional.empty();
        }
        if (service.getName() == null || service.getName().isEmpty()) {
            route.find(Finding.error(Reasons.INVALID_BACKEND, field + ".service.name", "is empty; name a Service"));
            return Optional.empty();
        }
        ServiceBackendPort port = service.getPort();
        boolean byName =
                port != null && port.getName() != null && !port.getName().isEmpty();
        boolean byNumber = port != null && port.getNumber() != null && port.getNumber() != 0;
        if (byName == byNumber) {
            route.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    field + ".service.port",
                    "gives not exactly one of name and number; write the one that the Service uses"));
            return Optional.empty();
        }
        ObjectKey key = ObjectKey.service(meta.key().namespace(), service.getName());
        route.refer(key);
        PortRef ref = byName ? new PortRef.ByName(port.getName()) : new PortRef.ByNumber(port.getNumber());
        return Optional.of(new ServiceBackend(
                key, ref, 1, field + ".service.name", field + ".service.port." + (byName ? "name" : "number")));
    }

    private void tls(List<IngressTLS> tls, boolean passthrough) {
        for (int i = 0; i < tls.size(); i++) {
            tls("spec.tls[" + i + "]", tls.get(i), passthrough);
        }
    }

    private void tls(String field, IngressTLS tls, boolean passthrough) {
        if (tls.getSecretName() == null || tls.getSecretName().isEmpty()) {
            return; // Its hosts are served with whatever certificate fits them otherwise: the API allows that.
        }
        if (passthrough) {
            route.find(Finding.warning(
                    Reasons.CERTIFICATE_NOT_USED,
                    field + ".secretName",
                    "is not shown to clients: with the annotation " + IngressTlsParser.PASSTHROUGH
                            + " the backends show their own certificates; remove it"));
            return;
        }
        ObjectKey secret = ObjectKey.secret(meta.key().namespace(), tls.getSecretName());
        route.refer(secret);
        HostRules.CertificateRef reference = new HostRules.CertificateRef(secret, field + ".secretName");
        List<String> hosts = tls.getHosts();
        if (hosts == null || hosts.isEmpty()) {
            route.certificateForAll(reference);
            return;
        }
        for (int j = 0; j < hosts.size(); j++) {
            if (route.isHost(hosts.get(j), field + ".hosts[" + j + "]")) {
                route.host(hosts.get(j)).named(field + ".hosts[" + j + "]").certificate(reference);
            }
        }
    }
}
