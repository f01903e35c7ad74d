package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Source;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ProxyPolicies make of the rules that use them, and of nobody else's. */
class PolicyCompileTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey SHOP = new ObjectKey(Kind.PROXY_ROUTE, "shop", "shop");

    private static final String SURROUNDINGS = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: shop}
            spec:
              ports: [{name: http, port: 80, targetPort: 8080}]
            """;

    private static final String ROUTE = """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {name: shop, namespace: shop, labels: {tier: gold}}
            spec:
              ingressClassName: gatehouse
              hosts: [shop.example.com]
              rules:
              - matches: [{path: {prefix: /api}}]
                policies: [POLICIES]
                filters: [{requestHeaders: {set: {x-from: rule}}}]
                backends: [{service: api, port: 80}]
            """;

    private static final String INGRESS = """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: web, namespace: shop, annotations: {gatehouse.dev/policies: "base, extra"}}
            spec:
              ingressClassName: gatehouse
              rules:
                - host: web.example.com
                  http:
                    paths:
                      - {path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    @BeforeEach
    void surroundings() {
        apply(SURROUNDINGS);
    }

    private Outcome apply(String yaml) {
        return world.apply(manifests.upserts(yaml));
    }

    private static String policy(String name, String spec) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyPolicy
                metadata: {name: %s, namespace: shop, uid: %s, generation: 7}
                spec: %s
                """.formatted(name, name, spec);
    }

    private static String sets(String from) {
        return "{requestHeaders: {set: {x-from: " + from + "}}}";
    }

    private Rule rule(String host) throws CorruptShardException {
        Shard shard = world.snapshot(FLEET).get(ShardId.host(host)).orElseThrow();
        return shard.body().getHost().getRules(0);
    }

    private Verdict verdict(ObjectKey key) {
        Verdict verdict = world.verdicts().get(key);
        assertThat(verdict).as("verdict on %s", key).isNotNull();
        return java.util.Objects.requireNonNull(verdict);
    }

    private static List<String> from(Rule rule) {
        return rule.getFiltersList().stream()
                .filter(Filter::hasRequestHeaders)
                .map(filter -> filter.getRequestHeaders().getSet(0).getValue())
                .toList();
    }

    @Test
    void filtersComeAfterEachOtherDefaultsFirstAndTheRulesOwnLast() throws Exception {
        apply(policy("z-default", "{selector: {}, filters: [" + sets("z") + "], timeouts: {request: 9s}}"));
        apply(policy("a-default", "{selector: {matchLabels: {tier: gold}}, filters: [" + sets("a") + "]}"));
        apply(policy("silver", "{selector: {matchLabels: {tier: silver}}, filters: [" + sets("silver") + "]}"));
        apply(policy("base", "{filters: [" + sets("base") + "], timeouts: {request: 5s}}"));
        apply(policy("extra", "{filters: [" + sets("extra") + "]}"));
        apply(ROUTE.replace("POLICIES", "extra, base"));
        Rule rule = rule("shop.example.com");
        assertThat(from(rule)).containsExactly("a", "z", "extra", "base", "rule");
        assertThat(rule.getRequestTimeoutMs()).isEqualTo(5_000);
        assertThat(rule.getPoliciesList())
                .extracting(Source::getName)
                .containsExactly("a-default", "z-default", "extra", "base");
        Source source = rule.getFilters(3).getSource();
        assertThat(source.getKind() + " " + source.getNamespace() + "/" + source.getName() + " " + source.getField())
                .isEqualTo("ProxyPolicy shop/base spec.filters[0]");
        assertThat(rule.getFilters(4).hasSource()).isFalse();
    }

    @Test
    void theRulesOwnValueGoesBeforeThoseOfItsPolicies() throws Exception {
        apply(policy("base", "{filters: [{rewrite: {prefix: /base}}], timeouts: {request: 5s}}"));
        apply(policy("extra", "{filters: [{rewrite: {prefix: /extra}}], timeouts: {request: 6s}}"));
        apply(ROUTE.replace("POLICIES", "base, extra"));
        assertThat(rule("shop.example.com").getRequestTimeoutMs()).isEqualTo(6_000);
        apply(policy("base", "{timeouts: {connect: 1s, idle: 1s}, retries: {attempts: 5}}"));
        apply(policy("extra", "{filters: [{rewrite: {prefix: /extra}}], timeouts: {request: 6s, connect: 2s}}"));
        assertThat(rule("shop.example.com").getTimeouts().getConnectMs()).isEqualTo(2_000);
        assertThat(rule("shop.example.com").getTimeouts().getIdleMs()).isEqualTo(1_000);
        assertThat(rule("shop.example.com").getRetries().getAttempts()).isEqualTo(5);
        assertThat(rule("shop.example.com").getFiltersList())
                .filteredOn(Filter::hasRewritePrefix)
                .extracting(filter -> filter.getRewritePrefix().getPrefix())
                .containsExactly("/extra");
        apply(ROUTE.replace("POLICIES", "base, extra")
                .replace("filters: [", "timeouts: {request: 7s}\n    filters: [{rewrite: {prefix: /own}}, "));
        assertThat(rule("shop.example.com").getRequestTimeoutMs()).isEqualTo(7_000);
        assertThat(rule("shop.example.com").getFiltersList())
                .filteredOn(Filter::hasRewritePrefix)
                .extracting(filter -> filter.getRewritePrefix().getPrefix())
                .containsExactly("/own");
    }

    @Test
    void limitsAndBalancingAreThoseOfTheLastThatSaysSomething() throws Exception {
        apply(policy(
                "base",
                "{limits: {maxBodyBytes: 10}, loadBalancing: {policy: consistentHash, hash: {header: x-user}}}"));
        apply(policy("extra", "{limits: {maxBodyBytes: 0}, loadBalancing: {policy: leastRequest}}"));
        apply(ROUTE.replace("POLICIES", "base"));
        assertThat(rule("shop.example.com").getMaxBodyBytes()).isEqualTo(10);
        assertThat(rule("shop.example.com").getBalancing().getHash().getHeader())
                .isEqualTo("x-user");
        assertThat(rule("shop.example.com").getRequiredFeaturesList()).contains("limit.body", "balance.policies");
        apply(ROUTE.replace("POLICIES", "base, extra"));
        assertThat(rule("shop.example.com").getMaxBodyBytes()).isEqualTo(Long.MAX_VALUE);
        assertThat(rule("shop.example.com").getBalancing().getPolicy()).isEqualTo(Balancing.Policy.LEAST_REQUEST);
        // What a rule says itself counts, also where it is the default of all rules.
        apply(ROUTE.replace("POLICIES", "base, extra")
                .replace(
                        "backends:",
                        "limits: {maxBodyBytes: 7}\n    loadBalancing: {policy: roundRobin}\n    backends:"));
        assertThat(rule("shop.example.com").getMaxBodyBytes()).isEqualTo(7);
        assertThat(rule("shop.example.com").hasBalancing()).isFalse();
        apply(INGRESS.replace("\"base, extra\"", "base"));
        assertThat(rule("web.example.com").getMaxBodyBytes()).isEqualTo(10);
    }

    @Test
    void aPolicyMirrorsToAServiceOfItsNamespaceAndHasPagesForErrors() throws Exception {
        apply(policy("base", """
                {filters: [{mirror: {service: audit, port: 80, percent: 5}},
                 {errorPages: [{statuses: ["502-504"], body: sorry}]}, {cors: {allowOrigins: ["*"]}}]}"""));
        apply(ROUTE.replace("POLICIES", "base"));
        assertThat(verdict(SHOP).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("ServiceNotFound");
            assertThat(finding.field()).isEqualTo("spec.rules[0].matches[0]");
            assertThat(finding.message())
                    .isEqualTo("uses the ProxyPolicy shop/base, whose spec.filters[0].mirror.service names the Service"
                            + " shop/audit, which does not exist; create it, or name one that does. Until then nothing"
                            + " is mirrored");
        });
        assertThat(rule("shop.example.com").getBackends(0).getUnavailable()).isEmpty();

        apply(SURROUNDINGS.replace("{name: api,", "{name: audit,"));
        Rule rule = rule("shop.example.com");
        assertThat(verdict(SHOP).findings()).isEmpty();
        assertThat(rule.getFilters(0).getMirror().getBackend().getUpstream()).isEqualTo("upstream/shop/audit/80");
        assertThat(rule.getFilters(1).getErrorPages().getPagesList()).hasSize(1);
        assertThat(rule.getFilters(2).getSource().getName()).isEqualTo("base");
        // The rule's own takes the place of the policy's.
        apply(ROUTE.replace("POLICIES", "base")
                .replace("filters: [", "filters: [{mirror: {service: api, port: 80}}, "));
        assertThat(rule("shop.example.com").getFiltersList())
                .filteredOn(Filter::hasMirror)
                .singleElement()
                .satisfies(filter -> assertThat(filter.getMirror().getBackend().getUpstream())
                        .isEqualTo("upstream/shop/api/80"));
    }

    @Test
    void anIngressNamesPoliciesByAnnotation() throws Exception {
        apply(policy("base", "{filters: [" + sets("base") + "]}"));
        apply(policy("extra", "{filters: [" + sets("extra") + "]}"));
        apply(INGRESS);
        assertThat(from(rule("web.example.com"))).containsExactly("base", "extra");
    }

    @Test
    void aPolicyThatIsMissingFailsClosedUntilItIsThere() throws Exception {
        apply(INGRESS);
        assertThat(rule("web.example.com").getBackendsList())
                .singleElement()
                .satisfies(backend -> assertThat(backend.getUnavailable()).isEqualTo("policy-not-found"));
        Verdict verdict = verdict(new ObjectKey(Kind.INGRESS, "shop", "web"));
        assertThat(verdict.resolvedRefs()).isFalse();
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("PolicyNotFound");
            assertThat(finding.field()).isEqualTo("metadata.annotations['gatehouse.dev/policies']");
            assertThat(finding.message()).startsWith("names the ProxyPolicy shop/base, which does not exist");
        });
        apply(policy("base", "{filters: [" + sets("base") + "]}"));
        apply(policy("extra", "{}"));
        assertThat(rule("web.example.com").getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
        assertThat(verdict(new ObjectKey(Kind.INGRESS, "shop", "web")).resolvedRefs())
                .isTrue();
        world.apply(List.of(new Change.Delete(ObjectKey.proxyPolicy("shop", "extra"))));
        assertThat(rule("web.example.com").getBackends(0).getUnavailable()).isEqualTo("policy-not-found");
        assertThat(rule("web.example.com").getFiltersList()).isEmpty();
    }

    @Test
    void aPolicyThatCannotBeAppliedFailsClosedForWhatUsesItAndForNobodyElse() throws Exception {
        apply(policy("base", "{filters: [" + sets("base") + ", {rewrite: {prefix: no-slash}}]}"));
        apply(ROUTE.replace("POLICIES", "base"));
        apply(INGRESS.replace("\"base, extra\"", "\"\""));
        assertThat(rule("shop.example.com").getBackends(0).getUnavailable()).isEqualTo("policy-invalid");
        assertThat(rule("shop.example.com").getFiltersList()).isEmpty();
        assertThat(rule("web.example.com").getBackends(0).getUnavailable()).isEmpty();
        assertThat(verdict(SHOP).findings().getFirst().message())
                .contains("uses the ProxyPolicy shop/base", "spec.filters[1].rewrite.prefix 'no-slash' does not start");
        Verdict policy = verdict(ObjectKey.proxyPolicy("shop", "base"));
        assertThat(policy.accepted()).isFalse();
        assertThat(policy.generation()).isEqualTo(7);
        assertThat(policy.findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).isEqualTo("InvalidPath"));
    }

    @Test
    void aRewriteNeedsAPrefixInTheRule() throws Exception {
        apply(policy("base", "{filters: [{rewrite: {prefix: /v2}}]}"));
        apply(ROUTE.replace("POLICIES", "base").replace("{prefix: /api}", "{exact: /api}"));
        assertThat(rule("shop.example.com").getBackends(0).getUnavailable()).isEqualTo("policy-invalid");
        assertThat(verdict(SHOP).findings().getFirst().message())
                .contains("rewrites the prefix of the path (spec.filters[0])", "exact /api");
        assertThat(verdict(ObjectKey.proxyPolicy("shop", "base")).accepted()).isTrue();
    }

    @Test
    void aPolicyIsToldHowManyRoutesUseIt() {
        ObjectKey base = ObjectKey.proxyPolicy("shop", "base");
        apply(policy("base", "{filters: [" + sets("base") + "]}"));
        assertThat(verdict(base).users()).isZero();
        apply(ROUTE.replace("POLICIES", "base").replace("[shop.example.com]", "[shop.example.com, a.example.com]"));
        assertThat(verdict(base).users()).isEqualTo(1);
        apply(policy("base", "{selector: {}, filters: [" + sets("base") + "]}"));
        assertThat(apply(INGRESS.replace("\"base, extra\"", "\"\"")).verdict(base))
                .hasValueSatisfying(verdict -> assertThat(verdict.users()).isEqualTo(2));
        world.apply(List.of(new Change.Delete(SHOP)));
        assertThat(verdict(base).users()).isEqualTo(1);
    }

    @Test
    void aChangeConcernsTheHostsThatUseThePolicyAndNoOthers() {
        apply(ROUTE.replace("POLICIES", "base"));
        apply(INGRESS.replace("\"base, extra\"", "\"other\""));
        apply(policy("other", "{}"));
        apply(policy("base", "{filters: [" + sets("base") + "]}"));
        assertThat(updates(apply(policy("base", "{filters: [" + sets("new") + "]}"))))
                .containsExactly("host/shop.example.com");
        // Becomes a default for one, then for the other.
        assertThat(updates(
                        apply(policy("more", "{selector: {matchLabels: {tier: gold}}, filters: [" + sets("m") + "]}"))))
                .containsExactly("host/shop.example.com");
        assertThat(updates(apply(policy("more", "{selector: {}, filters: [" + sets("m") + "]}"))))
                .containsExactly("host/web.example.com");
        assertThat(updates(apply(policy("more", "{filters: [" + sets("m") + "]}"))))
                .containsExactly("host/shop.example.com", "host/web.example.com");
        // Of another namespace.
        assertThat(apply(policy("base", "{selector: {}, filters: [" + sets("x") + "]}")
                                .replace("namespace: shop", "namespace: blog"))
                        .fleets())
                .isEmpty();
    }

    @Test
    void aRouteThatGetsALabelGetsItsPolicies() throws Exception {
        apply(policy("gold", "{selector: {matchLabels: {tier: gold}}, filters: [" + sets("gold") + "]}"));
        apply(ROUTE.replace("POLICIES", "").replace("tier: gold", "tier: iron"));
        assertThat(from(rule("shop.example.com"))).containsExactly("rule");
        apply(ROUTE.replace("POLICIES", ""));
        assertThat(from(rule("shop.example.com"))).containsExactly("gold", "rule");
    }

    private static List<String> updates(Outcome outcome) {
        return outcome.fleet(FLEET).orElseThrow().updates().stream()
                .map(shard -> shard.id().toString())
                .toList();
    }
}
