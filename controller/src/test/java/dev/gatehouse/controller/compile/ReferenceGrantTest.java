package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import java.util.List;
import org.junit.jupiter.api.Test;

/** References to Services of other namespaces need the consent of those. */
class ReferenceGrantTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    private static final String GRANT = """
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: shop-may, namespace: platform}
            spec:
              from: [{group: gatehouse.dev, kind: ProxyRoute, namespace: shop}]
              to: [{group: "", kind: Service, name: api}]
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private Backend backend(String... yaml) throws CorruptShardException {
        world.apply(manifests.upserts(String.join("\n---\n", yaml)));
        return world.snapshot(FLEET)
                .get(ShardId.host("shop.example.com"))
                .orElseThrow()
                .body()
                .getHost()
                .getRules(0)
                .getBackends(0);
    }

    private static final String SURROUNDINGS = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: platform}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {name: shop, namespace: shop}
            spec:
              ingressClassName: gatehouse
              hosts: [shop.example.com]
              rules: [{backends: [{service: api, namespace: platform, port: 80}]}]
            """;

    @Test
    void withoutAGrantNothingIsSentAndTheGrantIsNamed() throws Exception {
        assertThat(backend(SURROUNDINGS).getUnavailable()).isEqualTo("reference-not-permitted");
        Verdict verdict =
                java.util.Objects.requireNonNull(world.verdicts().get(new ObjectKey(Kind.PROXY_ROUTE, "shop", "shop")));
        assertThat(verdict.resolvedRefs()).isFalse();
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("RefNotPermitted");
            assertThat(finding.field()).isEqualTo("spec.rules[0].backends[0].service");
            assertThat(finding.message())
                    .contains("from: [{group: gatehouse.dev, kind: ProxyRoute, namespace: shop}]")
                    .contains("to: [{group: \"\", kind: Service, name: api}]");
        });
    }

    @Test
    void aGrantConsentsAndTakesItsConsentAlong() throws Exception {
        assertThat(backend(SURROUNDINGS, GRANT).getUpstream()).isEqualTo("upstream/platform/api/80");
        world.apply(List.of(new Change.Delete(new ObjectKey(Kind.REFERENCE_GRANT, "platform", "shop-may"))));
        assertThat(backend("").getUnavailable()).isEqualTo("reference-not-permitted");
        assertThat(backend(GRANT.replace(", name: api", "")).getUpstream()).isEqualTo("upstream/platform/api/80");
    }

    @Test
    void aGrantForSomethingElseIsNone() throws Exception {
        for (String other : List.of(
                GRANT.replace("namespace: shop}", "namespace: blog}"),
                GRANT.replace("kind: ProxyRoute", "kind: HTTPRoute"),
                GRANT.replace("group: gatehouse.dev", "group: gateway.networking.k8s.io"),
                GRANT.replace("kind: Service", "kind: Secret"),
                GRANT.replace("name: api", "name: other"),
                GRANT.replace("namespace: platform", "namespace: elsewhere"))) {
            assertThat(backend(SURROUNDINGS, other).getUnavailable()).as(other).isEqualTo("reference-not-permitted");
        }
    }
}
