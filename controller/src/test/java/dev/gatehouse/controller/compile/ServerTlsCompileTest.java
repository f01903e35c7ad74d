package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.testkit.TestCertificate;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS with clients as Ingresses and ProxyRoutes ask for it: what cannot be understood or is missing lets nobody in. */
class ServerTlsCompileTest {
    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final TestCertificate SERVER = TestCertificate.of("a.example.com");
    private static final TestCertificate CLIENTS = TestCertificate.authority("clients");
    private static final String REQUIRE =
            "gatehouse.dev/client-certificate: Require, gatehouse.dev/client-ca: configmap/ca";
    private static final String CLASS = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    @BeforeEach
    void begin() {
        apply(CLASS, SERVER.secretYaml("shop", "a-tls"));
    }

    private void apply(String... yaml) {
        world.apply(manifests.upserts(String.join("\n---\n", yaml)));
    }

    private static String ingress(String annotations) {
        return ingress("web", "2026-01-01T00:00:00Z", annotations, "/");
    }

    private static String ingress(String name, String created, String annotations, String path) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %s, namespace: shop, creationTimestamp: "%s", annotations: {%s}}
                spec:
                  ingressClassName: gatehouse
                  tls: [{hosts: [a.example.com], secretName: a-tls}]
                  rules:
                  - host: a.example.com
                    http: {paths: [{path: %s, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
                """.formatted(name, created, annotations, path);
    }

    private static String route(String tls) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  tls: {secretName: a-tls, %s}
                  rules: [{matches: [{path: {prefix: /}}], backends: [{service: api, port: 80}]}]
                """.formatted(tls);
    }

    private static String authorities(String pem) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: ca, namespace: shop}
                data:
                  ca.crt: |
                %s
                """.formatted(pem.indent(4));
    }

    private Host host() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.host("a.example.com"))
                .orElseThrow()
                .body()
                .getHost();
    }

    private List<Finding> findings(Kind kind, String name) {
        return Objects.requireNonNull(world.verdicts().get(new ObjectKey(kind, "shop", name))).findings().stream()
                .filter(finding -> !finding.field().contains("backend"))
                .toList();
    }

    private Finding finding() {
        return findings(Kind.INGRESS, "web").getFirst();
    }

    /** Nobody is let in, over TLS or without. */
    private void assertClosed(String code) throws Exception {
        assertThat(host().getTls().getUnavailable()).isEqualTo(code);
        assertThat(host().getTls().hasClientCertificate()).isFalse();
        assertThat(host().getRulesList()).allSatisfy(rule -> {
            assertThat(rule.getRequiredFeaturesList()).contains(Features.SERVER_TLS);
            assertThat(rule.getHttpsRedirect()).isNotZero();
            assertThat(rule.getOnlyTlsHere()).isTrue();
        });
    }

    @Test
    void withoutAnyWordTheHostLeavesTlsToTheListener() throws Exception {
        apply(ingress(""));
        assertThat(host().hasTls()).isFalse();
        assertThat(host().getHsts()).isEmpty();
        assertThat(host().getRules(0).getRequiredFeaturesList()).doesNotContain(Features.SERVER_TLS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gatehouse.dev/tls-min-version: '1.3' | TLS_1_3 | 0",
                "gatehouse.dev/tls-min-version: '1.2' | TLS_1_2 | 0",
                "gatehouse.dev/tls-profile: modern | TLS_1_3 | 0",
                "gatehouse.dev/tls-profile: intermediate | TLS_1_2 | 6",
                "gatehouse.dev/tls-cipher-suites: TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 | MIN_VERSION_UNSET | 1"
            })
    void versionsAndSuitesAreThoseOfTheAnnotations(String annotation, ServerTls.MinVersion version, int suites)
            throws Exception {
        apply(ingress(annotation));
        assertThat(host().getTls().getMinVersion()).isEqualTo(version);
        assertThat(host().getTls().getCipherSuitesList()).hasSize(suites);
        assertThat(host().getRules(0).getRequiredFeaturesList()).contains(Features.SERVER_TLS);
    }

    @Test
    void anIngressAndAProxyRouteAskForTheSame() throws Exception {
        apply(authorities(CLIENTS.certificatePem()), ingress(REQUIRE + ", gatehouse.dev/tls-profile: modern"));
        ServerTls ofIngress = host().getTls();
        world.apply(List.of(new Change.Delete(new ObjectKey(Kind.INGRESS, "shop", "web"))));
        apply(route("profile: modern, clientCertificate: {mode: Require, ca: [{configMap: ca}]}"));
        assertThat(host().getTls()).isEqualTo(ofIngress);
        assertThat(ofIngress.getClientCertificate().getMode()).isEqualTo(ClientCertificate.Mode.REQUIRE);
        assertThat(ofIngress.getClientCertificate().getAuthoritiesList()).hasSize(1);
        assertThat(host().getRules(0).getOnlyTlsHere()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gatehouse.dev/client-certificate: require, gatehouse.dev/client-ca: configmap/ca",
                "gatehouse.dev/client-certificate: Require",
                "gatehouse.dev/client-ca: configmap/ca",
                "gatehouse.dev/client-certificat: Require",
                "gatehouse.dev/client-certificate: Require, gatehouse.dev/client-ca: ca",
                "gatehouse.dev/tls-min-version: '1.1'",
                "gatehouse.dev/tls-profile: old",
                "gatehouse.dev/tls-cipher-suites: RC4",
                "gatehouse.dev/tls-alpn: spdy/3"
            })
    void aSlipOfThePenLetsNobodyIn(String annotations) throws Exception {
        apply(authorities(CLIENTS.certificatePem()), ingress(annotations));
        assertClosed("tls-options-invalid");
        assertThat(finding().reason()).isEqualTo("TlsOptionsInvalid");
        assertThat(finding().field()).startsWith("metadata.annotations['gatehouse.dev/");
    }

    @Test
    void aHostIsClosedUntilItsAuthorityIsThere() throws Exception {
        apply(ingress(REQUIRE));
        assertClosed("client-ca-unusable");
        assertThat(finding().message()).contains("ConfigMap shop/ca").contains("does not exist");

        apply(authorities("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
        assertClosed("client-ca-unusable");

        apply(authorities(CLIENTS.certificatePem()));
        assertThat(host().getTls().getUnavailable()).isEmpty();
        assertThat(host().getTls().hasClientCertificate()).isTrue();
        assertThat(findings(Kind.INGRESS, "web")).isEmpty();
    }

    @Test
    void theOlderObjectDecidesAndTheYoungerIsTold() throws Exception {
        apply(
                authorities(CLIENTS.certificatePem()),
                ingress(REQUIRE),
                ingress("young", "2026-02-01T00:00:00Z", "gatehouse.dev/tls-min-version: '1.2'", "/young"));
        assertThat(host().getTls().hasClientCertificate()).isTrue();
        assertThat(findings(Kind.INGRESS, "young"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("shop/web"));
        assertThat(host().getRulesList()).hasSize(2).allMatch(Rule::getOnlyTlsHere);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | / | 0",
                "gatehouse.dev/ssl-redirect: 'false' | / | 0",
                "gatehouse.dev/ssl-redirect: 'true' | / | 308",
                "gatehouse.dev/ssl-redirect: yes please | / | 308",
                "gatehouse.dev/ssl-redirect: 'true', gatehouse.dev/ssl-redirect-status: '301' | / | 301",
                "gatehouse.dev/ssl-redirect: 'true' | /.well-known/acme-challenge/token | 0"
            })
    void clearTextIsLedToHttpsIfAskedButForAcme(String annotation, String path, int status) throws Exception {
        apply(ingress("web", "2026-01-01T00:00:00Z", annotation, path));
        assertThat(host().getRules(0).getHttpsRedirect()).isEqualTo(status);
        assertThat(host().getRules(0).getOnlyTlsHere()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8760h | max-age=31536000",
                "8760h; includeSubDomains | max-age=31536000; includeSubDomains",
                "8760h; includeSubDomains; preload | max-age=31536000; includeSubDomains; preload"
            })
    void hstsIsWrittenAsBrowsersReadIt(String asked, String value) throws Exception {
        apply(ingress("gatehouse.dev/hsts: '" + asked + "'"));
        assertThat(host().getHsts()).isEqualTo(value);
        assertThat(host().hasTls()).isFalse();
    }
}
