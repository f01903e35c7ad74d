package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.IngressClassModel;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.testkit.TestCertificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.jspecify.annotations.Nullable;

/** What may happen to some objects, for the laws that hold whatever happens. */
final class Histories {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    /** Versions of some objects that concern each other in every way there is: several of each key. */
    private static final List<ResourceModel> POOL = pool();

    private static List<ResourceModel> pool() {
        Manifests manifests = new Manifests();
        TestCertificate one = TestCertificate.of("a.example.com");
        TestCertificate two = TestCertificate.of("*.example.com");
        List<String> texts = new ArrayList<>();
        for (String controller : List.of("gatehouse.dev/controller", "somebody.else/controller")) {
            texts.add(ingressClass("gatehouse", "{}", controller, ""));
        }
        texts.add(ingressClass(
                "gatehouse",
                "{ingressclass.kubernetes.io/is-default-class: \"true\"}",
                "gatehouse.dev/controller",
                ""));
        texts.add(ingressClass(
                "second",
                "{}",
                "gatehouse.dev/controller",
                "parameters: {apiGroup: gatehouse.dev, kind: ProxyFleet, name: other, namespace: edge, scope:"
                        + " Namespace}"));
        for (String trusted : List.of("[]", "[10.0.0.0/8]")) {
            texts.add(fleet("gatehouse-system", "default", trusted));
            texts.add(fleet("edge", "other", trusted));
        }
        for (String name : List.of("web", "two")) {
            for (String className : List.of("ingressClassName: gatehouse", "ingressClassName: second", "")) {
                for (String rest : List.of(
                        rules("a.example.com", "/", "api", "{number: 80}"),
                        rules("a.example.com", "/x", "api", "{name: http}")
                                + "  tls: [{hosts: [a.example.com], secretName: tls}]\n",
                        rules("\"*.example.com\"", "/", "web", "{number: 80}"),
                        rules("b.example.com", "no-slash", "gone", "{name: http}"),
                        "  defaultBackend: {service: {name: api, port: {number: 80}}}\n")) {
                    texts.add(ingress(name, className, rest));
                }
            }
        }
        for (String host : List.of("a.example.com", "c.example.com")) {
            for (String match :
                    List.of("{path: {prefix: /}}", "{path: {exact: /x}, headers: [{name: x-tier, exact: gold}]}")) {
                texts.add(route(
                        "route",
                        "gatehouse",
                        host,
                        match,
                        "{service: api, port: 80}, {service: web, port: http, weight: 3}"));
                texts.add(route("route", "second", host, match, "{service: gone, port: 80}"));
                texts.add(route("rival", "gatehouse", host, match, "{service: web, port: 80}"));
            }
        }
        for (String labels : List.of("{}", "{tier: gold}")) {
            texts.add(route("route", "gatehouse", "a.example.com", "{path: {prefix: /}}", "{service: api, port: 80}")
                    .replace("uid: route", "uid: route, labels: " + labels)
                    .replace("backends:", "policies: [one, two], backends:"));
            texts.add(ingress("web", "ingressClassName: gatehouse", rules("b.example.com", "/", "api", "{number: 80}"))
                    .replace(
                            "uid: web",
                            "uid: web, labels: " + labels + ", annotations: {gatehouse.dev/policies: \"two, one\"}"));
            texts.add(ingress("two", "ingressClassName: gatehouse", rules("b.example.com", "/x", "api", "{number: 80}"))
                    .replace("uid: two", "uid: two, labels: " + labels));
        }
        for (String name : List.of("route", "rival")) {
            for (String terms : List.of(
                    "health: {outlier: {consecutiveFailures: 3}}, ",
                    "health: {outlier: {}, active: {path: /healthz}}, ",
                    "health: {active: {type: grpc, service: shop}}, ",
                    "health: {active: {path: no-slash}}, circuitBreaker: {maxRequests: 9}, ")) {
                texts.add(route(name, "gatehouse", "d.example.com", "{path: {prefix: /}}", "{service: api, port: 80}")
                        .replace("backends:", terms + "backends:"));
            }
        }
        for (String canary :
                List.of("'true', gatehouse.dev/canary-weight: '10'", "'true', gatehouse.dev/canary-by-header: x-a")) {
            texts.add(ingress("two", "ingressClassName: gatehouse", rules("a.example.com", "/", "web", "{number: 80}"))
                    .replace("uid: two", "uid: two, annotations: {gatehouse.dev/canary: " + canary + "}"));
        }
        for (String spec : List.of(
                "{hosts: [a.example.com], namespaces: [shop]}",
                "{hosts: [\"*.example.com\"], namespaceSelector: {matchLabels: {team: shop}}}",
                "{hosts: [\"*\"], namespaces: [blog]}")) {
            texts.add("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: HostGrant
                metadata: {name: grant, uid: grant}
                spec: %s
                """.formatted(spec));
        }
        for (String to : List.of("{group: \"\", kind: Service}", "{group: \"\", kind: Service, name: other}")) {
            texts.add("""
                apiVersion: gateway.networking.k8s.io/v1beta1
                kind: ReferenceGrant
                metadata: {namespace: blog, name: grant, uid: reference-grant}
                spec: {from: [{group: gatehouse.dev, kind: ProxyRoute, namespace: shop}], to: [%s]}
                """.formatted(to));
        }
        texts.add(service("api", "{name: http, port: 80}").replace("namespace: shop", "namespace: blog"));
        texts.add(route(
                "rival",
                "gatehouse",
                "c.example.com",
                "{path: {prefix: /}}",
                "{service: api, namespace: blog, port: 80}"));
        for (String labels : List.of("{}", "{team: shop}")) {
            texts.add("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: shop, uid: shop, labels: %s}
                """.formatted(labels));
        }
        for (String name : List.of("one", "two")) {
            for (String spec : List.of(
                    "{filters: [{requestHeaders: {set: {x-policy: " + name + "}}}]}",
                    "{selector: {}, timeouts: {request: 5s}}",
                    "{selector: {matchLabels: {tier: gold}}, filters: [{rewrite: {prefix: /" + name + "}}]}",
                    "{selector: {matchLabels: {tier: gold}}, filters: [{rewrite: {prefix: no-slash}}]}")) {
                texts.add("""
                    apiVersion: gatehouse.dev/v1alpha1
                    kind: ProxyPolicy
                    metadata: {namespace: shop, name: %1$s, uid: policy-%1$s}
                    spec: %2$s
                    """.formatted(name, spec));
            }
        }
        for (String name : List.of("route", "rival")) {
            texts.add(route(name, "gatehouse", "a.example.com", "", "{service: web, port: 80}")
                    .replace("rules: [{matches: [], ", "tls: {passthrough: true}\n  rules: [{"));
        }
        for (String name : List.of("api", "web")) {
            texts.add(service(name, "{name: http, port: 80, targetPort: 8080}"));
            texts.add(service(name, "{name: grpc, port: 81}"));
            for (String version : List.of("v2", "v3")) {
                texts.add(service(name, "{name: http, port: 80}")
                        .replace(
                                "metadata: {",
                                "metadata: {annotations: {gatehouse.dev/proxy-protocol: " + version + "}, "));
            }
            texts.add(service(name, "{name: http, port: 80}, {name: more, port: 81}"));
            for (String part : List.of("1", "2")) {
                for (String address : List.of("10.0.0.1", "10.0.0.2")) {
                    for (String ready : List.of("true", "false")) {
                        texts.add(slice(name, part, address, ready));
                    }
                }
            }
        }
        for (String ca : List.of("configmap/ca", "secret/tls", "secret/ca", "nonsense")) {
            texts.add(service("api", "{name: http, port: 80, appProtocol: https}")
                    .replace(
                            "metadata: {",
                            "metadata: {annotations: {gatehouse.dev/backend-ca: " + ca
                                    + ", gatehouse.dev/backend-client-certificate: tls}, "));
        }
        for (String pem : List.of(one.certificatePem(), two.certificatePem(), "nonsense")) {
            texts.add("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {namespace: shop, name: ca}
                data:
                  ca.crt: |
                """ + pem.indent(4));
            texts.add(opaque(pem));
        }
        texts.addAll(whoRefersToSecrets());
        for (String namespace : List.of("edge", "gatehouse-system")) {
            texts.add(one.secretYaml(namespace, "tls"));
            texts.add(two.secretYaml(namespace, "tls"));
            texts.add(opaque(two.certificatePem()).replace("namespace: shop", "namespace: " + namespace));
        }
        texts.add(one.secretYaml("shop", "tls") + "stringData:\n  ca.crt: |\n"
                + two.certificatePem().indent(4));
        texts.add(one.secretYaml("shop", "tls"));
        texts.add(two.secretYaml("shop", "tls"));
        texts.add(one.secretYaml("shop", "tls").replaceFirst("tls.key: .*", "tls.key: \"\""));
        List<ResourceModel> models = new ArrayList<>(manifests.models(String.join("\n---\n", texts)));
        World earlier = new World(WorldOptions.cluster(FLEET));
        earlier.apply(manifests.upserts(String.join(
                "\n---\n",
                ingressClass("gatehouse", "{}", "gatehouse.dev/controller", ""),
                ingress("web", "ingressClassName: gatehouse", rules("a.example.com", "/old", "api", "{number: 80}")),
                service("api", "{name: http, port: 80, targetPort: 8080}"))));
        World encrypted = new World(WorldOptions.cluster(FLEET));
        encrypted.apply(manifests.upserts(String.join(
                "\n---\n",
                ingressClass("gatehouse", "{}", "gatehouse.dev/controller", ""),
                whoRefersToSecrets().getFirst(),
                service("api", "{name: http, port: 80, appProtocol: https}"),
                one.secretYaml("shop", "tls"))));
        models.add(ModelParser.parse(RollbackTest.configMap("gatehouse-system", encrypted.snapshot(FLEET))));
        for (String[] only : List.of(new String[0], new String[] {"a.example.com"})) {
            models.add(ModelParser.parse(RollbackTest.configMap("gatehouse-system", earlier.snapshot(FLEET), only)));
        }
        return models;
    }

    private static List<String> whoRefersToSecrets() {
        List<String> texts = new ArrayList<>();
        for (String name : List.of("web", "two")) {
            String plain = ingress(
                    name,
                    "ingressClassName: gatehouse",
                    rules("a.example.com", "/" + name, "api", "{number: 80}")
                            + "  tls: [{hosts: [a.example.com, b.example.com], secretName: tls}]\n");
            texts.add(plain);
            for (String ca : List.of("secret/ca", "\"secret/ca,secret/tls\"")) {
                texts.add(plain.replace(
                        "uid: " + name,
                        "uid: " + name
                                + ", annotations: {gatehouse.dev/client-certificate: Require, gatehouse.dev/client-ca: "
                                + ca + "}"));
            }
        }
        for (String secret : List.of("tls", "ca")) {
            for (String fleet : List.of(fleet("edge", "other", "[]"), fleet("gatehouse-system", "default", "[]"))) {
                texts.add(fleet.replace("spec: {", "spec: {defaultCertificate: {secretName: " + secret + "}, "));
            }
        }
        return texts;
    }

    private static String opaque(String pem) {
        return """
            apiVersion: v1
            kind: Secret
            type: Opaque
            metadata: {namespace: shop, name: ca}
            stringData:
              ca.crt: |
            """ + pem.indent(4);
    }

    private static String ingressClass(String name, String annotations, String controller, String more) {
        return """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: %s, uid: %s, annotations: %s}
            spec:
              controller: %s
              %s
            """.formatted(name, name, annotations, controller, more);
    }

    private static String fleet(String namespace, String name, String trusted) {
        return """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyFleet
            metadata: {namespace: %s, name: %s, uid: %s}
            spec: {listeners: {trustedProxies: %s}}
            """.formatted(namespace, name, name, trusted);
    }

    private static String ingress(String name, String className, String rest) {
        return """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: shop, name: %s, uid: %s}
            spec:
              %s
            %s
            """.formatted(name, name, className, rest);
    }

    private static String rules(String host, String path, String service, String port) {
        return """
              rules:
              - host: %s
                http:
                  paths: [{path: %s, pathType: Prefix, backend: {service: {name: %s, port: %s}}}]
            """.formatted(host, path, service, port).indent(0);
    }

    private static String route(String name, String className, String host, String match, String backends) {
        return """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {namespace: shop, name: %s, uid: %s}
            spec:
              ingressClassName: %s
              hosts: [%s]
              rules: [{matches: [%s], backends: [%s]}]
            """.formatted(name, name, className, host, match, backends);
    }

    private static String service(String name, String ports) {
        return """
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: %s, uid: %s}
            spec: {ports: [%s]}
            """.formatted(name, name, ports);
    }

    private static String slice(String service, String part, String address, String ready) {
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {namespace: shop, name: %1$s-%2$s, uid: %1$s-%2$s, labels: {kubernetes.io/service-name: %1$s}}
            addressType: IPv4
            ports: [{name: http, port: 8080}, {name: grpc, port: 8081}]
            endpoints: [{addresses: [%3$s], conditions: {ready: %4$s}}]
            """.formatted(service, part, address, ready);
    }

    /** One event: a version of an object comes, or the object goes; and whether a batch ends with it. */
    record Event(ResourceModel model, boolean gone, boolean endsBatch) {
        Change change() {
            return gone ? new Change.Delete(model.key()) : new Change.Upsert(model);
        }

        @Override
        public String toString() {
            return (gone ? "gone " : "") + model.key() + "#" + POOL.indexOf(model) + (endsBatch ? "." : "");
        }
    }

    /** Any events in any order. */
    static Arbitrary<List<Event>> any() {
        return of(POOL);
    }

    /** The same, more of them about Secrets and about what refers to Secrets. */
    static Arbitrary<List<Event>> aboutSecrets() {
        List<ResourceModel> weighted = new ArrayList<>(POOL);
        for (ResourceModel model : POOL) {
            boolean refers = model.references().stream().anyMatch(key -> key.kind() == Kind.SECRET);
            if (refers || model instanceof IngressClassModel || model instanceof SecretModel) {
                weighted.addAll(Collections.nCopies(model instanceof SecretModel ? 15 : 6, model));
            }
        }
        return of(weighted);
    }

    private static Arbitrary<List<Event>> of(List<ResourceModel> pool) {
        return Combinators.combine(
                        Arbitraries.of(pool),
                        Arbitraries.integers().between(0, 3).map(n -> n == 0),
                        Arbitraries.of(true, false))
                .as(Event::new)
                .list()
                .ofMaxSize(60);
    }

    /** Whether a version of an object is a Secret whose certificate can be served. */
    static boolean servable(@Nullable ResourceModel model) {
        return model instanceof SecretModel secret && secret.material() instanceof SecretModel.Usable;
    }

    private Histories() {}
}
