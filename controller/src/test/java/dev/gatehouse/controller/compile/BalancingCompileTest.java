package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.StickyCookie;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code loadBalancing} of a rule, its annotations at an Ingress, and EndpointSlices become on the wire. */
class BalancingCompileTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    private static final String AROUND = """
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
            """;

    private final World world = new World(WorldOptions.cluster(FLEET));
    private List<Finding> findings = List.of();

    private Rule apply(Kind kind, String yaml) throws Exception {
        world.apply(new Manifests().upserts(AROUND + yaml));
        findings = Optional.ofNullable(world.verdicts().get(new ObjectKey(kind, "shop", "web")))
                .orElseThrow()
                .findings();
        return world.snapshot(FLEET)
                .get(ShardId.host("a.example.com"))
                .orElseThrow()
                .body()
                .getHost()
                .getRules(0);
    }

    private Rule route(String loadBalancing) throws Exception {
        return apply(
                Kind.PROXY_ROUTE, """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  rules:
                  - backends: [{service: api, port: 80}]
                %s
                """.formatted(loadBalancing.isEmpty() ? "" : "    loadBalancing: " + loadBalancing));
    }

    private Rule ingress(String annotations) throws Exception {
        return apply(Kind.INGRESS, """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: web, namespace: shop, annotations: {%s}}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: a.example.com
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]
                """.formatted(annotations));
    }

    @Test
    void aRuleThatSaysNothingAsksNothingOfANode() throws Exception {
        for (String plain : List.of("", "{}", "{policy: roundRobin}", "{zoneAware: false}")) {
            Rule rule = route(plain);
            assertThat(findings).isEmpty();
            assertThat(rule.hasBalancing()).isFalse();
            assertThat(rule.getRequiredFeaturesList()).isEmpty();
        }
    }

    static Stream<Arguments> wholes() {
        Balancing.Builder hash = Balancing.newBuilder().setPolicy(Balancing.Policy.CONSISTENT_HASH);
        return Stream.of(
                Arguments.of(
                        "{policy: leastRequest}",
                        "gatehouse.dev/load-balancing: leastRequest",
                        Balancing.newBuilder()
                                .setPolicy(Balancing.Policy.LEAST_REQUEST)
                                .build()),
                Arguments.of(
                        "{policy: peakEwma, zoneAware: true, slowStart: 30s}",
                        "gatehouse.dev/load-balancing: peakEwma, gatehouse.dev/zone-aware: 'true', gatehouse.dev/slow-start: 30s",
                        Balancing.newBuilder()
                                .setPolicy(Balancing.Policy.PEAK_EWMA)
                                .setZoneAware(true)
                                .setSlowStartMs(30_000)
                                .build()),
                Arguments.of(
                        "{policy: random}",
                        "gatehouse.dev/load-balancing: random",
                        Balancing.newBuilder()
                                .setPolicy(Balancing.Policy.RANDOM)
                                .build()),
                Arguments.of(
                        "{policy: consistentHash, hash: {header: X-User, boundPercent: 125}}",
                        "gatehouse.dev/load-balancing: consistentHash, gatehouse.dev/hash: header X-User,"
                                + " gatehouse.dev/hash-bound-percent: '125'",
                        hash.clone()
                                .setHash(HashKey.newBuilder().setHeader("x-user"))
                                .setHashBoundPercent(125)
                                .build()),
                Arguments.of(
                        "{policy: consistentHash, hash: {cookie: Uid}}",
                        "gatehouse.dev/load-balancing: consistentHash, gatehouse.dev/hash: cookie Uid",
                        hash.clone()
                                .setHash(HashKey.newBuilder().setCookie("Uid"))
                                .build()),
                Arguments.of(
                        "{policy: consistentHash, hash: {source: true}}",
                        "gatehouse.dev/load-balancing: consistentHash, gatehouse.dev/hash: source",
                        hash.clone()
                                .setHash(HashKey.newBuilder().setSource(true))
                                .build()),
                Arguments.of(
                        "{policy: consistentHash, hash: {path: true}}",
                        "gatehouse.dev/load-balancing: consistentHash, gatehouse.dev/hash: path",
                        hash.clone().setHash(HashKey.newBuilder().setPath(true)).build()));
    }

    @ParameterizedTest
    @MethodSource("wholes")
    void aFieldAndItsAnnotationComeToTheSame(String field, String annotations, Balancing wire) throws Exception {
        Rule route = route(field);
        assertThat(findings).isEmpty();
        assertThat(route.getBalancing()).isEqualTo(wire);
        assertThat(route.getRequiredFeaturesList()).containsExactly("balance.policies");
        Rule ingress = new BalancingCompileTest().ingressOf(annotations);
        assertThat(ingress.getBalancing()).isEqualTo(wire);
        assertThat(ingress.getRequiredFeaturesList()).containsExactly("balance.policies");
    }

    private Rule ingressOf(String annotations) throws Exception {
        Rule rule = ingress(annotations);
        assertThat(findings).isEmpty();
        return rule;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{policy: consistentHash} | hash | is missing",
                "{policy: random, hash: {path: true}} | hash | the policy is another",
                "{policy: consistentHash, hash: {}} | hash | exactly one of",
                "{policy: consistentHash, hash: {header: a, path: true}} | hash | exactly one of",
                "{policy: consistentHash, hash: {source: false}} | hash | exactly one of",
                "{policy: consistentHash, hash: {header: 'x user'}} | hash.header | ' '",
                "{policy: consistentHash, hash: {cookie: 'a;b'}} | hash.cookie | name of a cookie",
                "{policy: consistentHash, hash: {path: true, boundPercent: 90}} | hash.boundPercent | 101 to 1000",
                "{slowStart: soon} | slowStart | 'soon'",
            })
    void whatCannotBeIsSaidAndTheRuleServes(String loadBalancing, String field, String message) throws Exception {
        Rule rule = route(loadBalancing);
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0].loadBalancing." + field);
            assertThat(finding.message()).contains(message);
        });
        assertThat(rule.getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gatehouse.dev/load-balancing: fastest | load-balancing | leastRequest",
                "gatehouse.dev/load-balancing: consistentHash | hash | is missing",
                "gatehouse.dev/hash: path | hash | the policy is another",
                "gatehouse.dev/load-balancing: consistentHash, gatehouse.dev/hash: query q | hash | header x-user",
                "gatehouse.dev/hash-bound-percent: '125' | hash-bound-percent | beside gatehouse.dev/hash",
                "gatehouse.dev/zone-aware: 'yes' | zone-aware | true or false",
                "gatehouse.dev/slow-start: soon | slow-start | 'soon'",
            })
    void whatAnAnnotationCannotSayNamesIt(String annotations, String name, String message) throws Exception {
        Rule rule = ingress(annotations);
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("metadata.annotations['gatehouse.dev/" + name + "']");
            assertThat(finding.message()).contains(message);
        });
        assertThat(rule.getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
    }

    private static String slice(String name, String annotations, String endpoints) {
        return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: %s
                  namespace: shop
                  labels: {kubernetes.io/service-name: api}
                  annotations: {%s}
                addressType: IPv4
                ports: [{port: 8080}]
                endpoints: [%s]
                ---
                """.formatted(name, annotations, endpoints);
    }

    private Endpoints endpoints() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.endpoints("shop", "api", 80))
                .orElseThrow()
                .body()
                .getEndpoints();
    }

    @Test
    void endpointsHaveTheWeightOfTheirSliceAndItsHints() throws Exception {
        world.apply(new Manifests()
                .upserts(slice(
                                "small",
                                "",
                                "{addresses: [10.0.0.1], zone: a, hints: {forZones: [{name: b}, {name: a}]}}")
                        + slice("big", "gatehouse.dev/weight: '3'", "{addresses: [10.0.0.2]}")));
        route("");
        assertThat(findings).isEmpty();
        assertThat(endpoints().getEndpoints(0).getWeight()).isZero();
        assertThat(endpoints().getEndpoints(0).getForZonesList()).containsExactly("a", "b");
        assertThat(endpoints().getEndpoints(1).getWeight()).isEqualTo(3);
        assertThat(endpoints().getEndpoints(1).getForZonesList()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"heavy", "0", "-1", "1001", "2.5"})
    void aWeightThatIsNoneIsSaidOfTheRoutesThatUseTheService(String weight) throws Exception {
        world.apply(new Manifests()
                .upserts(slice("odd", "gatehouse.dev/weight: '" + weight + "'", "{addresses: [10.0.0.1]}")));
        route("");
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0].backends[0].service");
            assertThat(finding.message()).contains("shop/odd", "gatehouse.dev/weight", "1 to 1000");
        });
        assertThat(endpoints().getEndpoints(0).getWeight()).isZero();
    }

    @Test
    void aStickyCookieHasItsDefaultsAndANameThatTellsNothing() throws Exception {
        Rule rule = route("{stickyCookie: {}}");
        assertThat(findings).isEmpty();
        StickyCookie cookie = rule.getBalancing().getStickyCookie();
        assertThat(cookie.getName()).matches("gatehouse-[0-9a-f]{8}");
        assertThat(cookie.toBuilder().clearName().build())
                .isEqualTo(StickyCookie.newBuilder().setPath("/").build());
        assertThat(rule.getRequiredFeaturesList()).containsExactly("balance.policies", "balance.sticky");
        assertThat(ingress("gatehouse.dev/sticky-cookie: 'true'")
                        .getBalancing()
                        .getStickyCookie()
                        .getName())
                .isEqualTo(cookie.getName());
    }

    @Test
    void aStickyCookieIsAsItIsWritten() throws Exception {
        StickyCookie wire = StickyCookie.newBuilder()
                .setName("pod")
                .setPath("/shop")
                .setMaxAgeSeconds(43_200)
                .setSameSite(StickyCookie.SameSite.STRICT)
                .setSecure(StickyCookie.Secure.ALWAYS)
                .setReadableByScripts(true)
                .build();
        assertThat(route(
                                "{stickyCookie: {name: pod, path: /shop, maxAge: 12h, sameSite: Strict, secure: true, httpOnly: false}}")
                        .getBalancing()
                        .getStickyCookie())
                .isEqualTo(wire);
        assertThat(ingress("gatehouse.dev/sticky-cookie:"
                                + " 'pod; path=/shop; maxAge=12h; sameSite=Strict; secure=true; httpOnly=false'")
                        .getBalancing()
                        .getStickyCookie())
                .isEqualTo(wire);
        assertThat(route("{stickyCookie: {sameSite: None}}")
                        .getBalancing()
                        .getStickyCookie()
                        .getSecure())
                .isEqualTo(StickyCookie.Secure.ALWAYS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: 'a b'} | name | name of a cookie",
                "{path: shop} | path | 'shop'",
                "{path: '/a;b'} | path | semicolons",
                "{sameSite: None, secure: false} | secure | browsers",
                "{maxAge: 1ms} | maxAge | at least 1s",
            })
    void aStickyCookieThatCannotBeIsSaid(String cookie, String field, String message) throws Exception {
        Rule rule = route("{stickyCookie: " + cookie + "}");
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0].loadBalancing.stickyCookie." + field);
            assertThat(finding.message()).contains(message);
        });
        assertThat(rule.getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pod; sameSite=Loose", "pod; colour=red", "; maxAge=1h", "pod; secure"})
    void aStickyAnnotationThatCannotBeNamesItself(String value) throws Exception {
        ingress("gatehouse.dev/sticky-cookie: '" + value + "'");
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("metadata.annotations['gatehouse.dev/sticky-cookie']");
            assertThat(finding.message()).contains("maxAge=12h");
        });
    }

    @Test
    void everyFleetHasSessionKeysOfItsOwn() throws Exception {
        assertThat(sessionKeys()).isEmpty();
        SharedKeys keys = SharedKeys.create(KeyPurpose.STICKY_SESSIONS, new SecureRandom());
        world.renew(keys);
        List<ByteString> first = sessionKeys();
        assertThat(first).hasSize(2).doesNotContainAnyElementsOf(keys.all());
        world.renew(keys.successor(new SecureRandom()));
        assertThat(sessionKeys()).hasSize(3).startsWith(first.get(1)).endsWith(first.get(0));
        World other = new World(WorldOptions.cluster(new FleetKey("edge", "other")));
        other.renew(keys);
        assertThat(other.snapshot(new FleetKey("edge", "other"))
                        .get(ShardId.GLOBAL)
                        .orElseThrow()
                        .body()
                        .getGlobal()
                        .getSessionKeysList())
                .doesNotContainAnyElementsOf(first);
    }

    private List<ByteString> sessionKeys() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.GLOBAL)
                .orElseThrow()
                .body()
                .getGlobal()
                .getSessionKeysList();
    }
}
