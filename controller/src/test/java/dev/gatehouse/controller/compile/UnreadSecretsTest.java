package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.TestCertificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What Secrets hold is kept while somebody refers to them, and read when somebody begins to. */
class UnreadSecretsTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");
    private static final ObjectKey TLS = ObjectKey.secret("shop", "tls");
    private static final ObjectKey CA = ObjectKey.secret("shop", "ca");
    private static final HostKey HOST = new HostKey(FLEET, "a.example.com");
    private static final TestCertificate ONE = TestCertificate.of("a.example.com");
    private static final TestCertificate TWO = TestCertificate.of("a.example.com");
    private static final String GOOD = ONE.secretYaml("shop", "tls");
    private static final String BAD = GOOD.replaceFirst("tls.key: .*", "tls.key: bm8=");
    private static final String PLAIN = ingress("", "");
    private static final String SECURE = ingress("", "tls: [{hosts: [a.example.com], secretName: tls}]");
    private static final String CLOSED = ingress(
            "annotations: {gatehouse.dev/client-certificate: Require, gatehouse.dev/client-ca: secret/ca}",
            "tls: [{hosts: [a.example.com], secretName: tls}]");

    private final World world = new World(WorldOptions.cluster(FLEET).readingSecrets());

    private static String ingress(String annotations, String tls) {
        return """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: web
              namespace: shop
              %s
            spec:
              ingressClassName: gatehouse
              %s
              rules:
              - host: a.example.com
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
            """.formatted(annotations, tls);
    }

    private static String authority(TestCertificate certificate) {
        return """
            apiVersion: v1
            kind: Secret
            type: Opaque
            metadata: {namespace: shop, name: ca}
            stringData:
              ca.crt: |
            """ + certificate.certificatePem().indent(4);
    }

    private Outcome apply(String... yaml) {
        return world.apply(new Manifests().upserts(String.join("\n---\n", yaml)));
    }

    /** Its metadata comes, as it does for a Secret that is not of type kubernetes.io/tls. */
    private Outcome applyUnread(String yaml) {
        ResourceModel model = new Manifests().models(yaml).getFirst();
        return world.apply(List.of(new Change.Upsert(SecretModel.unread(model.meta(), false))));
    }

    private void begin(String... more) {
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
            """, String.join("\n---\n", more));
    }

    private List<Finding> findings() {
        return java.util.Objects.requireNonNull(world.verdicts().get(WEB)).findings();
    }

    private boolean isKept(ObjectKey secret) {
        return world.secret(secret).filter(kept -> !kept.isUnread()).isPresent();
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

    private Optional<Host> host() {
        return body(ShardId.host("a.example.com")).map(ShardBody::getHost);
    }

    private Optional<ByteString> served() {
        return body(ShardId.certificate("shop", "tls"))
                .map(body -> body.getCertificate().getChain(0));
    }

    private static ByteString der(TestCertificate certificate) {
        return ByteString.copyFrom(certificate.der());
    }

    @Test
    void whatASecretHoldsIsNotKeptWhileNobodyRefersToIt() {
        begin(PLAIN, GOOD);
        assertThat(isKept(TLS)).isFalse();
        apply(TWO.secretYaml("shop", "tls"));
        assertThat(isKept(TLS)).isFalse();
        assertThat(world.secret(TLS)).isPresent();
        assertThat(world.wanted()).isEmpty();
    }

    @Test
    void withoutSomebodyToReadItItIsKept() {
        World folder = new World(WorldOptions.folder());
        folder.apply(new Manifests().upserts(GOOD));
        assertThat(folder.secret(TLS)).map(SecretModel::isUnread).contains(false);
    }

    @Test
    void theFirstViewIsServedInOneGo() {
        begin(GOOD, SECURE);
        assertThat(served()).contains(der(ONE));
        assertThat(world.pending()).isEmpty();
        assertThat(isKept(TLS)).isTrue();
    }

    @Test
    void whenSomebodyRefersToItItIsReadAndServed() {
        begin(PLAIN, GOOD);
        Verdict before = world.verdicts().get(WEB);

        Outcome referred = apply(SECURE);
        assertThat(referred.unread()).containsExactly(TLS);
        assertThat(referred.fleets()).as("it goes on as it is").isEmpty();
        assertThat(referred.verdicts()).as("and nothing is said of it yet").isEmpty();
        assertThat(world.pending()).containsExactly(HOST);
        assertThat(world.verdicts()).containsEntry(WEB, before);
        assertThat(apply(SECURE).unread()).as("once is enough").isEmpty();

        Outcome read = apply(GOOD);
        assertThat(served()).contains(der(ONE));
        assertThat(host().orElseThrow().getCertificatesList()).containsExactly("certificate/shop/tls");
        assertThat(read.verdict(WEB)).isPresent();
        assertThat(read.unread()).isEmpty();
        assertThat(world.pending()).isEmpty();
        assertThat(world.wanted()).isEmpty();
        assertThat(isKept(TLS)).isTrue();
    }

    @Test
    void aNewHostIsServedOnceItsSecretIsReadAndHoldsUpNothingElse() {
        begin(GOOD);
        String other = PLAIN.replace("name: web", "name: other").replace("a.example.com", "b.example.com");
        Outcome outcome = apply(SECURE, other);
        assertThat(host()).isEmpty();
        assertThat(body(ShardId.host("b.example.com"))).isPresent();
        assertThat(outcome.verdicts()).containsOnlyKeys(new ObjectKey(Kind.INGRESS, "shop", "other"));

        apply(GOOD);
        assertThat(host()).isPresent();
        assertThat(world.verdicts()).containsKey(WEB);
    }

    @Test
    void withTheLastReferenceWhatItHoldsIsLetGo() {
        begin(GOOD, SECURE);
        apply(PLAIN);
        assertThat(isKept(TLS)).isFalse();
        assertThat(served()).isEmpty();

        apply(SECURE);
        world.apply(List.of(new Change.Delete(WEB)));
        assertThat(world.wanted()).as("nobody waits for it any more").isEmpty();
        assertThat(world.pending()).isEmpty();
        apply(GOOD);
        assertThat(isKept(TLS)).as("it came too late").isFalse();
    }

    @Test
    void theLastGoodCertificateIsKeptByTheSameRules() {
        begin(GOOD, SECURE);
        apply(BAD);
        assertThat(world.kept()).containsExactly(TLS);
        assertThat(served()).contains(der(ONE));
        world.apply(List.of(new Change.Delete(TLS)));
        assertThat(served()).contains(der(ONE));
        apply(PLAIN);
        assertThat(world.kept()).isEmpty();
        assertThat(served()).isEmpty();
    }

    @Test
    void anAuthorityInASecretOfAnotherTypeIsReadWhenItIsReferredTo() {
        begin(GOOD);
        applyUnread(authority(ONE));
        Outcome outcome = apply(CLOSED);
        assertThat(outcome.unread()).containsExactlyInAnyOrder(TLS, CA);
        apply(GOOD);
        assertThat(host()).as("half of it is not enough").isEmpty();
        apply(authority(ONE));
        assertThat(host().orElseThrow().getTls().getClientCertificate().getAuthoritiesList())
                .containsExactly(der(ONE));
    }

    @Test
    void aChangedSecretIsReadAgainAndServedAsItWasUntilThen() {
        begin(GOOD, CLOSED, authority(ONE));
        Outcome changed = applyUnread(authority(TWO));
        assertThat(changed.unread()).containsExactly(CA);
        assertThat(changed.fleets()).isEmpty();
        assertThat(world.pending()).as("nothing is held up").isEmpty();
        assertThat(applyUnread(authority(TWO)).unread())
                .as("it changed once more")
                .containsExactly(CA);

        apply(authority(TWO));
        assertThat(host().orElseThrow().getTls().getClientCertificate().getAuthoritiesList())
                .containsExactly(der(TWO));
        assertThat(world.wanted()).isEmpty();
    }

    @Test
    void oneThatCannotBeReadIsAsGoodAsABrokenOne() {
        begin(GOOD, PLAIN);
        apply(SECURE);
        world.apply(List.of(new Change.Refuse(TLS, "nobody may")));
        assertThat(host().orElseThrow().getCertificatesList()).isEmpty();
        assertThat(findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("SecretUnusable");
            assertThat(finding.message()).contains("which cannot be read: nobody may. Until then");
        });
        assertThat(world.wanted()).as("it is tried again").containsExactly(TLS);

        apply(GOOD);
        assertThat(served()).contains(der(ONE));
        assertThat(findings()).isEmpty();
        assertThat(world.wanted()).isEmpty();
    }

    @Test
    void anAuthorityThatCannotBeReadAnyMoreClosesTheHost() {
        begin(GOOD, CLOSED, authority(ONE));
        applyUnread(authority(TWO));
        world.apply(List.of(new Change.Refuse(CA, "nobody may")));
        assertThat(host().orElseThrow().getTls().getUnavailable()).isEqualTo("client-ca-unusable");
        apply(authority(TWO));
        assertThat(host().orElseThrow().getTls().getUnavailable()).isEmpty();
    }

    @Test
    void nobodyIsToldOfARefusalThatComesTooLate() {
        begin(GOOD, SECURE);
        assertThat(world.apply(List.of(new Change.Refuse(TLS, "nobody may"))).verdicts())
                .isEmpty();
        assertThat(served()).contains(der(ONE));
    }

    @Test
    void anUpstreamGoesOnAsItIsWhileTheAuthorityOfItsServiceIsRead() {
        String service = """
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: shop, annotations: {gatehouse.dev/backend-ca: secret/%s}}
            spec: {ports: [{port: 80, appProtocol: https}]}
            """;
        begin(PLAIN, service.formatted("ca"), authority(ONE));
        applyUnread(authority(TWO).replace("name: ca", "name: next"));
        ShardId upstream = ShardId.upstream("shop", "api", 80);
        assertThat(body(upstream).orElseThrow().getUpstream().getTls().getTrustedList())
                .containsExactly(der(ONE));

        Outcome outcome = apply(service.formatted("next"));
        assertThat(outcome.fleets()).isEmpty();
        assertThat(outcome.unread()).containsExactly(ObjectKey.secret("shop", "next"));

        apply(authority(TWO).replace("name: ca", "name: next"));
        assertThat(body(upstream).orElseThrow().getUpstream().getTls().getTrustedList())
                .containsExactly(der(TWO));
        assertThat(isKept(CA)).isFalse();
    }

    @Test
    void aNewFleetHasItsListenersBeforeItsDefaultCertificateIsRead() {
        begin();
        apply(GOOD.replace("namespace: shop", "namespace: edge"));
        Outcome outcome = apply("""
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyFleet
            metadata: {namespace: edge, name: other, uid: other}
            spec: {defaultCertificate: {secretName: tls}}
            """);
        FleetKey other = new FleetKey("edge", "other");
        assertThat(outcome.unread()).containsExactly(ObjectKey.secret("edge", "tls"));
        assertThat(world.snapshot(other).get(ShardId.listener("https"))).isPresent();
        apply(GOOD.replace("namespace: shop", "namespace: edge"));
        assertThat(world.snapshot(other).get(ShardId.certificate("edge", "tls")))
                .isPresent();
    }
}
