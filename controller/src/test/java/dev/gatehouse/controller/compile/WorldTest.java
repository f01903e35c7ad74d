package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Host;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorldTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");

    private static final String CLASS = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            """;

    private static final String INGRESS = """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: web, namespace: shop, generation: 3, uid: u1, creationTimestamp: "2026-01-01T00:00:00Z"}
            spec:
              ingressClassName: gatehouse
              rules:
                - host: shop.example.com
                  http:
                    paths:
                      - {path: /, pathType: Prefix, backend: {service: {name: api, port: {name: http}}}}
            """;

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: shop}
            spec:
              ports: [{name: http, port: 80, targetPort: 8080}]
            """;

    private static final String SLICE = """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: api-1, namespace: shop, labels: {kubernetes.io/service-name: api}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints:
              - {addresses: [10.0.0.1], conditions: {ready: true}, zone: a}
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private Outcome apply(String... yaml) {
        return world.apply(manifests.upserts(String.join("\n---\n", yaml)));
    }

    @Test
    void aFleetHasItsGlobalAndListenerShardsFromTheBeginning() {
        assertThat(world.fleets()).containsExactly(FLEET);
        assertThat(world.snapshot(FLEET).sorted())
                .extracting(shard -> shard.id().toString())
                .containsExactly("global", "listener/http", "listener/https");
    }

    @Test
    void aRouteIsNeverVisibleBeforeItsEndpoints() throws Exception {
        Outcome outcome = apply(CLASS, INGRESS, SERVICE, SLICE);

        FleetUpdate update = outcome.fleet(FLEET).orElseThrow();
        assertThat(update.updates())
                .extracting(shard -> shard.id().toString())
                .containsExactly("endpoints/shop/api/80", "host/shop.example.com", "upstream/shop/api/80");
        Host host = update.updates().get(1).body().getHost();
        assertThat(host.getRules(0).getId()).isEqualTo("Ingress/shop/web#rules[0].paths[0]");
        assertThat(host.getRules(0).getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
        Verdict verdict = outcome.verdict(WEB).orElseThrow();
        assertThat(verdict.ours()).isTrue();
        assertThat(verdict.accepted()).isTrue();
        assertThat(verdict.resolvedRefs()).isTrue();
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.generation()).isEqualTo(3);
        assertThat(verdict.shards())
                .containsExactlyInAnyOrder(
                        ShardId.host("shop.example.com"),
                        ShardId.upstream("shop", "api", 80),
                        ShardId.endpoints("shop", "api", 80));
    }

    @Test
    void anEndpointEventTouchesOnlyItsEndpointsShard() {
        apply(CLASS, INGRESS, SERVICE, SLICE);

        Outcome outcome = apply(SLICE.replace("10.0.0.1", "10.0.0.2"));

        FleetUpdate update = outcome.fleet(FLEET).orElseThrow();
        assertThat(update.updates()).extracting(Shard::id).containsExactly(ShardId.endpoints("shop", "api", 80));
        assertThat(outcome.verdicts()).isEmpty();
    }

    @Test
    void aMissingServiceKeepsTheRuleAndSaysSo() throws Exception {
        Outcome outcome = apply(CLASS, INGRESS);

        Shard host = world.snapshot(FLEET).get(ShardId.host("shop.example.com")).orElseThrow();
        assertThat(host.body().getHost().getRules(0).getBackends(0).getUnavailable())
                .isEqualTo("service-not-found");
        Verdict verdict = outcome.verdict(WEB).orElseThrow();
        assertThat(verdict.accepted()).isTrue();
        assertThat(verdict.resolvedRefs()).isFalse();
        assertThat(verdict.findings()).hasSize(1);
        assertThat(verdict.findings().getFirst().field()).isEqualTo("spec.rules[0].http.paths[0].backend.service.name");
    }

    @Test
    void deletingEverythingLeavesWhatAnEmptyWorldHas() {
        var empty = world.snapshot(FLEET).root();
        List<Change> changes = manifests.upserts(String.join("\n---\n", CLASS, INGRESS, SERVICE, SLICE));
        world.apply(changes);

        Outcome outcome = world.apply(
                changes.stream().<Change>map(c -> new Change.Delete(c.key())).toList());

        assertThat(world.snapshot(FLEET).root()).isEqualTo(empty);
        assertThat(world.verdicts()).isEmpty();
        assertThat(outcome.removedVerdicts()).contains(WEB);
    }
}
