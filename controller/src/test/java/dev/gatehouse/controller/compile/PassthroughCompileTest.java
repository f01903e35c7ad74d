package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.testkit.TestCertificate;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS passthrough as Ingresses and ProxyRoutes ask for it, and who decides where TLS of a host ends. */
class PassthroughCompileTest {
    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final String PASS = "gatehouse.dev/tls-passthrough: 'true'";
    private static final String EARLY = "2026-01-01T00:00:00Z";
    private static final String LATE = "2026-02-01T00:00:00Z";
    private static final String CLUSTER = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: vault, namespace: shop}
            spec: {ports: [{name: https, port: 443, appProtocol: https}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop}
            spec: {ports: [{port: 80}]}
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    @BeforeEach
    void begin() {
        apply(CLUSTER, TestCertificate.of("a.example.com").secretYaml("shop", "a-tls"));
    }

    private void apply(String... yaml) {
        world.apply(manifests.upserts(String.join("\n---\n", yaml)));
    }

    private static String ingress(String name, String created, String annotations, String paths) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %s, namespace: shop, creationTimestamp: "%s", annotations: {%s}}
                spec:
                  ingressClassName: gatehouse
                  rules: [{host: a.example.com, http: {paths: [%s]}}]
                """.formatted(name, created, annotations, paths);
    }

    private static String path(String path, String service, int port) {
        return "{path: %s, pathType: Prefix, backend: {service: {name: %s, port: {number: %d}}}}"
                .formatted(path, service, port);
    }

    private static String passing(String name, String created) {
        return ingress(name, created, PASS, path("/", "vault", 443));
    }

    private static String ending(String name, String created) {
        return ingress(name, created, "", path("/web", "web", 80));
    }

    private static String route(String tls, String rules) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  tls: {%s}
                  rules: [%s]
                """.formatted(tls, rules);
    }

    private Host host() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.host("a.example.com"))
                .orElseThrow()
                .body()
                .getHost();
    }

    private List<Finding> findings(Kind kind, String name) {
        return Objects.requireNonNull(world.verdicts().get(new ObjectKey(kind, "shop", name)))
                .findings();
    }

    private Finding only(Kind kind, String name) {
        assertThat(findings(kind, name)).hasSize(1);
        return findings(kind, name).getFirst();
    }

    private static List<String> backends(Rule rule) {
        return rule.getBackendsList().stream().map(Backend::getUpstream).toList();
    }

    private void assertPassed() throws Exception {
        assertThat(backends(host().getPassthrough())).containsExactly("upstream/shop/vault/443");
        assertThat(host().getPassthrough().getRequiredFeaturesList())
                .contains(Features.TLS_PASSTHROUGH)
                .isSorted();
        // What a node that does not know passthrough makes of it.
        assertThat(host().getTls().getUnavailable()).isEqualTo("feature-unsupported");
        assertThat(host().getCertificatesList()).isEmpty();
        Rule inClearText = host().getRules(host().getRulesCount() - 1);
        assertThat(inClearText.getMatch().getPrefix()).isEqualTo("/");
        assertThat(inClearText.getHttpsRedirect()).isEqualTo(308);
        assertThat(inClearText.getOnlyTlsHere()).isTrue();
        assertThat(inClearText.getBackendsList()).isEmpty();
        assertThat(inClearText.getRequiredFeaturesList())
                .contains(Features.TLS_PASSTHROUGH, Features.REDIRECT_HTTPS, Features.SERVER_TLS);
    }

    private void assertEnded(String service) throws Exception {
        assertThat(host().hasPassthrough()).isFalse();
        assertThat(host().hasTls()).isFalse();
        assertThat(host().getRulesList())
                .singleElement()
                .satisfies(rule -> assertThat(backends(rule)).containsExactly("upstream/shop/" + service + "/80"));
    }

    /** TLS ends nowhere, and nothing is let in without. */
    private void assertClosed() throws Exception {
        assertThat(host().hasPassthrough()).isFalse();
        assertThat(host().getTls().getUnavailable()).isEqualTo("tls-options-invalid");
        assertThat(host().getRulesList()).isNotEmpty().allMatch(Rule::getOnlyTlsHere);
    }

    @Test
    void anIngressAndAProxyRouteAskForTheSame() throws Exception {
        apply(passing("vault", EARLY));
        assertPassed();
        assertThat(findings(Kind.INGRESS, "vault")).isEmpty();
        Host ofIngress = host();
        world.apply(List.of(new Change.Delete(new ObjectKey(Kind.INGRESS, "shop", "vault"))));
        apply(route("passthrough: true", "{backends: [{service: vault, port: https}]}"));
        assertPassed();
        assertThat(findings(Kind.PROXY_ROUTE, "web")).isEmpty();
        assertThat(host().getTls()).isEqualTo(ofIngress.getTls());
        assertThat(host().getRules(0).getRequiredFeaturesList())
                .isEqualTo(ofIngress.getRules(0).getRequiredFeaturesList());
    }

    @Test
    void weightsShareConnections() throws Exception {
        apply(route(
                "passthrough: true, redirectStatus: 301",
                "{backends: [{service: vault, port: 443, weight: 9}, {service: web, port: 80}]}"));
        assertThat(host().getPassthrough().getBackendsList())
                .extracting(Backend::getWeight)
                .containsExactly(9, 1);
        assertThat(host().getRules(0).getHttpsRedirect()).isEqualTo(301);
    }

    @Test
    void theOlderObjectDecidesWhereTlsEnds() throws Exception {
        apply(passing("first", EARLY), ending("second", LATE));
        assertPassed();
        assertThat(only(Kind.INGRESS, "second").reason()).isEqualTo("HostPathTaken");
        assertThat(only(Kind.INGRESS, "second").message()).contains("Ingress shop/first", "a.example.com");
        assertThat(only(Kind.INGRESS, "second").field()).isEqualTo("spec.rules[0].http.paths[0]");
        assertThat(findings(Kind.INGRESS, "first")).isEmpty();

        world.apply(List.of(new Change.Delete(new ObjectKey(Kind.INGRESS, "shop", "first"))));
        assertEnded("web");
        assertThat(findings(Kind.INGRESS, "second")).isEmpty();

        apply(passing("third", LATE));
        assertEnded("web");
        assertThat(only(Kind.INGRESS, "third").reason()).isEqualTo("HostPathTaken");
        assertThat(only(Kind.INGRESS, "third").message()).contains("Ingress shop/second", "passes through");
        assertThat(findings(Kind.INGRESS, "second")).isEmpty();
    }

    @Test
    void ofTwoThatPassThroughTheOlderHasTheHost() throws Exception {
        apply(passing("first", EARLY), passing("second", LATE));
        assertPassed();
        assertThat(host().getPassthrough().getId()).contains("shop/first");
        assertThat(only(Kind.INGRESS, "second").reason()).isEqualTo("HostPathTaken");
    }

    @ParameterizedTest
    @ValueSource(strings = {EARLY, LATE})
    void theSolverOfAcmeIsServedInClearTextWhoeverIsOlder(String created) throws Exception {
        String solver = ingress("solver", created, "", path("/.well-known/acme-challenge/token", "web", 80));
        apply(passing("vault", "2026-01-15T00:00:00Z"), solver);
        assertPassed();
        assertThat(host().getRulesCount()).isEqualTo(2);
        assertThat(host().getRules(0).getHttpsRedirect()).isZero();
        assertThat(backends(host().getRules(0))).containsExactly("upstream/shop/web/80");
        assertThat(findings(Kind.INGRESS, "solver")).isEmpty();
    }

    @Test
    void aCertificateForTheHostIsNotShown() throws Exception {
        String certificate = """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: brings, namespace: shop, creationTimestamp: "%s"}
                spec:
                  ingressClassName: gatehouse
                  tls: [{hosts: [a.example.com], secretName: a-tls}]
                  rules: [{host: b.example.com, http: {paths: [%s]}}]
                """.formatted(EARLY, path("/", "web", 80));
        apply(certificate, passing("vault", LATE));
        assertPassed();
        assertThat(only(Kind.INGRESS, "brings").reason()).isEqualTo("CertificateNotUsed");
        assertThat(only(Kind.INGRESS, "brings").field()).isEqualTo("spec.tls[0].secretName");
    }

    @Test
    void whatAnIngressCannotHaveBesideItIsTold() throws Exception {
        apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata:
                  name: vault
                  namespace: shop
                  annotations:
                    gatehouse.dev/tls-passthrough: "true"
                    gatehouse.dev/ssl-redirect: "false"
                    gatehouse.dev/rewrite-path: /
                    gatehouse.dev/sticky-cookie: session
                    gatehouse.dev/load-balancing: leastRequest
                spec:
                  ingressClassName: gatehouse
                  defaultBackend: {service: {name: web, port: {number: 80}}}
                  tls: [{hosts: [a.example.com], secretName: a-tls}]
                  rules: [{host: a.example.com, http: {paths: [%s, %s]}}]
                """.formatted(path("/api", "web", 80), path("/", "vault", 443)));
        assertPassed();
        assertThat(host().hasDefaultRule()).isFalse();
        assertThat(findings(Kind.INGRESS, "vault"))
                .extracting(Finding::field)
                .containsExactlyInAnyOrder(
                        "spec.defaultBackend",
                        "spec.tls[0].secretName",
                        "spec.rules[0].http.paths[0]",
                        "metadata.annotations['gatehouse.dev/ssl-redirect']",
                        "metadata.annotations['gatehouse.dev/rewrite-path']",
                        "metadata.annotations['gatehouse.dev/sticky-cookie']");
    }

    @Test
    void withoutARootConnectionsAreRefusedAndNotEndedHere() throws Exception {
        apply(ingress("vault", EARLY, PASS, path("/api", "vault", 443)));
        assertThat(host().getPassthrough().getBackends(0).getUnavailable()).isEqualTo("backend-missing");
        assertThat(findings(Kind.INGRESS, "vault"))
                .extracting(Finding::field)
                .contains("spec.rules[0].http.paths", "spec.rules[0].http.paths[0]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gatehouse.dev/tls-passthrough: 'yes'",
                PASS + ", gatehouse.dev/tls-min-version: '1.3'",
                PASS + ", gatehouse.dev/client-certificate: Require, gatehouse.dev/client-ca: configmap/ca",
                PASS + ", gatehouse.dev/hsts: 8760h"
            })
    void whatContradictsItselfClosesTheHost(String annotations) throws Exception {
        apply(ingress("vault", EARLY, annotations, path("/", "vault", 443)));
        assertClosed();
        assertThat(only(Kind.INGRESS, "vault").reason()).isEqualTo("TlsOptionsInvalid");
        assertThat(only(Kind.INGRESS, "vault").field()).startsWith("metadata.annotations['gatehouse.dev/");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "passthrough: true, secretName: a-tls | {backends: [{service: vault, port: 443}]} | without secretName",
                "passthrough: true, profile: modern | {backends: [{service: vault, port: 443}]} | without secretName",
                "passthrough: true, redirect: false | {backends: [{service: vault, port: 443}]} | redirect: false",
                "passthrough: true | {matches: [{path: {prefix: /}}], backends: [{service: vault, port: 443}]} | without matches",
                "passthrough: true | {timeouts: {request: 5s}, backends: [{service: vault, port: 443}]} | without matches",
                "passthrough: true | {backends: [{service: vault, port: 443}]}, {backends: [{service: web, port: 80}]} | one rule"
            })
    void whatTheApiServerWouldHaveRefusedClosesTheHost(String tls, String rules, String told) throws Exception {
        apply(route(tls, rules));
        assertClosed();
        assertThat(findings(Kind.PROXY_ROUTE, "web"))
                .filteredOn(finding -> finding.reason().equals("TlsOptionsInvalid"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.field()).startsWith("spec.tls.");
                    assertThat(finding.message()).contains(told);
                });
    }

    @Test
    void aServiceThatIsMissingIsSaidAndRefused() throws Exception {
        apply(ingress("vault", EARLY, PASS, path("/", "absent", 443)));
        assertThat(host().getPassthrough().getBackends(0).getUnavailable()).isEqualTo("service-not-found");
        assertThat(only(Kind.INGRESS, "vault").reason()).isEqualTo("ServiceNotFound");
    }

    @Test
    void whatADefaultPolicyCannotDoWithUnreadConnectionsIsTold() throws Exception {
        String policy = """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyPolicy
                metadata: {name: everywhere, namespace: shop}
                spec:
                  selector: {}
                  %s
                """;
        apply(passing("passing", EARLY), policy.formatted("""
                        filters: [{requestHeaders: {set: {x-a: b}}}]
                          timeouts: {connect: 1s, request: 5s, firstByte: 2s}
                          retries: {attempts: 1}
                          limits: {maxBodyBytes: 10}
                          loadBalancing: {stickyCookie: {}}
                        """));
        assertThat(findings(Kind.INGRESS, "passing")).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("PolicyNotUsed");
            assertThat(finding.field()).isEqualTo("spec.rules[0].http.paths[0]");
            assertThat(finding.message())
                    .contains("uses the ProxyPolicy shop/everywhere")
                    .contains(
                            "without its filters, timeouts.request, timeouts.firstByte, retries, limits, loadBalancing");
        });
        Rule rule = host().getPassthrough();
        assertThat(rule.getFiltersList()).isEmpty();
        assertThat(rule.hasRetries()).isFalse();
        assertThat(rule.hasBalancing()).isFalse();
        assertThat(rule.getMaxBodyBytes()).isZero();
        assertThat(rule.getTimeouts().getConnectMs()).isEqualTo(1_000);
        assertThat(rule.getTimeouts().getFirstByteMs()).isZero();

        apply(policy.formatted("timeouts: {connect: 1s}"));
        assertThat(findings(Kind.INGRESS, "passing")).isEmpty();
    }
}
