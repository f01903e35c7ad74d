package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.ShardId;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which namespaces may use which hosts. */
class HostGrantTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey ROUTE = new ObjectKey(Kind.PROXY_ROUTE, "shop", "shop");

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    @BeforeEach
    void aRouteOfThreeHosts() {
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
                ---
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: shop, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  hosts: [shop.example.com, a.b.example.com, "*.example.com"]
                  rules: [{backends: [{service: api, port: 80}]}]
                """);
    }

    private Outcome apply(String yaml) {
        return world.apply(manifests.upserts(yaml));
    }

    private static String grant(String name, String spec) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: HostGrant
                metadata: {name: %s}
                spec: %s
                """.formatted(name, spec);
    }

    private static String namespace(String team) {
        return """
                apiVersion: v1
                kind: Namespace
                metadata: {name: shop, labels: {team: %s}}
                """.formatted(team);
    }

    private static Change.Delete without(String name) {
        return new Change.Delete(new ObjectKey(Kind.HOST_GRANT, "", name));
    }

    private List<String> hosts() {
        return world.snapshot(FLEET).sorted().stream()
                .map(shard -> shard.id().toString())
                .filter(id -> id.startsWith("host/"))
                .toList();
    }

    private Verdict verdict() {
        return java.util.Objects.requireNonNull(world.verdicts().get(ROUTE));
    }

    @Test
    void whileThereIsNoGrantEveryNamespaceMayUseEveryHost() {
        assertThat(hosts()).containsExactly("host/*.example.com", "host/a.b.example.com", "host/shop.example.com");
        assertThat(verdict().findings()).isEmpty();
    }

    @Test
    void theFirstGrantClosesWhatItDoesNotGiveAndTheLastOneOpensIt() {
        apply(grant("shop", "{hosts: [shop.example.com], namespaces: [shop]}"));
        assertThat(hosts()).containsExactly("host/shop.example.com");
        assertThat(verdict().accepted()).isTrue();
        assertThat(verdict().findings())
                .extracting(finding -> finding.reason() + " " + finding.field())
                .containsExactlyInAnyOrder("HostNotGranted spec.hosts[1]", "HostNotGranted spec.hosts[2]");
        world.apply(List.of(without("shop")));
        assertThat(hosts()).hasSize(3);
        assertThat(verdict().findings()).isEmpty();
    }

    @Test
    void aWildcardGivesItselfAndNamesOneLabelBelow() {
        apply(grant("shop", "{hosts: [\"*.example.com\"], namespaces: [shop]}"));
        assertThat(hosts()).containsExactly("host/*.example.com", "host/shop.example.com");
        apply(grant("shop", "{hosts: [\"*\"], namespaces: [shop]}"));
        assertThat(hosts()).hasSize(3);
    }

    @Test
    void aRefusedHostNamesTheGrantThatItLacks() {
        apply(grant("blog", "{hosts: [\"*.example.com\", a.b.example.com], namespaces: [blog]}"));
        assertThat(hosts()).isEmpty();
        assertThat(verdict().accepted()).isFalse();
        assertThat(verdict().findings()).anySatisfy(finding -> {
            assertThat(finding.field()).isEqualTo("spec.hosts[0]");
            assertThat(finding.message())
                    .isEqualTo("asks for the host shop.example.com, which no HostGrant gives to the namespace shop; the"
                            + " HostGrant blog gives it to others. Ask whoever runs the cluster for a HostGrant with"
                            + " hosts: [\"shop.example.com\"] and namespaces: [shop]");
        });
    }

    @Test
    void namespacesAreChosenByLabelAsWell() {
        apply(grant("teams", "{hosts: [\"*\"], namespaceSelector: {matchLabels: {team: shop}}}"));
        assertThat(hosts()).isEmpty();
        apply(namespace("shop"));
        assertThat(hosts()).hasSize(3);
        apply(namespace("blog"));
        assertThat(hosts()).isEmpty();
    }

    @Test
    void theDefaultBackendOfAllHostsNeedsTheGrantOfAllHosts() throws Exception {
        apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: rest, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  defaultBackend: {service: {name: api, port: {number: 80}}}
                """);
        assertThat(hasDefault()).isTrue();
        apply(grant("shop", "{hosts: [\"*.example.com\"], namespaces: [shop]}"));
        assertThat(hasDefault()).isFalse();
        apply(grant("rest", "{hosts: [\"*\"], namespaces: [shop]}"));
        assertThat(hasDefault()).isTrue();
    }

    private boolean hasDefault() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.GLOBAL)
                .orElseThrow()
                .body()
                .getGlobal()
                .hasDefaultRule();
    }

    @Test
    void aChangeConcernsTheHostsThatItGives() {
        apply(grant("all", "{hosts: [\"*\"], namespaces: [shop, blog]}"));
        apply(grant("more", "{hosts: [a.b.example.com], namespaces: [blog]}"));
        world.apply(List.of(without("all")));
        assertThat(hosts()).isEmpty();
        apply(grant("other", "{hosts: [other.example.com], namespaces: [shop]}"));
        Outcome outcome = apply(grant("more", "{hosts: [a.b.example.com], namespaces: [shop]}"));
        assertThat(outcome.fleet(FLEET).orElseThrow().updates())
                .extracting(shard -> shard.id().toString())
                .contains("host/a.b.example.com")
                .doesNotContain("host/shop.example.com", "host/*.example.com");
    }
}
