package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.ConfigMapModel;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.StatusConfigMap;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Staple;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of what issuers say: a shard of its own beside the certificate's, or a warning. */
class StapleCompileTest {
    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final TestCertificate AUTHORITY = TestCertificate.authority("authority");
    private static final TestCertificate CERTIFICATE = certificate();
    private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant UNTIL = Instant.parse("2026-01-03T00:00:00Z");
    private static final ShardId STAPLE = ShardId.staple("shop", "a-tls");
    private static final String SERVED = """
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
              tls: [{hosts: [a.example.com], secretName: a-tls}]
              rules:
              - host: a.example.com
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
            ---
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private static TestCertificate certificate() {
        return CertificateBuilder.of("a.example.com")
                .issuer(AUTHORITY)
                .responder("http://ocsp.example.com")
                .build();
    }

    private static String secret(TestCertificate certificate) {
        return TestCertificate.secretYaml(
                "shop", "a-tls", certificate.certificatePem() + AUTHORITY.certificatePem(), certificate.keyPem());
    }

    private static CertificateStatus good(String answer) {
        return new CertificateStatus.Good(ByteString.copyFromUtf8(answer), FROM, UNTIL);
    }

    private static ConfigMap config(String namespace, TestCertificate certificate, CertificateStatus status) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(StatusConfigMap.name(ByteString.copyFrom(certificate.der())))
                .endMetadata()
                .withData(StatusConfigMap.data(status))
                .withBinaryData(StatusConfigMap.binaryData(status))
                .build();
    }

    private Outcome said(CertificateStatus status) {
        return world.apply(
                List.of(new Change.Upsert(ModelParser.parse(config("gatehouse-system", CERTIFICATE, status)))));
    }

    private Optional<Staple> staple() throws Exception {
        Optional<Shard> shard = world.snapshot(FLEET).get(STAPLE);
        return shard.isEmpty()
                ? Optional.empty()
                : Optional.of(shard.get().body().getStaple());
    }

    private List<Finding> findings() {
        return Objects.requireNonNull(world.verdicts().get(new ObjectKey(Kind.INGRESS, "shop", "web")))
                .findings()
                .stream()
                .filter(finding -> finding.field().contains("tls"))
                .toList();
    }

    @BeforeEach
    void serve() {
        world.apply(manifests.upserts(SERVED + secret(CERTIFICATE)));
    }

    @Test
    void anAnswerIsAShardOfItsOwnAndNoNewCertificate() throws Exception {
        assertThat(staple()).isEmpty();
        assertThat(said(good("first")).fleet(FLEET).orElseThrow().updates())
                .extracting(Shard::id)
                .containsExactly(STAPLE);
        Staple staple = staple().orElseThrow();
        assertThat(staple.getResponse().toStringUtf8()).isEqualTo("first");
        assertThat(staple.getThisUpdateS()).isEqualTo(FROM.getEpochSecond());
        assertThat(staple.getNextUpdateS()).isEqualTo(UNTIL.getEpochSecond());
        assertThat(staple.getCertificate().toByteArray())
                .isEqualTo(world.snapshot(FLEET)
                        .get(ShardId.certificate("shop", "a-tls"))
                        .orElseThrow()
                        .digest()
                        .toBytes());
        Outcome second = said(good("second"));
        assertThat(second.fleet(FLEET).orElseThrow().updates())
                .extracting(Shard::id)
                .containsExactly(STAPLE);
        assertThat(second.verdicts()).isEmpty();
        assertThat(findings()).isEmpty();
    }

    @Test
    void aRevocationIsToldAndNothingIsStapled() throws Exception {
        said(good("first"));
        said(new CertificateStatus.Revoked(FROM));
        assertThat(staple()).isEmpty();
        assertThat(world.snapshot(FLEET).get(ShardId.certificate("shop", "a-tls")))
                .isPresent();
        Finding finding = findings().getFirst();
        assertThat(finding.reason()).isEqualTo("CertificateRevoked");
        assertThat(finding.message()).contains("shop/a-tls", "revoked at " + FROM, "new key");
        said(good("second"));
        assertThat(findings()).isEmpty();
        assertThat(staple()).isPresent();
    }

    @Test
    void anAnswerIsAboutOneCertificate() throws Exception {
        said(good("first"));
        world.apply(manifests.upserts(secret(certificate())));
        assertThat(staple()).isEmpty();
        world.apply(manifests.upserts(secret(CERTIFICATE)));
        assertThat(staple()).isPresent();
        world.apply(List.of(new Change.Delete(ObjectKey.configMap(
                "gatehouse-system", StatusConfigMap.name(ByteString.copyFrom(CERTIFICATE.der()))))));
        assertThat(staple()).isEmpty();
    }

    @Test
    void anotherNamespaceIsNotBelieved() throws Exception {
        world.apply(List.of(new Change.Upsert(ModelParser.parse(config("shop", CERTIFICATE, good("forged"))))));
        assertThat(staple()).isEmpty();
        world.apply(List.of(new Change.Upsert(
                ModelParser.parse(config("shop", CERTIFICATE, new CertificateStatus.Revoked(FROM))))));
        assertThat(findings()).isEmpty();
    }

    @Test
    void theOrderOfEventsMakesNoDifference() {
        said(good("first"));
        World late = new World(WorldOptions.cluster(FLEET));
        late.apply(
                List.of(new Change.Upsert(ModelParser.parse(config("gatehouse-system", CERTIFICATE, good("first"))))));
        late.apply(manifests.upserts(SERVED + secret(CERTIFICATE)));
        assertThat(late.snapshot(FLEET).root()).isEqualTo(world.snapshot(FLEET).root());
    }

    @Test
    void whatIsWrittenIsWhatIsRead() {
        for (CertificateStatus status : List.of(good("\u0000\u00ff"), new CertificateStatus.Revoked(FROM))) {
            assertThat(ModelParser.parse(config("gatehouse-system", CERTIFICATE, status)))
                    .isInstanceOfSatisfying(
                            ConfigMapModel.class,
                            model -> assertThat(model.status()).contains(status));
        }
        ConfigMap broken = config("gatehouse-system", CERTIFICATE, good("first"));
        broken.getData().put("nextUpdate", "soon");
        assertThat(ModelParser.parse(broken))
                .isInstanceOfSatisfying(
                        ConfigMapModel.class,
                        model -> assertThat(model.status()).isEmpty());
    }
}
