package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /** One seed makes one object. */
    private record Fuzz(Random random) {

        private boolean oneIn(int n) {
            return random.nextInt(n) == 0;
        }

        private <T> T any(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        /** Of the given fields some, each with what its kind may be. */
        private Map<String, Object> some(Map<String, Object> fields) {
            Map<String, Object> some = new TreeMap<>();
            fields.forEach((name, kind) -> {
                if (oneIn(2)) {
                    some.put(name, value(kind));
                }
            });
            return some;
        }

        @SuppressWarnings("unchecked") // the kinds below are written so
        private Object value(Object kind) {
            return switch (kind) {
                case String text when text.equals("number") -> any(NUMBERS);
                case String text when text.equals("flag") -> random.nextBoolean();
                case String text when text.equals("map") -> Map.of(any(TEXTS) + "x", any(TEXTS), "x-a", any(TEXTS));
                case String text -> any(TEXTS);
                case List<?> list -> {
                    List<Object> values = new ArrayList<>();
                    for (int i = random.nextInt(3); i > 0; i--) {
                        values.add(value(list.getFirst()));
                    }
                    yield values;
                }
                case Map<?, ?> fields -> some((Map<String, Object>) fields);
                default -> throw new IllegalArgumentException(kind.toString());
            };
        }

        Map<String, Object> rule() {
            Map<String, Object> named = Map.of("name", "text", "exact", "text", "regex", "text", "present", "flag");
            Map<String, Object> edit = Map.of("set", "map", "add", "map", "remove", List.of("text"));
            Map<String, Object> match = Map.of(
                    "path",
                    Map.of("exact", "text", "prefix", "text", "regex", "text"),
                    "headers",
                    List.of(named),
                    "queryParams",
                    List.of(named),
                    "cookies",
                    List.of(named),
                    "methods",
                    List.of("text"),
                    "sources",
                    List.of("text"));
            Map<String, Object> filter = Map.of(
                    "requestHeaders",
                    edit,
                    "responseHeaders",
                    edit,
                    "rewrite",
                    Map.of(
                            "prefix",
                            "text",
                            "path",
                            "text",
                            "host",
                            "text",
                            "regex",
                            Map.of("pattern", "text", "substitution", "text")),
                    "redirect",
                    Map.of("scheme", "text", "host", "text", "port", "number", "path", "text", "status", "number"),
                    "respond",
                    Map.of("status", "number", "contentType", "text", "body", "text", "headers", "map"),
                    "cors",
                    Map.of(
                            "allowOrigins",
                            List.of("text"),
                            "allowMethods",
                            List.of("text"),
                            "allowHeaders",
                            List.of("text"),
                            "allowCredentials",
                            "flag",
                            "maxAge",
                            "text"),
                    "errorPages",
                    List.of(Map.of("statuses", List.of("text"), "body", "text", "contentType", "text")),
                    "mirror",
                    Map.of("service", "text", "port", "number", "percent", "number"));
            Map<String, Object> rule = some(Map.of(
                    "name",
                    "text",
                    "matches",
                    List.of(match),
                    "filters",
                    List.of(filter),
                    "limits",
                    Map.of("maxBodyBytes", "number")));
            rule.put("backends", List.of(Map.of("service", "api", "port", 80)));
            return rule;
        }

        String route() throws JsonProcessingException {
            return new ObjectMapper()
                    .writeValueAsString(Map.of(
                            "apiVersion",
                            "gatehouse.dev/v1alpha1",
                            "kind",
                            "ProxyRoute",
                            "metadata",
                            Map.of("name", "fuzzed", "namespace", "shop", "creationTimestamp", "2021-01-01T00:00:00Z"),
                            "spec",
                            Map.of(
                                    "ingressClassName",
                                    "gatehouse",
                                    "hosts",
                                    List.of("fuzzed.example.com", "both.example.com"),
                                    "rules",
                                    List.of(rule(), rule()))));
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

        world.apply(manifests.upserts(fuzz.route()));
        world.apply(manifests.upserts(fuzz.ingress()));

        assertThat(host(world, "other.example.com")).contains(before);
        assertThat(rules(world)).contains(shared);
    }

    private static Optional<Shard> host(World world, String name) {
        return world.snapshot(FLEET).get(ShardId.host(name));
    }

    private static List<Rule> rules(World world) throws Exception {
        return host(world, "both.example.com").orElseThrow().body().getHost().getRulesList();
    }
}
