package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.testkit.TestCertificate;
import java.time.Duration;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is wrong in an object is said of that object, by field; the rest is served. */
class BadInputTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");

    private static final String AROUND = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: shop}
            spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: api-1, namespace: shop, labels: {kubernetes.io/service-name: api}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]
            """;

    private final World world = new World(WorldOptions.cluster(FLEET));

    private Verdict verdict(String... yaml) {
        Outcome outcome = world.apply(new Manifests().upserts(AROUND + "\n---\n" + String.join("\n---\n", yaml)));
        return outcome.verdict(WEB).orElseThrow();
    }

    private static String ingress(String more, String host, String paths) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  %s
                  rules:
                  - host: %s
                    http:
                      paths:
                %s
                """.formatted(more, host, paths.indent(6));
    }

    private static String path(String path) {
        return "- {path: " + path + ", pathType: Prefix, backend: {service: {name: api, port: {name: http}}}}";
    }

    private Shard host(String name) {
        return world.snapshot(FLEET).get(ShardId.host(name)).orElseThrow();
    }

    @Test
    void anUnknownClassIsNotOurs() {
        Verdict verdict = verdict(ingress("", "a.example.com", path("/"))
                .replace("ingressClassName: gatehouse", "ingressClassName: nobody"));
        assertThat(verdict.ours()).isFalse();
        assertThat(world.snapshot(FLEET).get(ShardId.host("a.example.com"))).isEmpty();
    }

    @Test
    void aPortNameThatDoesNotExistIsNamedWithThoseThatDo() {
        Verdict verdict = verdict(ingress("", "a.example.com", path("/").replace("{name: http}", "{name: grpc}")));
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("PortNotFound");
            assertThat(finding.message()).contains("grpc").contains("http");
            assertThat(finding.field()).startsWith("spec.rules[0].http.paths[0].backend.service.port");
        });
    }

    @Test
    void aPathWithoutASlashLosesOnlyItself() throws Exception {
        Verdict verdict = verdict(ingress("", "a.example.com", path("api") + "\n" + path("/good")));
        assertThat(verdict.accepted()).isTrue();
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("InvalidPath");
            assertThat(finding.field()).isEqualTo("spec.rules[0].http.paths[0].path");
        });
        assertThat(host("a.example.com").body().getHost().getRulesList()).hasSize(1);
    }

    @Test
    void anEmptyHostMeansEveryHost() {
        Verdict verdict = verdict(ingress("", "\"\"", path("/")));
        assertThat(verdict.accepted()).isTrue();
        assertThat(verdict.findings()).isEmpty();
        assertThat(world.snapshot(FLEET).get(ShardId.host("*"))).isPresent();
    }

    @Test
    void theOlderOfTwoClaimsWinsAndTheOtherIsToldWho() {
        String older = ingress("", "a.example.com", path("/"))
                .replace("name: web,", "name: first, creationTimestamp: \"2026-01-01T00:00:00Z\",");
        String younger = ingress("", "a.example.com", path("/"))
                .replace("name: web,", "name: web, creationTimestamp: \"2026-02-01T00:00:00Z\",");
        Verdict verdict = verdict(younger, older);
        assertThat(verdict.accepted()).isFalse();
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("HostPathTaken");
            assertThat(finding.message()).contains("shop/first");
        });
    }

    @Test
    void aSecretWithoutKeyAndOneWithAnothersAreNotServed() {
        TestCertificate one = TestCertificate.of("a.example.com");
        String tls = "tls: [{hosts: [a.example.com], secretName: tls}]";
        Verdict without = verdict(
                ingress(tls, "a.example.com", path("/")),
                one.secretYaml("shop", "tls").replaceFirst("  tls.key: .*\n", ""));
        assertThat(without.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("SecretUnusable");
            assertThat(finding.message()).contains("tls.key");
        });
        String another = Base64.getEncoder()
                .encodeToString(
                        TestCertificate.of("b.example.com").keyPem().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Verdict wrong = verdict(
                ingress(tls, "a.example.com", path("/")),
                one.secretYaml("shop", "tls").replaceFirst("tls.key: .*", "tls.key: " + another));
        assertThat(wrong.findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).isEqualTo("SecretUnusable"));
        assertThat(wrong.accepted()).as("HTTP is served all the same").isTrue();
    }

    @Test
    void whatIsOddAboutACertificateIsAWarningAndNoRefusal() {
        TestCertificate root = TestCertificate.authority("root");
        TestCertificate leaf = root.issue("other.example.com");
        Verdict verdict = verdict(
                ingress("tls: [{hosts: [a.example.com], secretName: tls}]", "a.example.com", path("/")),
                TestCertificate.secretYaml(
                        "shop", "tls", root.certificatePem() + leaf.certificatePem(), leaf.keyPem()));
        assertThat(verdict.accepted()).isTrue();
        assertThat(verdict.resolvedRefs()).isTrue();
        assertThat(verdict.findings())
                .extracting(Finding::severity, Finding::reason, Finding::field)
                .containsExactly(
                        tuple(Severity.WARNING, "CertificateChainReordered", "spec.tls[0].secretName"),
                        tuple(Severity.WARNING, "HostNotInCertificate", "spec.tls[0].secretName"));
        assertThat(verdict.findings().getFirst().message()).startsWith("names the Secret shop/tls, which has");
    }

    @Test
    void aSecretOfAMegabyteIsRefusedWithoutHarm() {
        String noise = Base64.getEncoder().encodeToString(new byte[1024 * 1024]);
        String secret = TestCertificate.of("a.example.com").secretYaml("shop", "tls");
        Verdict verdict = verdict(
                ingress("tls: [{hosts: [a.example.com], secretName: tls}]", "a.example.com", path("/")),
                secret.replaceFirst("tls.crt: .*", "tls.crt: " + noise));
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("SecretUnusable");
            assertThat(finding.message()).hasSizeLessThan(500);
        });
    }

    @Test
    void tenThousandPathsOfOneIngressAreServed() throws Exception {
        String paths = IntStream.range(0, 10_000).mapToObj(i -> path("/p" + i)).collect(Collectors.joining("\n"));
        long start = System.nanoTime();
        Verdict verdict = verdict(ingress("", "a.example.com", paths));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
        assertThat(verdict.accepted()).isTrue();
        assertThat(host("a.example.com").body().getHost().getRulesList()).hasSize(10_000);
    }

    @Test
    void noReadyEndpointLeavesAnEmptyListToBalanceOver() throws Exception {
        verdict(ingress("", "a.example.com", path("/")), AROUND.replace("ready: true", "ready: false"));
        Shard endpoints =
                world.snapshot(FLEET).get(ShardId.endpoints("shop", "api", 80)).orElseThrow();
        assertThat(endpoints.body().getEndpoints().getEndpointsList()).isEmpty();
    }
}
