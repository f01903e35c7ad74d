package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.testkit.cluster.ApiServerCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server says to ProxyRoutes that pass TLS through and cannot be as they are. */
class PassthroughSchemaIT {
    private static ApiServerCluster cluster;
    private static KubernetesClient client;

    @BeforeAll
    static void start() {
        cluster = ApiServerCluster.start(Path.of("target/passthrough-schema"));
        client = cluster.client();
        cluster.applyCrds(Path.of("../crds/src/main/resources/crds"));
    }

    @AfterAll
    static void stop() {
        client.close();
        cluster.close();
    }

    private static void create(String tls, String rules) {
        String yaml = """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {generateName: vault-, namespace: default}
                spec:
                  hosts: [vault.example.com]
                  tls: {%s}
                  rules: [%s]
                """.formatted(tls, rules);
        ProxyRoute route = client.getKubernetesSerialization().unmarshal(yaml, ProxyRoute.class);
        client.resource(route).create();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "passthrough: true",
                "passthrough: true, redirect: true, redirectStatus: 301",
                "passthrough: false, secretName: vault-tls"
            })
    void backendsAloneAreTaken(String tls) {
        String rule =
                "{timeouts: {connect: 1s, idle: 10m}, backends: [{service: vault, port: 443}, {service: b, port: 443}]}";
        assertThatCode(() -> create(tls, rule)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "secretName: vault-tls | without secretName",
                "secretNames: [a, b] | without secretName",
                "minVersion: '1.3' | without secretName",
                "profile: modern | without secretName",
                "alpn: [h2] | without secretName",
                "clientCertificate: {mode: Require, ca: [{configMap: ca}]} | without secretName",
                "hsts: {maxAge: 8760h} | without secretName",
                "redirect: false | remove redirect: false"
            })
    void whatIsForTlsThatEndsHereIsRefused(String beside, String told) {
        assertThatThrownBy(() -> create("passthrough: true, " + beside, "{backends: [{service: vault, port: 443}]}"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(told);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{backends: [{service: a, port: 1}]}, {backends: [{service: b, port: 1}]} | write one rule",
                "{matches: [{path: {prefix: /a}}], backends: [{service: a, port: 1}]} | without matches",
                "{filters: [{rewrite: {prefix: /b}}], backends: [{service: a, port: 1}]} | without matches",
                "{timeouts: {request: 5s}, backends: [{service: a, port: 1}]} | without matches",
                "{timeouts: {firstByte: 5s}, backends: [{service: a, port: 1}]} | without matches",
                "{retries: {attempts: 2}, backends: [{service: a, port: 1}]} | without matches"
            })
    void whatIsInsideOfTlsCannotBeAskedFor(String rules, String told) {
        assertThatThrownBy(() -> create("passthrough: true", rules))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(told);
    }
}
