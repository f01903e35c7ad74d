package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.testkit.cluster.ApiServerCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the API server itself refuses of a ProxyRoute, and what it says to write instead. */
class AdmissionIT {

    private static ApiServerCluster cluster;
    private static KubernetesClient client;

    @BeforeAll
    static void start() {
        cluster = ApiServerCluster.start(Path.of("target/admission"));
        cluster.applyCrds(Path.of("../crds/src/main/resources/crds"));
        client = cluster.client();
    }

    @AfterAll
    static void stop() {
        client.close();
        cluster.close();
    }

    private static void create(String rule) {
        client.resource(new KubernetesSerialization().unmarshal("""
                                apiVersion: gatehouse.dev/v1alpha1
                                kind: ProxyRoute
                                metadata: {namespace: default, generateName: route-}
                                spec:
                                  hosts: [a.example.com]
                                  rules: [%s]
                                """.formatted(rule), ProxyRoute.class))
                .create();
    }

    private static Arguments refused(String rule, String message) {
        return Arguments.of(rule, message);
    }

    private static Arguments match(String match, String message) {
        return refused("{matches: [" + match + "], backends: [{service: a, port: 80}]}", message);
    }

    static Stream<Arguments> matches() {
        return Stream.of(
                match("{}", "a match needs a condition"),
                match("{path: {prefix: api}}", "a path begins with a slash"),
                match("{path: {prefix: /a, exact: /a}}", "write exactly one of exact, prefix and regex"),
                match("{path: {regex: '/a('}}", "a regular expression has RE2 syntax"),
                match("{path: {regex: '/(?=a)'}}", "a regular expression has RE2 syntax"),
                match("{headers: [{name: a, regex: '[a'}]}", "a regular expression has RE2 syntax"),
                match("{headers: [{name: 'a b', exact: c}]}", "a header name has no spaces or colons"),
                match("{headers: [{name: a}]}", "write exactly one of exact, regex and present"),
                match("{methods: [get]}", "methods are case-sensitive"),
                match("{queryParams: [{name: a, regex: 'a**'}]}", "a regular expression has RE2 syntax"),
                match(
                        "{queryParams: [{name: a, exact: b, regex: b}]}",
                        "write exactly one of exact, regex and present"),
                match("{cookies: [{name: a, regex: '('}]}", "a regular expression has RE2 syntax"),
                match("{cookies: [{name: 'a;b', exact: c}]}", "a cookie's name has no spaces"),
                match("{cookies: [{name: a}]}", "write exactly one of exact, regex and present"),
                match("{sources: [10.0.0.1]}", "a source is a network: write 10.0.0.0/8"));
    }

    private static Arguments filter(String filter, String message) {
        return refused("{filters: [" + filter + "], backends: [{service: a, port: 80}]}", message);
    }

    private static Arguments answer(String filter, String message) {
        return refused("{filters: [" + filter + "]}", message);
    }

    static Stream<Arguments> filters() {
        return Stream.of(
                filter("{}", "a filter does one thing"),
                filter("{rewrite: {}}", "write what changes"),
                filter("{rewrite: {prefix: /a, path: /b}}", "write one of prefix, path and regex"),
                filter("{rewrite: {prefix: a}}", "write / to take the matched prefix away"),
                filter("{rewrite: {path: '/a?b'}}", "has no query: write /index.html"),
                filter("{rewrite: {regex: {pattern: '('}}}", "a regular expression has RE2 syntax"),
                filter("{rewrite: {host: 'A b'}}", "a host is a lower-case DNS name"),
                filter("{rewrite: {path: /a}}, {rewrite: {host: b}}", "keep one rewrite filter"),
                filter("{errorPages: [{body: x}]}", "statuses: Required value"),
                filter("{errorPages: [{statuses: ['404']}]}", "body: Required value"),
                filter("{errorPages: [{statuses: ['200'], body: x}]}", "a status is one from 400 to 599"),
                filter(
                        "{errorPages: [{statuses: ['404'], contentType: html, body: x}]}",
                        "write text/html; charset=utf-8"),
                filter(
                        "{errorPages: [{statuses: ['404'], body: x}]}, {errorPages: [{statuses: ['404'], body: x}]}",
                        "write them in one errorPages filter"),
                refused(
                        "{backends: [{service: a, port: 80}], limits: {maxBodyBytes: -1}}",
                        "greater than or equal to 0"),
                filter("{mirror: {service: a}}", "port: Required value"),
                filter("{mirror: {service: a, port: 80, percent: 101}}", "less than or equal to 100"),
                filter("{mirror: {service: a, port: 80}}, {mirror: {service: a, port: 80}}", "keep one mirror filter"),
                filter("{cors: {}}", "allowOrigins: Required value"),
                filter("{cors: {allowOrigins: [shop.example.com]}}", "an origin is a scheme and a host without path"),
                filter("{cors: {allowOrigins: ['https://a/']}}", "an origin is a scheme and a host without path"),
                filter(
                        "{cors: {allowOrigins: ['*'], allowCredentials: true}}",
                        "with allowCredentials browsers take no *"),
                filter(
                        "{cors: {allowOrigins: ['https://a'], allowHeaders: ['*'], allowCredentials: true}}",
                        "with allowCredentials browsers take no *"),
                filter("{cors: {allowOrigins: ['*'], allowMethods: [put]}}", "write PUT, not put"),
                filter("{cors: {allowOrigins: ['*'], allowHeaders: ['a b']}}", "write content-type"),
                filter("{cors: {allowOrigins: ['*'], maxAge: '10'}}", "write 15s, 500ms or 1h30m"),
                filter("{cors: {allowOrigins: ['*']}}, {cors: {allowOrigins: ['*']}}", "keep one cors filter"),
                filter("{requestHeaders: {}}", "write what to do"),
                filter("{redirect: {host: b.com}}", "a rule needs either backends, or a redirect"),
                refused("{}", "a rule needs either backends, or a redirect"),
                answer("{redirect: {}}", "leads back to itself"),
                answer("{redirect: {path: /a, prefix: /b}}", "write one of path and prefix"),
                answer("{redirect: {scheme: ftp}}", "a scheme is http or https"),
                answer("{redirect: {host: 'b.com:81'}}", "a lower-case DNS name without port"),
                answer("{redirect: {host: b.com, status: 300}}", "301, 302, 303, 307 or 308"),
                answer("{redirect: {path: 'a'}}", "write /new"),
                answer("{redirect: {path: /a}}, {respond: {}}", "a request is answered once"),
                answer("{respond: {status: 99}}", "should be greater than or equal to 200"),
                answer("{respond: {contentType: html}}", "a content type is a type and a subtype"),
                answer("{respond: {body: '" + "x".repeat(8193) + "'}}", "Too long: may not be more than 8192"));
    }

    private static Arguments active(String check, String message) {
        return refused("{health: {active: " + check + "}, backends: [{service: a, port: 80}]}", message);
    }

    static Stream<Arguments> healthChecks() {
        return Stream.of(
                active("{path: healthz}", "a path begins with a slash"),
                active("{path: '/a b'}", "write for example /healthz"),
                active("{host: 'a b'}", "a host is a name with or without a port"),
                active("{expectedStatuses: ['20']}", "expectedStatuses"),
                active("{expectedStatuses: ['600']}", "a status is one from 100 to 599"),
                active("{type: tcp, path: /}", "leave them out, or write type: http"),
                active("{type: grpc, expectedStatuses: ['200']}", "leave them out, or write type: http"),
                active("{service: shop}", "service is of grpc checks"),
                refused(
                        "{circuitBreaker: {}, backends: [{service: a, port: 80}]}",
                        "a circuit breaker limits something"),
                refused("{circuitBreaker: {maxRequests: 0}, backends: [{service: a, port: 80}]}", "maxRequests"),
                active("{port: 65536}", "port"),
                active("{interval: often}", "15s"),
                active("{timeout: '2'}", "15s"),
                active("{healthyThreshold: 0}", "healthyThreshold"),
                active("{unhealthyThreshold: 101}", "unhealthyThreshold"));
    }

    @Test
    void everyHealthCheckIsTakenAsItIsMeant() {
        assertThatCode(() -> {
                    create("{health: {active: {path: '/healthz?full=1', host: 'shop.example.com:8080',"
                            + " expectedStatuses: ['200', '300-399'], port: 9000, interval: 3s, timeout: 500ms,"
                            + " healthyThreshold: 1, unhealthyThreshold: 5}}, backends: [{service: a, port: 80}]}");
                    create("{health: {active: {type: grpc, service: shop.Cart}}, backends: [{service: a, port: 80}]}");
                    create("{health: {active: {type: tcp}}, backends: [{service: a, port: 80}]}");
                    create("{circuitBreaker: {maxConnections: 1, maxPendingRequests: 1, maxRequests: 1},"
                            + " backends: [{service: a, port: 80}]}");
                    create("{health: {active: {}}, backends: [{service: a, port: 80}]}");
                })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource({"matches", "filters", "healthChecks"})
    void whatCannotBeIsRefusedWithWhatToWriteInstead(String rule, String message) {
        assertThatThrownBy(() -> create(rule))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everyConditionIsTakenAsItIsMeant() {
        assertThatCode(() -> create("""
                        {matches: [{path: {regex: '/v[0-9]+/.*'}, methods: [GET],
                         headers: [{name: x-tier, exact: ""}, {name: x-a, regex: "(?i)gold"}],
                         queryParams: [{name: "a b", regex: ".*"}, {name: v, exact: ""}],
                         cookies: [{name: beta, present: true}], sources: ["10.0.0.0/8", "fd00::/8"]}],
                         backends: [{service: a, port: 80}]}""")).doesNotThrowAnyException();
        assertThatCode(() -> create("""
                        {filters: [{rewrite: {regex: {pattern: "^/a/(.*)$", substitution: "/\\\\1"}, host: "inner:81"}},
                         {requestHeaders: {set: {x-a: b}, remove: [c]}}, {responseHeaders: {add: {x-b: c}}}],
                         backends: [{service: a, port: 80}]}""")).doesNotThrowAnyException();
        assertThatCode(() -> create("""
                        {filters: [{cors: {allowOrigins: ["https://*.a.com:8443", "http://localhost"], allowMethods: [PUT],
                         allowHeaders: [x-a], exposeHeaders: [x-b], allowCredentials: true, maxAge: 1h30m}}],
                         backends: [{service: a, port: 80}]}""")).doesNotThrowAnyException();
        assertThatCode(() -> create("""
                        {filters: [{errorPages: [{statuses: ["404", "502-504"], body: x, backend: true}]}],
                         limits: {maxBodyBytes: 0}, backends: [{service: a, port: 80}]}""")).doesNotThrowAnyException();
        assertThatCode(
                        () -> create(
                                "{filters: [{mirror: {service: a, port: http, percent: 10}}], backends: [{service: a, port: 80}]}"))
                .doesNotThrowAnyException();
        assertThatCode(() -> create("{filters: [{redirect: {scheme: https, port: 8443, prefix: /b, status: 308}}]}"))
                .doesNotThrowAnyException();
        assertThatCode(
                        () -> create(
                                "{filters: [{respond: {status: 503, contentType: text/html, body: <b>x</b>, headers: {retry-after: '60'}}}]}"))
                .doesNotThrowAnyException();
        assertThat(client.resources(ProxyRoute.class)
                        .inNamespace("default")
                        .list()
                        .getItems())
                .isNotEmpty();
    }
}
