package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.snapshot.proto.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An annotation of an Ingress comes to the same as its field in a ProxyRoute, and what is wrong with one names it. */
class AnnotationsTest {

    private List<Finding> findings = List.of();

    private Rule ingress(String annotations) throws Exception {
        OneHost host = new OneHost("api").apply(OneHost.ingress("web", 2026, annotations, "api"));
        findings = host.findings("web");
        return host.rule();
    }

    private static Rule proxyRoute(String filters) throws Exception {
        return proxyRoute(filters, "backends: [{service: api, port: 80}]");
    }

    private static Rule proxyRoute(String filters, String backends) throws Exception {
        return new OneHost("api")
                .apply(OneHost.proxyRoute(2026, "filters: " + filters + "\n" + backends))
                .rule();
    }

    static Stream<Arguments> fields() {
        return Stream.of(
                Arguments.of("gatehouse.dev/mirror: api:80 10%", "[{mirror: {service: api, port: 80, percent: 10}}]"),
                Arguments.of("gatehouse.dev/rewrite-prefix: /v2", "[{rewrite: {prefix: /v2}}]"),
                Arguments.of(
                        "gatehouse.dev/rewrite-path: /index.html\ngatehouse.dev/rewrite-host: inner:81",
                        "[{rewrite: {path: /index.html, host: 'inner:81'}}]"),
                Arguments.of(
                        "gatehouse.dev/rewrite-regex: ^/v([0-9]+)/(.*)$ /\\2/v\\1",
                        "[{rewrite: {regex: {pattern: '^/v([0-9]+)/(.*)$', substitution: '/\\2/v\\1'}}}]"),
                Arguments.of(
                        "gatehouse.dev/request-headers: |\n  set x-team: shop\n  add x-hop: a:b\n  remove X-Debug",
                        "[{requestHeaders: {set: {x-team: shop}, add: {x-hop: 'a:b'}, remove: [x-debug]}}]"),
                Arguments.of(
                        "gatehouse.dev/cors-allow-origins: https://a.com, https://*.b.com\n"
                                + "gatehouse.dev/cors-allow-methods: PUT\ngatehouse.dev/cors-allow-headers: X-A\n"
                                + "gatehouse.dev/cors-expose-headers: x-b\ngatehouse.dev/cors-max-age: 10m\n"
                                + "gatehouse.dev/cors-allow-credentials: 'true'",
                        "[{cors: {allowOrigins: ['https://*.b.com', 'https://a.com'], allowMethods: [PUT],"
                                + " allowHeaders: [x-a], exposeHeaders: [x-b], maxAge: 600s, allowCredentials: true}}]"),
                Arguments.of(
                        "gatehouse.dev/response-headers: remove server", "[{responseHeaders: {remove: [server]}}]"));
    }

    @ParameterizedTest
    @MethodSource("fields")
    void anAnnotationComesToTheSameAsItsField(String annotations, String filters) throws Exception {
        Rule byAnnotation = ingress(annotations);
        Rule byField = proxyRoute(filters);

        assertThat(findings).isEmpty();
        assertThat(byAnnotation.getFiltersList())
                .isNotEmpty()
                .containsExactlyInAnyOrderElementsOf(byField.getFiltersList());
        assertThat(byAnnotation.getRequiredFeaturesList()).isEqualTo(byField.getRequiredFeaturesList());
    }

    static Stream<Arguments> answers() {
        return Stream.of(
                Arguments.of(
                        "gatehouse.dev/redirect: https://b.example.com:8443/new\ngatehouse.dev/redirect-status: '308'",
                        "[{redirect: {scheme: https, host: b.example.com, port: 8443, path: /new, status: 308}}]"),
                Arguments.of("gatehouse.dev/redirect: /new", "[{redirect: {path: /new}}]"),
                Arguments.of(
                        "gatehouse.dev/respond: 503 <b>Back</b> at nine\ngatehouse.dev/respond-content-type: text/html",
                        "[{respond: {status: 503, contentType: text/html, body: \"<b>Back</b> at nine\\n\"}}]"));
    }

    /** An Ingress needs a backend all the same; it gets nothing. */
    @ParameterizedTest
    @MethodSource("answers")
    void anAnnotationMayAnswer(String annotations, String filters) throws Exception {
        Rule byAnnotation = ingress(annotations);
        Rule byField = proxyRoute(filters, "");

        assertThat(findings).isEmpty();
        assertThat(byAnnotation.getFiltersList()).isNotEmpty().isEqualTo(byField.getFiltersList());
        assertThat(byAnnotation.getRequiredFeaturesList()).isEqualTo(byField.getRequiredFeaturesList());
        assertThat(byField.getBackendsList()).isEmpty();
    }

    @Test
    void aLimitOfBodiesIsThatOfTheRule() throws Exception {
        assertThat(ingress("gatehouse.dev/max-body-bytes: '10485760'").getMaxBodyBytes())
                .isEqualTo(10_485_760);
        assertThat(ingress("gatehouse.dev/max-body-bytes: '0'").getMaxBodyBytes())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(ingress("gatehouse.dev/max-body-bytes: '1'").getRequiredFeaturesList())
                .containsExactly("limit.body");
    }

    @Test
    void twoRewritesOfOnePathAreRefused() throws Exception {
        Rule rule = ingress("gatehouse.dev/rewrite-path: /a\ngatehouse.dev/rewrite-prefix: /b");

        assertThat(findings)
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("the path changes once"));
        assertThat(rule.getBackends(0).getUnavailable()).isEqualTo("filter-invalid");
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("rewrite-prefix", "v2", "does not start with a slash; write '/v2'"),
                Arguments.of("rewrite-path", "/a?b=c", "contains a query; leave it out"),
                Arguments.of("rewrite-regex", "^/a(.*)", "is no expression with what takes its place"),
                Arguments.of("rewrite-regex", "^/a /\\1", "has a backslash that no group follows"),
                Arguments.of("rewrite-host", "Inner", "is no host; write a lower-case DNS name"),
                Arguments.of("redirect", "shop.example.com", "write https://shop.example.com"),
                Arguments.of("redirect", "ftp://a.example.com", "write http or https"),
                Arguments.of("redirect-status", "301", "says more of gatehouse.dev/redirect, which is not there"),
                Arguments.of("cors-allow-origins", "shop.example.com", "is no origin; write https://shop.example.com"),
                Arguments.of(
                        "cors-max-age", "10m", "says more of gatehouse.dev/cors-allow-origins, which is not there"),
                Arguments.of("max-body-bytes", "10Mi", "write a number of bytes such as 10485760"),
                Arguments.of("mirror", "api", "write a Service with its port: shop-next:80"),
                Arguments.of("mirror", "api:80 0%", "is 0; write 1 to 100"),
                Arguments.of("respond", "Back at nine", "begins with no status; write for example 503 Back at nine"),
                Arguments.of("respond", "150 x", "is 150; write 200 to 599"),
                Arguments.of("request-headers", "x-team: shop", "write a line for each header: set x-team: shop"),
                Arguments.of("request-headers", "set x-team", "write a line for each header"),
                Arguments.of("request-headers", "remove x-team: shop", "write a line for each header"),
                Arguments.of("request-headers", "set content-length: 1", "is the proxy's own"),
                Arguments.of("response-headers", "''", "is empty; write for example set x-team: shop"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void aBadValueIsAnErrorThatNamesTheAnnotationAndClosesTheRules(String name, String value, String message)
            throws Exception {
        Rule rule = ingress("gatehouse.dev/" + name + ": " + (value.startsWith("'") ? value : "'" + value + "'"));

        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.ERROR);
            assertThat(finding.reason()).isEqualTo("InvalidAnnotation");
            assertThat(finding.field()).isEqualTo("metadata.annotations['gatehouse.dev/" + name + "']");
            assertThat(finding.message()).contains(message);
        });
        assertThat(rule.getFiltersList()).isEmpty();
        assertThat(rule.getBackendsList())
                .allSatisfy(backend -> assertThat(backend.getUnavailable()).isEqualTo("filter-invalid"));
    }

    @Test
    void anUnknownAnnotationIsAWarningWithTheNearestKnownOne() throws Exception {
        Rule rule = ingress("gatehouse.dev/rewrite-prefx: /v2\nexample.com/rewrite: /v2");

        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.WARNING);
            assertThat(finding.reason()).isEqualTo("UnknownAnnotation");
            assertThat(finding.message()).contains("did you mean gatehouse.dev/rewrite-prefix?");
        });
        assertThat(rule.getBackends(0).getUpstream()).isNotEmpty();
    }

    @Test
    void theGuideTellsOfEveryAnnotation() throws Exception {
        ingress("gatehouse.dev/nothing-like-any: x");
        Matcher known = Pattern.compile("gatehouse\\.dev/[a-z-]+")
                .matcher(findings.getFirst().message());
        String guide = Files.readString(Path.of("../docs/annotations.md"));
        assertThat(known.results().map(result -> "`" + result.group() + "`").toList())
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(guide).contains(name));
    }
}
