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

    @ParameterizedTest
    @MethodSource("matches")
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
        assertThat(client.resources(ProxyRoute.class)
                        .inNamespace("default")
                        .list()
                        .getItems())
                .isNotEmpty();
    }
}
