package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.TestCertificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS to the endpoints of a Service: asked for by appProtocol, described by annotations, never less than what they ask. */
class BackendTlsCompileTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");
    private static final ShardId UPSTREAM = ShardId.upstream("shop", "api", 443);
    private static final TestCertificate ONE = TestCertificate.authority("one");
    private static final TestCertificate TWO = TestCertificate.authority("two");
    private static final String CA = "gatehouse.dev/backend-ca: configmap/ca";
    private static final String SERVICE_FIELD = "spec.rules[0].http.paths[0].backend.service.name";

    private static final String ROUTE = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: web, namespace: shop}
            spec:
              ingressClassName: gatehouse
              rules:
              - host: a.example.com
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 443}}}}]}
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private static String service(String annotations) {
        return service(annotations, "ports: [{name: web, port: 443, appProtocol: https}]");
    }

    private static String service(String annotations, String spec) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: api, namespace: shop, annotations: {%s}}
                spec: {%s}
                """.formatted(annotations, spec);
    }

    private static String configMap(String pem) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: ca, namespace: shop}
                data:
                  ca.crt: |
                %s
                """.formatted(pem.indent(4));
    }

    private Outcome apply(String... yaml) {
        return world.apply(manifests.upserts(String.join("\n---\n", yaml)));
    }

    private Optional<Upstream.Tls> tls() throws Exception {
        Optional<Shard> shard = world.snapshot(FLEET).get(UPSTREAM);
        return shard.isEmpty()
                ? Optional.empty()
                : Optional.of(shard.get().body().getUpstream())
                        .filter(Upstream::hasTls)
                        .map(Upstream::getTls);
    }

    private Rule rule() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.host("a.example.com"))
                .orElseThrow()
                .body()
                .getHost()
                .getRules(0);
    }

    private Verdict verdict() {
        return java.util.Objects.requireNonNull(world.verdicts().get(WEB));
    }

    private List<Finding> findings() {
        return verdict().findings();
    }

    /** There is neither a way to the Service nor anything that a data plane could dial. */
    private void assertClosed(String reason) throws Exception {
        Backend backend = rule().getBackends(0);
        assertThat(backend.getUnavailable()).isEqualTo(reason);
        assertThat(backend.getUpstream()).isEmpty();
        assertThat(world.snapshot(FLEET).get(UPSTREAM)).isEmpty();
        assertThat(verdict().resolvedRefs()).isFalse();
        assertThat(findings()).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo(SERVICE_FIELD);
            assertThat(finding.message())
                    .startsWith("names the Service shop/api, whose metadata.annotations['gatehouse.dev/backend-")
                    .endsWith("Its requests answer 503");
        });
    }

    private void assertOpen() throws Exception {
        assertThat(rule().getBackends(0).getUpstream()).isEqualTo(UPSTREAM.toString());
        assertThat(findings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "https, true",
        "HTTPS, true",
        "kubernetes.io/wss, true",
        "http, false",
        "kubernetes.io/h2c, false",
        "'', false"
    })
    void aPortAsksForItByItsAppProtocol(String appProtocol, boolean secured) throws Exception {
        apply(ROUTE, service("", "ports: [{port: 443, appProtocol: \"" + appProtocol + "\"}]"));
        assertThat(tls().isPresent()).isEqualTo(secured);
        assertThat(rule().getRequiredFeaturesList().contains("upstream.tls")).isEqualTo(secured);
        assertOpen();
    }

    @Test
    void withoutAnnotationsTheServicesOwnNamesAndThePublicAuthoritiesCount() throws Exception {
        apply(ROUTE, service(""));
        assertThat(tls()).hasValueSatisfying(tls -> assertThat(tls.toString()).isEqualTo("""
                server_name: "api.shop.svc"
                names: "api.shop.svc"
                names: "api.shop.svc.cluster.local"
                """));
    }

    @Test
    void everyAnnotationHasItsPlace() throws Exception {
        apply(
                ROUTE,
                service(CA + ", gatehouse.dev/backend-server-name: API.example.com,"
                        + " gatehouse.dev/backend-names: \"spiffe://cluster/shop/api, b.example.com,10.0.0.1\","
                        + " gatehouse.dev/backend-client-certificate: edge, gatehouse.dev/backend-verify: none"),
                configMap(ONE.certificatePem()),
                TestCertificate.of("edge").secretYaml("shop", "edge"));
        Upstream.Tls tls = tls().orElseThrow();
        assertThat(tls.getServerName()).isEqualTo("api.example.com");
        assertThat(tls.getNamesList()).containsExactly("10.0.0.1", "b.example.com", "spiffe://cluster/shop/api");
        assertThat(tls.getTrustedList())
                .singleElement()
                .satisfies(der -> assertThat(der.toByteArray())
                        .isEqualTo(ONE.certificate().getEncoded()));
        assertThat(tls.getClientCertificate()).isEqualTo("certificate/shop/edge");
        assertThat(tls.getUnverified()).isTrue();
        assertThat(world.snapshot(FLEET).get(ShardId.certificate("shop", "edge")))
                .isPresent();
        assertThat(verdict().shards()).contains(UPSTREAM, ShardId.certificate("shop", "edge"));
        assertOpen();
    }

    @ParameterizedTest
    @CsvSource({
        "api.example.net, api.example.net, api.example.net",
        "API.example.net., api.example.net, api.example.net",
        "192.0.2.7, api.shop.svc, 192.0.2.7"
    })
    void anExternalNameIsItsOwnName(String externalName, String serverName, String name) throws Exception {
        apply(
                ROUTE,
                service(
                        "",
                        "type: ExternalName, externalName: " + externalName
                                + ", ports: [{port: 443, appProtocol: https}]"));
        assertThat(tls().orElseThrow().getServerName()).isEqualTo(serverName);
        assertThat(tls().orElseThrow().getNamesList()).containsExactly(name);
    }

    @Test
    void aServerNameOfItsOwnIsTheOnlyNameThatCounts() throws Exception {
        apply(ROUTE, service("gatehouse.dev/backend-server-name: b.example.com"));
        assertThat(tls()).hasValueSatisfying(tls -> assertThat(tls.toString()).isEqualTo("""
                server_name: "b.example.com"
                """));
    }

    @Test
    void anAuthorityMayComeLateAndChangeAndGo() throws Exception {
        apply(ROUTE, service(CA));
        assertClosed("backend-ca-unusable");
        assertThat(findings().getFirst().message()).contains("names the ConfigMap shop/ca, which does not exist");

        apply(configMap(ONE.certificatePem()));
        assertOpen();
        assertThat(tls().orElseThrow().getTrustedCount()).isEqualTo(1);

        Outcome both = apply(configMap(TWO.certificatePem() + ONE.certificatePem() + TWO.certificatePem()));
        assertThat(both.fleet(FLEET).orElseThrow().updates())
                .extracting(Shard::id)
                .containsExactly(UPSTREAM);
        assertThat(tls().orElseThrow().getTrustedCount()).isEqualTo(2);
        assertThat(apply(configMap(ONE.certificatePem() + TWO.certificatePem())).fleet(FLEET))
                .as("the order in the text does not matter")
                .isEmpty();

        world.apply(List.of(new Change.Delete(ObjectKey.configMap("shop", "ca"))));
        assertClosed("backend-ca-unusable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nothing at all",
                "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----\nMIIB",
                "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"
            })
    void anAuthorityReplacedByRubbishClosesTheWay(String rubbish) throws Exception {
        apply(ROUTE, service(CA), configMap(ONE.certificatePem()));
        assertOpen();
        apply(configMap(rubbish));
        assertClosed("backend-ca-unusable");
        assertThat(findings().getFirst().message()).contains("ConfigMap shop/ca, which has a ca.crt");
        apply(configMap(ONE.certificatePem()));
        assertOpen();
    }

    @Test
    void aTlsSecretBringsItsAuthorityAsCertManagerPutsItThere() throws Exception {
        String secret = ONE.issue("api").secretYaml("shop", "api-tls");
        apply(ROUTE, service("gatehouse.dev/backend-ca: secret/api-tls"), secret);
        assertClosed("backend-ca-unusable");
        assertThat(findings().getFirst().message()).contains("Secret shop/api-tls, which has no ca.crt");
        apply(secret + "stringData:\n  ca.crt: |\n" + ONE.certificatePem().indent(4));
        assertOpen();
        assertThat(tls().orElseThrow().getTrusted(0).toByteArray())
                .isEqualTo(ONE.certificate().getEncoded());
    }

    @Test
    void aClientCertificateThatIsMissingOrUselessClosesTheWay() throws Exception {
        String secret = TestCertificate.of("edge").secretYaml("shop", "edge");
        apply(ROUTE, service("gatehouse.dev/backend-client-certificate: edge"));
        assertClosed("backend-client-certificate-unusable");
        apply(secret);
        assertOpen();
        apply(secret.replaceFirst("tls.key: .*", "tls.key: \"\""));
        assertClosed("backend-client-certificate-unusable");
        assertThat(world.snapshot(FLEET).get(ShardId.certificate("shop", "edge")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gatehouse.dev/backend-verify: \"off\"",
                "gatehouse.dev/backend-verify: \"\"",
                "gatehouse.dev/backend-server-name: \"not a name\"",
                "gatehouse.dev/backend-server-name: 10.0.0.1",
                "gatehouse.dev/backend-server-name: \"*.example.com\"",
                "gatehouse.dev/backend-names: \"a.example.com,,b.example.com\"",
                "gatehouse.dev/backend-names: \"*.example.com\"",
                "gatehouse.dev/backend-names: \"spiffe://not a uri\"",
                "gatehouse.dev/backend-ca: ca",
                "gatehouse.dev/backend-ca: configmap/other/ca",
                "gatehouse.dev/backend-ca: pod/ca",
                "gatehouse.dev/backend-client-certificate: secret/edge",
                "gatehouse.dev/backend-verfy: none"
            })
    void whatCannotBeUnderstoodClosesTheWay(String annotation) throws Exception {
        apply(ROUTE, service(annotation));
        assertClosed("backend-tls-invalid");
        apply(service(""));
        assertOpen();
    }

    @Test
    void annotationsOfAServiceInClearTextAreSaidToHaveNoEffect() throws Exception {
        apply(ROUTE, service(CA, "ports: [{port: 443}]"));
        assertThat(tls()).isEmpty();
        assertThat(rule().getBackends(0).getUpstream()).isEqualTo(UPSTREAM.toString());
        assertThat(findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("no port has appProtocol: https"));
    }

    @Test
    void theProxyProtocolStandsBesideIt() throws Exception {
        apply(ROUTE, service("gatehouse.dev/proxy-protocol: v2"));
        Upstream upstream =
                world.snapshot(FLEET).get(UPSTREAM).orElseThrow().body().getUpstream();
        assertThat(upstream.hasTls()).isTrue();
        assertThat(upstream.getProxyProtocol()).isEqualTo(Upstream.ProxyProtocol.V2);
    }
}
