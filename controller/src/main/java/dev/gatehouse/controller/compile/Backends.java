package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.BackendModel;
import dev.gatehouse.controller.model.BackendModel.Brought;
import dev.gatehouse.controller.model.BackendModel.ResourceBackend;
import dev.gatehouse.controller.model.BackendModel.ServiceBackend;
import dev.gatehouse.controller.model.BackendModel.Unserved;
import dev.gatehouse.controller.model.EndpointSliceModel;
import dev.gatehouse.controller.model.EndpointTerms;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.PortRef;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.controller.model.ServiceModel;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds the upstream of a backend. What has none stays in its rule and answers 503 with the reason, rather than letting the
 * requests fall to another rule that was never meant for them.
 */
final class Backends {

    private final Objects objects;
    private final BackendTlsCompiler tls;
    private final UpstreamClaims claims;
    private final boolean standalone;

    Backends(Objects objects, UpstreamClaims claims, boolean standalone) {
        this.objects = objects;
        this.claims = claims;
        this.tls = new BackendTlsCompiler(objects);
        this.standalone = standalone;
    }

    /**
     * What becomes of a backend.
     *
     * @param from namespace of the route
     * @param told of what is wrong with it
     * @param features takes what a node must know to reach it
     */
    Backend resolve(String from, BackendModel backend, Told told, Set<String> features) {
        return switch (backend) {
            case Brought brought ->
                resolve(from, brought.backend(), new Told(told.part().of(brought.route()), Told.CANARY_WAITS), features)
                        .toBuilder()
                        .setSource(RuleCompiler.source(brought.route(), brought.field()))
                        .build();
            case ResourceBackend resource -> {
                told.find(Finding.error(
                        Reasons.BACKEND_KIND_UNSUPPORTED,
                        resource.field(),
                        "names " + resource.what() + "; only Services can be served: name one. " + told.otherwise()));
                yield unavailable(resource, "backend-kind-unsupported");
            }
            case Unserved unserved -> unavailable(unserved, unserved.reason());
            case ServiceBackend service ->
                isPermitted(from, service, told)
                        ? resolve(service, told, features)
                        : unavailable(service, "reference-not-permitted");
        };
    }

    /** Whether somebody in the namespace of the Service has consented. Nothing is said of what is there otherwise. */
    private boolean isPermitted(String from, ServiceBackend backend, Told told) {
        String namespace = backend.service().namespace();
        if (namespace.equals(from)) {
            return true;
        }
        told.part().look(ObjectKey.referenceGrants(namespace));
        if (objects.referenceGrants(namespace).stream()
                .anyMatch(grant -> grant.permits(from, backend.service().name()))) {
            return true;
        }
        told.find(Finding.error(
                Reasons.REF_NOT_PERMITTED,
                backend.serviceField(),
                "names the " + backend.service()
                        + " of another namespace, which has no ReferenceGrant for that; ask there for"
                        + " one (gateway.networking.k8s.io/v1beta1) with from: [{group: gatehouse.dev, kind: ProxyRoute,"
                        + " namespace: " + from + "}] and to: [{group: \"\", kind: Service, name: "
                        + backend.service().name() + "}]. " + told.otherwise()));
        return false;
    }

    private Backend resolve(ServiceBackend backend, Told told, Set<String> features) {
        Part part = told.part();
        part.look(backend.service());
        Optional<ServiceModel> service = objects.service(backend.service());
        if (service.isEmpty()) {
            told.find(Finding.error(
                    Reasons.SERVICE_NOT_FOUND,
                    backend.serviceField(),
                    "names the " + backend.service() + ", which does not exist; create it, or name one that does. "
                            + told.otherwise()));
            return unavailable(backend, "service-not-found");
        }
        Optional<Integer> port = port(service.get(), backend.port());
        if (port.isEmpty()) {
            told.find(Finding.error(
                    Reasons.PORT_NOT_FOUND,
                    backend.portField(),
                    portMissing(backend, service.get()) + ". " + told.otherwise()));
            return unavailable(backend, "service-port-not-found");
        }
        if (service.get().externalName().isPresent()) {
            Optional<String> problem =
                    ExternalNames.problem(service.get().externalName().get(), standalone);
            if (problem.isPresent()) {
                told.find(Finding.error(
                        Reasons.EXTERNAL_NAME_REFUSED,
                        backend.serviceField(),
                        "names the " + backend.service() + ", whose spec.externalName " + problem.get() + ". "
                                + told.otherwise()));
                return unavailable(backend, "external-name-refused");
            }
        }
        if (isTls(service.get(), port.get())) {
            features.add(Features.UPSTREAM_TLS);
            service.get().references().forEach(part::look);
            Optional<BackendTlsCompiler.Problem> problem = tls.problem(service.get());
            if (problem.isPresent()) {
                Finding finding = problem.get().finding();
                told.find(Finding.error(
                        finding.reason(),
                        backend.serviceField(),
                        "names the " + backend.service() + ", whose " + finding.field() + " " + finding.message() + ". "
                                + told.otherwise()));
                return unavailable(backend, problem.get().code());
            }
            service.get().tls().clientCertificate().ifPresent(secret -> {
                part.use(new Use.OfCertificate(secret));
                part.shard(BackendTlsCompiler.certificate(secret));
            });
        }
        for (Finding finding : service.get().findings()) {
            told.find(Finding.warning(
                    finding.reason(),
                    backend.serviceField(),
                    "names the " + backend.service() + ", whose " + finding.field() + " " + finding.message()));
        }
        for (EndpointSliceModel slice : objects.slices(backend.service())) {
            if (slice.weight() == 0) {
                told.find(Finding.warning(
                        Reasons.INVALID_VALUE,
                        backend.serviceField(),
                        "names the " + backend.service() + ", whose " + slice.key()
                                + " has an annotation gatehouse.dev/weight that is no number from 1 to 1000;"
                                + " until then its endpoints have the weight 1"));
            }
        }
        ObjectKey key = backend.service();
        part.use(new Use.OfUpstream(key, port.get()));
        ShardId upstream = ShardId.upstream(key.namespace(), key.name(), port.get());
        part.shard(upstream);
        if (service.get().externalName().isEmpty()) {
            part.shard(ShardId.endpoints(key.namespace(), key.name(), port.get()));
        }
        return Backend.newBuilder()
                .setUpstream(upstream.toString())
                .setWeight(backend.weight())
                .build();
    }

    /** Tells of a rule that says something else about its endpoints than an older one, which decides. */
    void compareClaims(ObjectKey route, BackendModel backend, RuleModel rule, Part part) {
        EndpointTerms terms = rule.resilience().endpoints();
        if (terms.isNone() || !(backend instanceof ServiceBackend named)) {
            return;
        }
        for (EndpointTerms.Aspect aspect : EndpointTerms.Aspect.values()) {
            aspect.of(terms).ifPresent(said -> compareClaims(route, named, rule.field(), aspect, said, part));
        }
    }

    private void compareClaims(
            ObjectKey route, ServiceBackend named, String rule, EndpointTerms.Aspect aspect, Record said, Part part) {
        String field = aspect.field(route.kind(), rule);
        if (!named.service().namespace().equals(route.namespace())) {
            part.find(Finding.warning(
                    Reasons.UPSTREAM_POLICY_TAKEN,
                    field,
                    "says something about the endpoints of the " + named.service()
                            + ", which routes of that namespace alone decide; leave it out here"));
            return;
        }
        objects.service(named.service())
                .flatMap(one -> port(one, named.port()).flatMap(port -> claims.winner(one, port, aspect)))
                .filter(winner -> !aspect.of(winner.terms()).equals(Optional.of(said)))
                .ifPresent(winner -> part.find(Finding.warning(
                        Reasons.UPSTREAM_POLICY_TAKEN,
                        field,
                        "says something else about the endpoints of the " + named.service() + " than "
                                + aspect.field(winner.route().kind(), winner.field()) + " of " + winner.route()
                                + ", which comes first and decides, since this is kept by endpoint;"
                                + " write the same in both, or leave it to one of them")));
    }

    static boolean isTls(ServiceModel service, int port) {
        return service.port(new PortRef.ByNumber(port))
                .filter(ServiceModel.Port::isTls)
                .isPresent();
    }

    private static Backend unavailable(BackendModel backend, String reason) {
        return Backend.newBuilder()
                .setWeight(backend.weight())
                .setUnavailable(reason)
                .build();
    }

    /** The number of the Service port that is meant. An ExternalName need not list its ports: a number speaks for itself. */
    static Optional<Integer> port(ServiceModel service, PortRef ref) {
        Optional<Integer> listed = service.port(ref).map(ServiceModel.Port::number);
        return listed.isEmpty() && service.externalName().isPresent() && ref instanceof PortRef.ByNumber(int number)
                ? Optional.of(number)
                : listed;
    }

    /**
     * The port to dial at the external name: the {@code targetPort} where the Service gives one by number (as ingress-nginx
     * has it), else the port itself.
     */
    static int externalPort(ServiceModel service, int port) {
        return service.port(new PortRef.ByNumber(port))
                .map(p -> p.targetPort() > 0 ? p.targetPort() : p.number())
                .orElse(port);
    }

    private static String portMissing(ServiceBackend backend, ServiceModel service) {
        String asked = switch (backend.port()) {
            case PortRef.ByName(String name) -> "'" + name + "'";
            case PortRef.ByNumber(int number) -> Integer.toString(number);
        };
        String has = service.ports().stream()
                .map(port -> port.name().isEmpty()
                        ? Integer.toString(port.number())
                        : port.name() + " (" + port.number() + ")")
                .collect(Collectors.joining(", "));
        return "names the port " + asked + ", which the " + backend.service() + " does not have; "
                + (has.isEmpty() ? "it has no TCP port at all" : "it has " + has);
    }
}
