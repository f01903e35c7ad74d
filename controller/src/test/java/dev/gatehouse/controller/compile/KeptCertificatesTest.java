package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.TestCertificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A Secret that is broken or deleted by mistake takes no site off HTTPS, and whoever refers to it is told. */
class KeptCertificatesTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");
    private static final ObjectKey TLS = ObjectKey.secret("shop", "tls");
    private static final ShardId SHARD = ShardId.certificate("shop", "tls");
    private static final TestCertificate ONE = TestCertificate.of("a.example.com");
    private static final TestCertificate TWO = TestCertificate.of("a.example.com");
    private static final String GOOD = ONE.secretYaml("shop", "tls");
    private static final String BAD = GOOD.replaceFirst("tls.key: .*", "tls.key: bm8=");

    private final World world = new World(WorldOptions.cluster(FLEET));

    private Outcome apply(String... yaml) {
        return world.apply(new Manifests().upserts(String.join("\n---\n", yaml)));
    }

    private static String ingress(String secret, String... hosts) {
        String list = String.join(", ", hosts);
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  tls: [{hosts: [%s], secretName: %s}]
                  rules:
                  - host: a.example.com
                    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
                """.formatted(list, secret);
    }

    private void begin(String... secrets) {
        apply("""
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: gatehouse}
                spec: {controller: gatehouse.dev/controller}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: api, namespace: shop}
                spec: {ports: [{port: 80}]}
                """, ingress("tls", "a.example.com"), String.join("\n---\n", secrets));
    }

    private Optional<ShardBody> body(ShardId id) {
        return world.snapshot(FLEET).get(id).map(shard -> {
            try {
                return shard.body();
            } catch (CorruptShardException e) {
                throw new AssertionError(e);
            }
        });
    }

    private List<String> certificatesOf(String host) {
        return body(ShardId.host(host)).orElseThrow().getHost().getCertificatesList();
    }

    private Optional<ByteString> served() {
        return body(SHARD).map(body -> body.getCertificate().getChain(0));
    }

    private static ByteString leaf(TestCertificate certificate) {
        return ByteString.copyFrom(certificate.der());
    }

    private Verdict verdict() {
        return java.util.Objects.requireNonNull(world.verdicts().get(WEB));
    }

    private List<Finding> findings() {
        return verdict().findings();
    }

    private void assertKeptAndTold(String reason) {
        assertThat(served()).contains(leaf(ONE));
        assertThat(world.kept()).containsExactly(TLS);
        assertThat(certificatesOf("a.example.com")).containsExactly("certificate/shop/tls");
        assertThat(verdict().resolvedRefs()).isFalse();
        assertThat(verdict().accepted()).isTrue();
        assertThat(findings()).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.ERROR);
            assertThat(finding.reason()).isEqualTo(reason);
            assertThat(finding.field()).isEqualTo("spec.tls[0].secretName");
            assertThat(finding.message())
                    .contains("Until then its last good certificate is served, which holds until "
                            + ONE.certificate().getNotAfter().toInstant());
        });
    }

    @Test
    void rubbishInASecretLeavesTheLastGoodCertificate() {
        begin(GOOD);
        Outcome outcome = apply(BAD);
        assertThat(outcome.fleet(FLEET)).as("nothing to be sent").isEmpty();
        assertKeptAndTold("SecretUnusable");
        apply(BAD.replace("bm8=", "bm9v"));
        assertKeptAndTold("SecretUnusable");
    }

    @Test
    void aSecretThatIsDeletedLeavesTheLastGoodCertificate() {
        begin(GOOD);
        Outcome outcome = world.apply(List.of(new Change.Delete(TLS)));
        assertThat(outcome.fleet(FLEET)).as("nothing to be sent").isEmpty();
        assertKeptAndTold("SecretNotFound");
        apply(BAD);
        assertKeptAndTold("SecretUnusable");
    }

    @Test
    void theNextGoodVersionTakesItsPlaceAndEndsTheComplaint() {
        begin(GOOD);
        apply(BAD);
        Outcome outcome = apply(TWO.secretYaml("shop", "tls"));
        assertThat(outcome.fleet(FLEET).orElseThrow().updates())
                .extracting(Shard::id)
                .containsExactly(SHARD);
        assertThat(served()).contains(leaf(TWO));
        assertThat(world.kept()).isEmpty();
        assertThat(findings()).isEmpty();
        assertThat(verdict().resolvedRefs()).isTrue();
    }

    @Test
    void nobodyWhoReferredMeansNothingIsKept() {
        begin();
        apply(GOOD.replace("name: tls", "name: other"));
        apply(ingress("other", "a.example.com"));
        apply(ingress("tls", "a.example.com"));
        world.apply(List.of(new Change.Delete(ObjectKey.secret("shop", "other"))));
        apply(ingress("other", "a.example.com"));
        assertThat(world.kept()).isEmpty();
        assertThat(findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message())
                        .endsWith("Until then HTTPS is answered with the default certificate"));
    }

    @Test
    void whoeverTakesTheReferenceAwayTakesTheCertificateAway() {
        begin(GOOD);
        apply(BAD);
        apply(ingress("other", "a.example.com"));
        assertThat(served()).isEmpty();
        assertThat(world.kept()).isEmpty();
        apply(ingress("tls", "a.example.com"));
        assertThat(served()).as("it was let go of").isEmpty();
    }

    @Test
    void oneThatNeverWasGoodIsNotKept() {
        begin(BAD);
        apply(BAD.replace("bm8=", "bm9v"));
        assertThat(served()).isEmpty();
        assertThat(world.kept()).isEmpty();
    }

    @Test
    void namesThatACertificateDoesNotCoverAreOneWarningForAll() {
        begin(TestCertificate.of("a.example.com", "*.shop.example.com").secretYaml("shop", "tls"));
        apply(ingress(
                "tls",
                "a.example.com",
                "b.example.com",
                "x.shop.example.com",
                "shop.example.com",
                "x.y.shop.example.com"));
        assertThat(findings()).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.WARNING);
            assertThat(finding.reason()).isEqualTo("HostNotInCertificate");
            assertThat(finding.field()).isEqualTo("spec.tls[0].secretName");
            assertThat(finding.message())
                    .isEqualTo(
                            "names the Secret shop/tls, whose certificate is for *.shop.example.com, a.example.com and"
                                    + " not for b.example.com, shop.example.com, x.y.shop.example.com; it is served there all the"
                                    + " same, and clients will refuse it");
        });
        assertThat(verdict().accepted()).isTrue();
        assertThat(verdict().resolvedRefs()).isTrue();
        assertThat(certificatesOf("b.example.com")).containsExactly("certificate/shop/tls");
    }
}
