package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Rule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever an object that never passed an API server holds, it is compiled, and the routes of others stay as they are. */
class FuzzedRoutesTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    private static final List<String> TEXTS = List.of(
            "",
            "/",
            "/a",
            "a",
            "/a/../b",
            "//",
            "(",
            "^/(.*)$",
            "(x{1000}){1000}",
            "\\9",
            "\\",
            "${host}",
            "${nothing}",
            "$",
            "a\r\nb: c",
            "\u0000",
            "\ud83d\ude00",
            "*",
            "https://*.example.com",
            "10.0.0.0/8",
            "10.0.0.0/99",
            "GET",
            "404",
            "599-400",
            "text/html",
            "set x-a: b",
            "true",
            "api:80 10%",
            "503 x",
            "x".repeat(9_000));

    private static final List<Integer> NUMBERS = List.of(-1, 0, 1, 301, 503, 70_000, Integer.MAX_VALUE);

    private static final String OTHERS = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: shop}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {name: other, namespace: shop, creationTimestamp: "2020-01-01T00:00:00Z"}
            spec:
              ingressClassName: gatehouse
              hosts: [other.example.com, both.example.com]
              rules: [{matches: [{path: {prefix: /other}}], backends: [{service: api, port: 80}]}]
            """;

    private static final JSONSchemaProps ROUTE = spec("proxyroutes");
    private static final JSONSchemaProps POLICY = spec("proxypolicies");
    private static final JSONSchemaProps FLEETS = spec("proxyfleets");

    /** The schema that the CRD has for the spec of its objects: what is added there is fuzzed. */
    private static JSONSchemaProps spec(String plural) {
        InputStream crd = Objects.requireNonNull(
                FuzzedRoutesTest.class.getResourceAsStream("/crds/" + plural + ".gatehouse.dev.yaml"));
        return field(
                new KubernetesSerialization()
                        .unmarshal(crd, CustomResourceDefinition.class)
                        .getSpec()
                        .getVersions()
                        .getFirst()
                        .getSchema()
                        .getOpenAPIV3Schema(),
                "spec");
    }

    private static JSONSchemaProps field(JSONSchemaProps schema, String name) {
        return Objects.requireNonNull(schema.getProperties().get(name));
    }

    /** One seed makes one object. */
    private record Fuzz(Random random) {

        private boolean oneIn(int n) {
            return random.nextInt(n) == 0;
        }

        private <T> T any(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        /** Something of the form that a schema asks for, and only of that form. */
        Object value(JSONSchemaProps schema) {
            if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
                return random.nextBoolean() ? any(NUMBERS) : any(TEXTS);
            }
            return switch (schema.getType()) {
                case "string" ->
                    schema.getEnum().isEmpty() || oneIn(50)
                            ? any(TEXTS)
                            : any(schema.getEnum()).asText();
                case "integer" -> any(NUMBERS);
                case "boolean" -> random.nextBoolean();
                case "array" -> {
                    List<Object> values = new ArrayList<>();
                    for (int i = random.nextInt(3); i > 0; i--) {
                        values.add(value(schema.getItems().getSchema()));
                    }
                    yield values;
                }
                case "object" ->
                    schema.getAdditionalProperties() == null
                            ? some(schema)
                            : Map.of(any(TEXTS) + "x", any(TEXTS), "x-a", any(TEXTS));
                default -> throw new IllegalArgumentException(schema.getType());
            };
        }

        /** Of the fields of an object some. */
        Map<String, Object> some(JSONSchemaProps schema) {
            Map<String, Object> some = new TreeMap<>();
            schema.getProperties().forEach((name, kind) -> {
                if (oneIn(2)) {
                    some.put(name, value(kind));
                }
            });
            return some;
        }

        Map<String, Object> rule() {
            Map<String, Object> rule = some(field(ROUTE, "rules").getItems().getSchema());
            if (!oneIn(3)) {
                rule.put("backends", List.of(Map.of("service", "api", "port", 80)));
            }
            if (oneIn(3)) {
                rule.put("policies", List.of("fuzzed"));
            }
            return rule;
        }

        String policy() throws JsonProcessingException {
            Map<String, Object> spec = some(POLICY);
            spec.remove("selector"); // it would be one for others, as it may
            return object("ProxyPolicy", "fuzzed", spec);
        }

        String fleet() throws JsonProcessingException {
            return object("ProxyFleet", "fuzzed", some(FLEETS));
        }

        /** With TLS, which is the host's: so it is one of its own. */
        String secured() throws JsonProcessingException {
            Map<String, Object> spec = new TreeMap<>(Map.of(
                    "ingressClassName", "gatehouse", "hosts", List.of("tls.example.com"), "rules", List.of(rule())));
            spec.put("tls", value(field(ROUTE, "tls")));
            return object("ProxyRoute", "secured", spec);
        }

        private static String object(String kind, String name, Map<String, Object> spec)
                throws JsonProcessingException {
            return new ObjectMapper()
                    .writeValueAsString(Map.of(
                            "apiVersion",
                            "gatehouse.dev/v1alpha1",
                            "kind",
                            kind,
                            "metadata",
                            Map.of("name", name, "namespace", "shop", "creationTimestamp", "2021-01-01T00:00:00Z"),
                            "spec",
                            spec));
        }

        String route() throws JsonProcessingException {
            return object(
                    "ProxyRoute",
                    "fuzzed",
                    Map.of(
                            "ingressClassName",
                            "gatehouse",
                            "hosts",
                            List.of("fuzzed.example.com", "both.example.com"),
                            "rules",
                            List.of(rule(), rule())));
        }

        String ingress() throws JsonProcessingException {
            Map<String, String> annotations = new TreeMap<>();
            for (String name : List.of(
                    "rewrite-prefix",
                    "rewrite-regex",
                    "rewrite-host",
                    "redirect",
                    "respond",
                    "request-headers",
                    "cors-allow-origins",
                    "cors-max-age",
                    "max-body-bytes",
                    "mirror",
                    "canary",
                    "canary-weight",
                    "canary-by-header",
                    "canary-by-header-pattern",
                    "canary-by-cookie",
                    "load-balancing",
                    "hash",
                    "slow-start",
                    "sticky-cookie",
                    "tls-min-version",
                    "anything")) {
                if (oneIn(3)) {
                    annotations.put("gatehouse.dev/" + name, any(TEXTS));
                }
            }
            return new ObjectMapper()
                    .writeValueAsString(Map.of(
                            "apiVersion",
                            "networking.k8s.io/v1",
                            "kind",
                            "Ingress",
                            "metadata",
                            Map.of(
                                    "name",
                                    "fuzzed",
                                    "namespace",
                                    "shop",
                                    "creationTimestamp",
                                    "2021-01-01T00:00:00Z",
                                    "annotations",
                                    annotations),
                            "spec",
                            Map.of(
                                    "ingressClassName",
                                    "gatehouse",
                                    "defaultBackend",
                                    Map.of("service", Map.of("name", "api", "port", Map.of("number", 80))))));
        }
    }

    @Property(tries = 400)
    void whateverIsWrittenTheRoutesOfOthersStay(@ForAll long seed) throws Exception {
        Fuzz fuzz = new Fuzz(new Random(seed));
        World world = new World(WorldOptions.cluster(FLEET));
        Manifests manifests = new Manifests();
        world.apply(manifests.upserts(OTHERS));
        Shard before = host(world, "other.example.com").orElseThrow();
        Rule shared = rules(world).getFirst();

        for (String written : List.of(fuzz.policy(), fuzz.fleet(), fuzz.route(), fuzz.secured())) {
            read(manifests, written).ifPresent(world::apply);
        }
        world.apply(manifests.upserts(fuzz.ingress()));

        assertThat(host(world, "other.example.com")).contains(before);
        assertThat(rules(world)).contains(shared);
    }

    /** Empty if the text is none of the kind's, such as an unknown word for an enum: its source refuses it, as the API server does. */
    private static Optional<List<Change>> read(Manifests manifests, String json) {
        try {
            return Optional.of(manifests.upserts(json));
        } catch (KubernetesClientException e) {
            return Optional.empty();
        }
    }

    private static Optional<Shard> host(World world, String name) {
        return world.snapshot(FLEET).get(ShardId.host(name));
    }

    private static List<Rule> rules(World world) throws Exception {
        return host(world, "both.example.com").orElseThrow().body().getHost().getRulesList();
    }
}
