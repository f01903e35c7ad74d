package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ErrorPage;
import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.ValueMatch;
import dev.gatehouse.snapshot.proto.ValuePart;
import dev.gatehouse.snapshot.proto.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the matches of a ProxyRoute become on the wire, in which order, and what is said of those that cannot be. */
class RouteCompileTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey SHOP = new ObjectKey(Kind.PROXY_ROUTE, "shop", "shop");

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
            """;

    private final World world = new World(WorldOptions.cluster(FLEET));
    private List<Finding> findings = List.of();

    private List<Rule> rules(String... rules) throws Exception {
        String route = """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: shop, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  rules:
                %s""".formatted(String.join("\n", rules).indent(2));
        Outcome outcome = world.apply(new Manifests().upserts(AROUND + "---\n" + route));
        findings = outcome.verdict(SHOP).orElseThrow().findings();
        var shard = world.snapshot(FLEET).get(ShardId.host("a.example.com"));
        return shard.isEmpty() ? List.of() : shard.get().body().getHost().getRulesList();
    }

    private static String rule(String name, String match) {
        return """
                - name: %s
                  matches: [%s]
                  backends: [{service: api, port: 80}]""".formatted(name, match);
    }

    @Test
    void everyConditionIsWrittenInOneOrder() throws Exception {
        List<Rule> rules = rules(rule(
                "all",
                "{path: {exact: /a}, methods: [PUT, GET], headers: [{name: X-B, present: false}, {name: x-a, regex: g.*}],"
                        + " queryParams: [{name: v, exact: ''}, {name: Q, exact: a b}], cookies: [{name: Sid, present: true}],"
                        + " sources: [fd00::/8, 10.0.0.0/8]}"));

        assertThat(findings).isEmpty();
        assertThat(rules).singleElement().satisfies(rule -> {
            assertThat(rule.getMatch())
                    .isEqualTo(Match.newBuilder()
                            .setExact("/a")
                            .addHeaders(ValueMatch.newBuilder().setName("x-a").setRegex("g.*"))
                            .addHeaders(ValueMatch.newBuilder().setName("x-b").setPresent(false))
                            .addMethods("GET")
                            .addMethods("PUT")
                            .addQueryParams(ValueMatch.newBuilder().setName("Q").setExact("a b"))
                            .addQueryParams(ValueMatch.newBuilder().setName("v").setExact(""))
                            .addCookies(ValueMatch.newBuilder().setName("Sid").setPresent(true))
                            .addSources("10.0.0.0/8")
                            .addSources("fd00::/8")
                            .build());
            assertThat(rule.getRequiredFeaturesList())
                    .containsExactly(
                            "match.cookies", "match.headers", "match.methods", "match.query-params", "match.sources");
        });
    }

    @Test
    void theMoreConditionsTheEarlier() throws Exception {
        List<Rule> rules = rules(
                rule("none", "{path: {prefix: /a}}"),
                rule("longer", "{path: {prefix: /a/b}}"),
                rule("sources", "{path: {prefix: /a}, sources: [10.0.0.0/8, 11.0.0.0/8, 12.0.0.0/8]}"),
                rule("exact", "{path: {exact: /a}}"),
                rule(
                        "two",
                        "{path: {prefix: /a}, cookies: [{name: a, exact: b}], queryParams: [{name: a, exact: b}]}"));

        assertThat(rules)
                .extracting(rule -> rule.getId().substring("ProxyRoute/shop/shop#".length()))
                .containsExactly(
                        "exact.matches[0]",
                        "longer.matches[0]",
                        "two.matches[0]",
                        "sources.matches[0]",
                        "none.matches[0]");
    }

    @Test
    void aFilterThatCannotBeAppliedClosesItsRuleAndSaysWhichField() throws Exception {
        List<Rule> rules = rules("""
                - name: bad
                  matches: [{path: {regex: /a.*}}, {path: {prefix: /b}}]
                  filters: [{rewrite: {prefix: /c}}]
                  backends: [{service: api, port: 80}]
                - name: both
                  filters: [{respond: {status: 503}}, {redirect: {path: /a}}]""");

        assertThat(findings)
                .extracting(Finding::field)
                .containsExactly("spec.rules[0].filters", "spec.rules[1].filters[1]");
        assertThat(findings.getFirst().message()).contains("have no prefix to replace: the rule matches 'regex /a.*'");
        assertThat(findings.getLast().message()).contains("keep one of the redirect and respond filters");
        assertThat(rules)
                .filteredOn(rule -> !rule.getMatch().getPrefix().equals("/b"))
                .hasSize(2)
                .allSatisfy(
                        rule -> assertThat(rule.getBackends(0).getUnavailable()).isEqualTo("filter-invalid"));
    }

    @Test
    void credentialsAndAnyoneDoNotGoTogether() throws Exception {
        List<Rule> rules = rules("""
                - filters: [{cors: {allowOrigins: ["*"], allowCredentials: true}}]
                  backends: [{service: api, port: 80}]""");

        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0].filters[0].cors");
            assertThat(finding.message()).contains("browsers do not take together");
        });
        assertThat(rules.getFirst().getBackends(0).getUnavailable()).isEqualTo("filter-invalid");
    }

    @Test
    void statusesOfErrorPagesAreRanges() throws Exception {
        List<Rule> rules = rules("""
                - filters: [{errorPages: [{statuses: ["404", "502-504"], body: x, backend: true}]}]
                  backends: [{service: api, port: 80}]
                  limits: {maxBodyBytes: 5}""");

        assertThat(findings).isEmpty();
        Rule rule = rules.getFirst();
        assertThat(rule.getMaxBodyBytes()).isEqualTo(5);
        assertThat(rule.getFilters(0).getErrorPages().getPages(0))
                .isEqualTo(ErrorPage.newBuilder()
                        .addStatuses(StatusRange.newBuilder().setFrom(404).setTo(404))
                        .addStatuses(StatusRange.newBuilder().setFrom(502).setTo(504))
                        .setContentType("text/html; charset=utf-8")
                        .setBody(ByteString.copyFromUtf8("x"))
                        .setBackend(true)
                        .build());
        assertThat(rule.getRequiredFeaturesList()).containsExactly("filter.error-pages", "limit.body");
    }

    /** What a mirror lacks is said; the requests are served without it. */
    @Test
    void aMirrorThatIsMissingClosesNothing() throws Exception {
        List<Rule> rules = rules("""
                - filters: [{mirror: {service: nowhere, port: 80}}]
                  backends: [{service: api, port: 80}]""");

        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("ServiceNotFound");
            assertThat(finding.field()).isEqualTo("spec.rules[0].filters[0].mirror.service");
        });
        assertThat(rules.getFirst().getFilters(0).getMirror().getPercent()).isEqualTo(100);
        assertThat(rules.getFirst().getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
    }

    @Test
    void variablesBecomePartsAndDoubleDollarsOne() throws Exception {
        List<Rule> rules = rules("""
                - filters: [{requestHeaders: {set: {x-a: 'to ${host}$${path}, ${method}', x-b: 'US$$ 5'}}}]
                  backends: [{service: api, port: 80}]""");

        assertThat(findings).isEmpty();
        HeaderEdit edit = rules.getFirst().getFilters(0).getRequestHeaders();
        assertThat(edit.getSet(0).getPartsList())
                .containsExactly(
                        ValuePart.newBuilder().setText("to ").build(),
                        ValuePart.newBuilder().setVariable(Variable.HOST).build(),
                        ValuePart.newBuilder().setText("${path}, ").build(),
                        ValuePart.newBuilder().setVariable(Variable.METHOD).build());
        assertThat(edit.getSet(1).getValue()).isEqualTo("US$ 5");
        assertThat(rules.getFirst().getRequiredFeaturesList())
                .containsExactly("filter.header-variables", "filter.headers");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "${client.adress} | the variable '${client.adress}', which is not known; known are ${client.address}, ${client.port}",
                "5$ | a single $; write $$ for a dollar sign",
                "${host | a single $",
            })
    void aVariableThatThereIsNotIsRefusedWithTheList(String value, String message) throws Exception {
        List<Rule> rules = rules("""
                - filters: [{responseHeaders: {add: {x-a: '%s'}}}]
                  backends: [{service: api, port: 80}]""".formatted(value));

        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0].filters[0].responseHeaders.add");
            assertThat(finding.message()).contains(message);
        });
        assertThat(rules.getFirst().getBackends(0).getUnavailable()).isEqualTo("filter-invalid");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{queryParams: [{name: a, regex: '('}]} | queryParams[0].regex | not RE2 syntax",
                "{headers: [{name: a, regex: '(x{1000}){1000}'}]} | headers[0].regex | unfolds to",
                "{cookies: [{name: 'a b', exact: c}]} | cookies[0].name | no name of a cookie",
                "{queryParams: [{exact: c}]} | queryParams[0].name | is missing",
                "{queryParams: [{name: a, exact: c, present: true}]} | queryParams[0] | exactly one of exact, regex",
                "{cookies: [{name: a}]} | cookies[0] | exactly one of exact, regex",
                "{sources: ['10.0.0.0/8', '10.0.0.0/33']} | sources[1] | write a network such as 10.0.0.0/8",
                "{sources: ['10.0.0.1']} | sources[0] | 192.0.2.7/32 for one address",
                "{path: {regex: '(?=a)'}} | path.regex | not RE2 syntax",
            })
    void aMatchThatCannotBeTakesNothingAndSaysWhichField(String match, String field, String message) throws Exception {
        List<Rule> rules = rules(rule("bad", match), rule("good", "{path: {prefix: /good}}"));

        assertThat(rules).hasSize(1);
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("InvalidMatch");
            assertThat(finding.field()).isEqualTo("spec.rules[0].matches[0]." + field);
            assertThat(finding.message()).contains(message);
        });
    }
}
