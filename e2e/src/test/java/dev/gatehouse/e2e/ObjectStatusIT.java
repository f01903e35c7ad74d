package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.ShopObjects.ingress;
import static dev.gatehouse.e2e.TwoReplicas.admin;
import static dev.gatehouse.e2e.TwoReplicas.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyPolicyStatus;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What objects say of themselves once a real API server has them: in their conditions, and in Events. */
class ObjectStatusIT {

    private static Gatehouse gatehouse;
    private static TwoReplicas replicas;
    private static ShopObjects objects;

    @BeforeAll
    static void start() throws InterruptedException, IOException {
        gatehouse = Gatehouse.start(Path.of("target/status"));
        objects = new ShopObjects(gatehouse);
        replicas = TwoReplicas.start(gatehouse, Gatehouse.CARELESS);
    }

    @AfterAll
    static void stop() {
        gatehouse.close();
    }

    @Test
    void aProxyRouteTellsWhenItIsLive() {
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: api}
                spec:
                  ingressClassName: gatehouse
                  hosts: [api.example.com]
                  rules:
                  - matches: [{path: {prefix: /v1}}]
                    backends: [{service: storefront, port: 80}]
                """);
        within().untilAsserted(() -> assertThat(
                        replicas.web().get("api.example.com", "/v1/x").rawBody())
                .isEqualTo("storefront"));
        within().untilAsserted(() -> {
            Map<String, Condition> conditions = conditions("api");
            assertThat(conditions.keySet()).containsExactlyInAnyOrder("Accepted", "ResolvedRefs", "Programmed");
            assertThat(conditions.values())
                    .allSatisfy(condition -> assertThat(condition.getStatus()).isEqualTo("True"));
            assertThat(condition("api", "Programmed").getMessage()).startsWith("2/2 data planes at ");
        });

        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: api}
                spec:
                  ingressClassName: gatehouse
                  hosts: [api.example.com]
                  rules:
                  - matches: [{path: {prefix: /v1}}]
                    backends: [{service: nowhere, port: 80}]
                """);
        within().untilAsserted(() -> {
            Condition refs = condition("api", "ResolvedRefs");
            assertThat(refs.getStatus()).isEqualTo("False");
            assertThat(refs.getReason()).isEqualTo("ServiceNotFound");
            assertThat(refs.getMessage()).contains("nowhere").contains("spec.rules[0].backends[0]");
            assertThat(refs.getObservedGeneration()).isEqualTo(2);
        });
        within().untilAsserted(() -> assertThat(
                        replicas.web().get("api.example.com", "/v1/x").status())
                .isEqualTo(503));
    }

    @Test
    void whatIsWrongBecomesAnEvent() {
        TestCertificate expired = TestCertificate.valid(
                Instant.now().minus(Duration.ofDays(30)), Instant.now().minus(Duration.ofDays(1)), "late.example.com");
        gatehouse.apply(expired.secretYaml("shop", "late"));
        gatehouse.apply(ingress("late", "late.example.com", "storefront", "{number: 80}", "late"));
        gatehouse.apply(ingress("no-service", "no-service.example.com", "absent", "{number: 80}", ""));
        gatehouse.apply(ingress("no-port", "no-port.example.com", "storefront", "{name: grpc}", ""));
        gatehouse.apply(ingress("no-secret", "no-secret.example.com", "storefront", "{number: 80}", "absent"));
        gatehouse.apply(ingress("taken-1", "taken.example.com", "storefront", "{number: 80}", ""));
        within().untilAsserted(() -> assertThat(
                        replicas.web().get("taken.example.com", "/").status())
                .isEqualTo(200));
        gatehouse.apply(ingress("taken-2", "taken.example.com", "storefront", "{number: 80}", ""));

        within().untilAsserted(() -> {
            assertThat(objects.events("late")).containsKey("CertificateExpired");
            assertThat(objects.events("no-service").get("ServiceNotFound")).contains("absent");
            assertThat(objects.events("no-port").get("PortNotFound")).contains("grpc");
            assertThat(objects.events("no-secret").get("SecretNotFound")).contains("absent");
            assertThat(objects.events("taken-2").get("HostPathTaken")).contains("taken-1");
        });
        within().untilAsserted(() -> assertThat(replicas.web().certificate("late.example.com"))
                .as("an expired certificate is served all the same")
                .isEqualTo(expired.certificate()));
        within().untilAsserted(() -> assertThat(
                        replicas.web().get("no-service.example.com", "/").status())
                .isEqualTo(503));
        gatehouse.apply(replicas.backend().serviceYaml("shop", "absent"));
        within().untilAsserted(() -> assertThat(objects.events("no-service").get("Resolved"))
                .isEqualTo("is served as it is written; gone: ServiceNotFound"));
        assertThat(objects.events("taken-1").keySet()).isSubsetOf("Programmed"); // nothing is wrong with it
    }

    @Test
    void aPolicyIsToldWhoUsesItAndARouteWhichRuleFails() {
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyPolicy
                metadata: {namespace: shop, name: base}
                spec: {filters: [{responseHeaders: {set: {x-policy: base}}}]}
                """);
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: policed}
                spec:
                  ingressClassName: gatehouse
                  hosts: [policed.example.com]
                  rules:
                  - {policies: [base], backends: [{service: storefront, port: 80}]}
                  - matches: [{path: {prefix: /x}}]
                    policies: [absent]
                    backends: [{service: storefront, port: 80}]
                """);
        within().untilAsserted(() -> {
            ProxyPolicyStatus policy = gatehouse
                    .client()
                    .resources(ProxyPolicy.class)
                    .inNamespace("shop")
                    .withName("base")
                    .get()
                    .getStatus();
            assertThat(policy.routes()).isEqualTo(1);
            assertThat(policy.conditions()).singleElement().satisfies(condition -> {
                assertThat(condition.getType()).isEqualTo("Accepted");
                assertThat(condition.getStatus()).isEqualTo("True");
            });
            var route = gatehouse
                    .client()
                    .resources(ProxyRoute.class)
                    .inNamespace("shop")
                    .withName("policed")
                    .get()
                    .getStatus();
            assertThat(route.rules()).singleElement().satisfies(rule -> {
                assertThat(rule.rule()).isEqualTo("spec.rules[1]");
                assertThat(rule.conditions().getFirst().getReason()).isEqualTo("PolicyNotFound");
            });
            assertThat(replicas.web().get("policed.example.com", "/").field("x-policy"))
                    .isEqualTo("base");
            assertThat(replicas.web().get("policed.example.com", "/x").field("gatehouse-reason"))
                    .isEqualTo("policy-not-found");
        });
        String admin = "http://127.0.0.1:" + replicas.first().port("admin");
        within().untilAsserted(() -> assertThat(ask(admin + "/explain?url=http%3A%2F%2Fpoliced.example.com%2Fx"))
                .contains("ProxyRoute/shop/policed#rules[1].matches[0]", "policy-not-found"));
    }

    private static String ask(String url) throws IOException {
        try (InputStream in = URI.create(url).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, Condition> conditions(String route) {
        return gatehouse
                .client()
                .resources(ProxyRoute.class)
                .inNamespace("shop")
                .withName(route)
                .require()
                .getStatus()
                .conditions()
                .stream()
                .collect(Collectors.toMap(Condition::getType, Function.identity()));
    }

    private static Condition condition(String route, String type) {
        return conditions(route).values().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }
}
