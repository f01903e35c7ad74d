package dev.gatehouse.controller.compile;

import static dev.gatehouse.controller.compile.OneHost.ingress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An Ingress that is marked as a canary adds its backend to the rule of another, and takes nothing by itself. */
class CanaryCompileTest {

    private static final ObjectKey PRIMARY = new ObjectKey(Kind.INGRESS, "shop", "web");
    private static final ObjectKey CANARY = new ObjectKey(Kind.INGRESS, "shop", "web-next");

    private static final String STABLE = ingress("web", 2020, "gatehouse.dev/rewrite-prefix: /v1", "web");

    private final OneHost host = new OneHost("web", "next");

    private static String canary(String annotations) {
        return ingress("web-next", 2019, "gatehouse.dev/canary: 'true'\n" + annotations, "next");
    }

    private List<Rule> rules(String... yaml) throws Exception {
        return host.apply(yaml).rules();
    }

    /** Each rule as {@code condition -> backend weight, ...}. */
    private static List<String> said(List<Rule> rules) {
        List<String> said = new ArrayList<>();
        for (Rule rule : rules) {
            List<String> conditions = new ArrayList<>();
            rule.getMatch().getHeadersList().forEach(one -> conditions.add("header " + value(one)));
            rule.getMatch().getCookiesList().forEach(one -> conditions.add("cookie " + value(one)));
            List<String> backends = rule.getBackendsList().stream()
                    .map(CanaryCompileTest::backend)
                    .toList();
            said.add(String.join(" ", conditions) + " -> " + String.join(", ", backends));
        }
        return said;
    }

    private static String value(ValueMatch one) {
        return one.getName() + (one.hasRegex() ? "~" + one.getRegex() : "=" + one.getExact());
    }

    private static String backend(Backend backend) {
        return backend.getUpstream().split("/")[2] + " " + backend.getWeight();
    }

    static Stream<Arguments> terms() {
        return Stream.of(
                Arguments.of("gatehouse.dev/canary-weight: '10'", List.of(" -> web 90, next 10")),
                Arguments.of(
                        "gatehouse.dev/canary-weight: '1'\ngatehouse.dev/canary-weight-total: '1000'",
                        List.of(" -> web 999, next 1")),
                Arguments.of(
                        "gatehouse.dev/canary-by-header: X-Canary",
                        List.of("header x-canary=always -> next 1, web 0", " -> web 100, next 0")),
                Arguments.of(
                        "gatehouse.dev/canary-by-header: x-canary\ngatehouse.dev/canary-weight: '5'",
                        List.of(
                                "header x-canary=always -> next 1, web 0",
                                "header x-canary=never -> web 1",
                                " -> web 95, next 5")),
                Arguments.of(
                        "gatehouse.dev/canary-by-header: x-region\ngatehouse.dev/canary-by-header-value: eu\n"
                                + "gatehouse.dev/canary-weight: '5'",
                        List.of("header x-region=eu -> next 1, web 0", " -> web 95, next 5")),
                Arguments.of(
                        "gatehouse.dev/canary-by-header: x-region\ngatehouse.dev/canary-by-header-pattern: eu|us",
                        List.of("header x-region~eu|us -> next 1, web 0", " -> web 100, next 0")),
                Arguments.of(
                        "gatehouse.dev/canary-by-cookie: beta\ngatehouse.dev/canary-by-header: x-canary\n"
                                + "gatehouse.dev/canary-weight: '20'",
                        List.of(
                                "header x-canary=always -> next 1, web 0",
                                "header x-canary=never -> web 1",
                                "cookie beta=always -> next 1, web 0",
                                "cookie beta=never -> web 1",
                                " -> web 80, next 20")));
    }

    @ParameterizedTest
    @MethodSource("terms")
    void headerGoesBeforeCookieAndCookieBeforeWeight(String annotations, List<String> rules) throws Exception {
        assertThat(said(rules(STABLE, canary(annotations)))).isEqualTo(rules);
        assertThat(host.verdict(CANARY).findings()).isEmpty();
        assertThat(host.verdict(CANARY).accepted()).isTrue();
        assertThat(host.verdict(CANARY).shards()).contains(ShardId.host("a.example.com"));
    }

    @Test
    void whatIsDoneWithRequestsThePrimarySaysAndEveryRuleHasAnIdOfItsOwn() throws Exception {
        List<Rule> rules =
                rules(STABLE, canary("gatehouse.dev/canary-by-header: x-canary\ngatehouse.dev/canary-weight: '5'"));

        assertThat(rules)
                .extracting(Rule::getId)
                .doesNotHaveDuplicates()
                .allSatisfy(id -> assertThat(id).startsWith("Ingress/shop/web#rules[0].paths[0]"));
        assertThat(rules)
                .allSatisfy(
                        rule -> assertThat(rule.getFilters(0).getRewritePrefix().getPrefix())
                                .isEqualTo("/v1"));
        Backend brought = rules.getLast().getBackends(1);
        assertThat(brought.getSource().getName()).isEqualTo("web-next");
        assertThat(brought.getSource().getField()).isEqualTo("spec.rules[0].http.paths[0]");
        assertThat(rules.getLast().getBackends(0).hasSource()).isFalse();
    }

    @Test
    void withoutItsPrimaryItTakesNothingAndIsTold() throws Exception {
        host.apply(canary("gatehouse.dev/canary-weight: '10'"));

        assertThat(host.shard()).isEmpty();
        Verdict verdict = host.verdict(CANARY);
        assertThat(verdict.accepted()).isFalse();
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("CanaryOrphaned");
            assertThat(finding.field()).isEqualTo("spec.rules[0].http.paths[0]");
            assertThat(finding.message()).contains("'prefix /api'").contains("which no Ingress has a rule for");
        });

        assertThat(said(rules(STABLE))).containsExactly(" -> web 90, next 10");
        assertThat(host.verdict(CANARY).findings()).isEmpty();
    }

    @Test
    void aSecondCanaryIsToldWhoseTurnItIs() throws Exception {
        List<Rule> rules = rules(
                STABLE,
                canary("gatehouse.dev/canary-weight: '10'"),
                canary("gatehouse.dev/canary-weight: '20'")
                        .replace("web-next", "late")
                        .replace("2019", "2021"));

        assertThat(said(rules)).containsExactly(" -> web 90, next 10");
        assertThat(host.verdict(new ObjectKey(Kind.INGRESS, "shop", "late")).findings())
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.reason()).isEqualTo("HostPathTaken");
                    assertThat(finding.message()).contains("Ingress shop/web-next");
                });
    }

    @Test
    void aCanaryWithoutItsServiceDoesThePrimaryNoHarm() throws Exception {
        List<Rule> rules = rules(
                STABLE, canary("gatehouse.dev/canary-weight: '10'").replace("name: next, port", "name: gone, port"));

        assertThat(said(rules)).containsExactly(" -> web 1");
        assertThat(host.verdict(PRIMARY).findings()).isEmpty();
        assertThat(host.verdict(CANARY).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("ServiceNotFound");
            assertThat(finding.field()).isEqualTo("spec.rules[0].http.paths[0].backend.service.name");
            assertThat(finding.message()).endsWith("Until then the canary gets no requests");
        });
    }

    @Test
    void nobodyCanBeTheCanaryOfAnotherNamespaceOrOfAProxyRoute() throws Exception {
        String elsewhere = canary("gatehouse.dev/canary-weight: '10'").replace("namespace: shop", "namespace: thief");
        assertThat(said(rules(STABLE, elsewhere))).containsExactly(" -> web 1");
        assertThat(host.verdict(new ObjectKey(Kind.INGRESS, "thief", "web-next"))
                        .findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("only Ingresses of that namespace"));

        assertThat(said(rules("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: route, namespace: shop, creationTimestamp: "2018-01-01T00:00:00Z"}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  rules: [{matches: [{path: {prefix: /api}}], backends: [{service: web, port: 80}]}]
                """, canary("gatehouse.dev/canary-weight: '10'"))))
                .containsExactly(" -> web 1");
        assertThat(host.verdict(CANARY).findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("ProxyRoute shop/route"));
    }

    @Test
    void aPrimaryThatFailsClosedIsNotOpenedByItsCanary() throws Exception {
        List<Rule> rules =
                rules(STABLE.replace("prefix: /v1", "prefix: no-slash"), canary("gatehouse.dev/canary-weight: '10'"));

        assertThat(rules)
                .singleElement()
                .satisfies(rule -> assertThat(rule.getBackendsList())
                        .singleElement()
                        .satisfies(
                                backend -> assertThat(backend.getUnavailable()).isEqualTo("filter-invalid")));
        assertThat(host.verdict(CANARY).findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("cannot be applied"));
    }

    @Test
    void aRuleOfAnotherObjectWithTheSameConditionGoesFirst() throws Exception {
        List<Rule> rules = rules(STABLE, canary("gatehouse.dev/canary-by-header: x-canary"), """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: route, namespace: shop, creationTimestamp: "2022-01-01T00:00:00Z"}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  rules:
                  - matches: [{path: {prefix: /api}, headers: [{name: x-canary, exact: always}]}]
                    backends: [{service: web, port: 80}]
                """);

        assertThat(said(rules)).containsExactly("header x-canary=always -> web 1", " -> web 100, next 0");
        assertThat(host.verdict(CANARY).findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("ProxyRoute shop/route"));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("canary-weight", "101", "write a number from 0 to 100"),
                Arguments.of("canary-weight", "ten", "write a number from 0 to 100"),
                Arguments.of("canary-weight-total", "0", "write a number from 1 to 1000000"),
                Arguments.of("canary-by-header", "x canary", "is no header name"),
                Arguments.of("canary-by-header-value", "eu", "says more of gatehouse.dev/canary-by-header"),
                Arguments.of("canary-by-header-pattern", "eu", "says more of gatehouse.dev/canary-by-header"),
                Arguments.of("canary-by-header: x-a\ngatehouse.dev/canary-by-header-pattern", "(", "missing"),
                Arguments.of("canary-by-cookie", "a=b", "write the name of a cookie"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void aBadValueCostsTheCanaryAlone(String name, String value, String message) throws Exception {
        List<Rule> rules = rules(STABLE, canary("gatehouse.dev/" + name + ": '" + value + "'"));

        assertThat(said(rules)).containsExactly(" -> web 1");
        assertThat(host.verdict(CANARY).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("InvalidAnnotation");
            assertThat(finding.field())
                    .isEqualTo("metadata.annotations['gatehouse.dev/" + name.replaceAll("(?s).*gatehouse.dev/", "")
                            + "']");
            assertThat(finding.message()).contains(message).endsWith("Until then the canary gets no requests");
        });
    }

    @Test
    void whatWouldHaveNoEffectIsTold() throws Exception {
        rules(STABLE, canary("gatehouse.dev/rewrite-prefix: /v2"));

        assertThat(host.verdict(CANARY).findings())
                .extracting(Finding::severity, Finding::field)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(
                                Severity.WARNING, "metadata.annotations['gatehouse.dev/canary']"),
                        org.assertj.core.groups.Tuple.tuple(
                                Severity.WARNING, "metadata.annotations['gatehouse.dev/rewrite-prefix']"));
    }

    @Test
    void anIngressThatIsNoCanaryIsServedAsAnyOtherOrFailsClosedIfItSeemsToBeOne() throws Exception {
        assertThat(said(rules(ingress(
                        "web", 2020, "gatehouse.dev/canary: 'false'\ngatehouse.dev/canary-weight: '10'", "web"))))
                .containsExactly(" -> web 1");
        assertThat(host.verdict(PRIMARY).findings()).isEmpty();

        List<Rule> rules = rules(ingress("web", 2020, "gatehouse.dev/canary-weight: '10'", "web"));
        assertThat(rules.getFirst().getBackends(0).getUnavailable()).isEqualTo("filter-invalid");
        assertThat(host.verdict(PRIMARY).findings())
                .singleElement()
                .satisfies(
                        finding -> assertThat(finding.message()).contains("gatehouse.dev/canary, which is not there"));
    }
}
