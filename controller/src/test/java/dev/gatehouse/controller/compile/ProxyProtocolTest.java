package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.snapshot.proto.Upstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The PROXY protocol: asked for by a ProxyFleet for its listeners, by a Service for the way to its endpoints. */
class ProxyProtocolTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");
    private static final ObjectKey DEFAULT_FLEET = new ObjectKey(Kind.PROXY_FLEET, "gatehouse-system", "default");

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
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
            """;

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private static String fleet(String listeners) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: gatehouse-system, name: default}
                spec: {listeners: {%s}}
                """.formatted(listeners);
    }

    private static String service(String annotations, String spec) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: api, namespace: shop, annotations: {%s}}
                spec: {%s}
                """.formatted(annotations, spec);
    }

    private Outcome apply(String... yaml) {
        return world.apply(manifests.upserts(String.join("\n---\n", yaml)));
    }

    private Listener listener(String name) throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.listener(name))
                .orElseThrow()
                .body()
                .getListener();
    }

    private Upstream.ProxyProtocol upstream() throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.upstream("shop", "api", 80))
                .orElseThrow()
                .body()
                .getUpstream()
                .getProxyProtocol();
    }

    @Test
    void aFleetAsksForItOnBothListeners() throws Exception {
        Outcome outcome = apply(fleet("proxyProtocol: true, trustedProxies: [10.0.0.0/8]"));
        assertThat(outcome.verdict(DEFAULT_FLEET).orElseThrow().findings()).isEmpty();
        assertThat(listener("http").getProxyProtocol()).isTrue();
        assertThat(listener("https").getProxyProtocol()).isTrue();

        apply(fleet("trustedProxies: [10.0.0.0/8]"));
        assertThat(listener("http").getProxyProtocol()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxyProtocol: true", "proxyProtocol: true, trustedProxies: [nonsense]"})
    void aFleetThatTrustsNobodyIsToldSoAndStaysClosed(String listeners) throws Exception {
        Outcome outcome = apply(fleet(listeners));
        assertThat(outcome.verdict(DEFAULT_FLEET).orElseThrow().findings()).anySatisfy(finding -> {
            assertThat(finding.field()).isEqualTo("spec.listeners.proxyProtocol");
            assertThat(finding.message()).contains("trustedProxies");
        });
        assertThat(listener("http").getProxyProtocol()).isTrue();
        assertThat(listener("http").getTrustedProxiesList()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"v1, V1", "v2, V2"})
    void aServiceAsksForItByAnnotation(String value, Upstream.ProxyProtocol expected) throws Exception {
        apply(ROUTE, service("", "ports: [{port: 80}]"));
        assertThat(upstream()).isEqualTo(Upstream.ProxyProtocol.OFF);

        apply(service("gatehouse.dev/proxy-protocol: " + value, "ports: [{port: 80}]"));
        assertThat(upstream()).isEqualTo(expected);

        apply(service("gatehouse.dev/proxy-protocol: " + value, "type: ExternalName, externalName: a.example.net"));
        assertThat(upstream()).isEqualTo(expected);
    }

    @Test
    void anotherValueIsSaidOfTheRoutesThatUseTheService() throws Exception {
        Outcome outcome = apply(ROUTE, service("gatehouse.dev/proxy-protocol: v3", "ports: [{port: 80}]"));
        assertThat(outcome.verdict(WEB).orElseThrow().findings())
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.field()).isEqualTo("spec.rules[0].http.paths[0].backend.service.name");
                    assertThat(finding.message()).contains("gatehouse.dev/proxy-protocol", "'v3'", "v1 or v2");
                });
        assertThat(upstream()).isEqualTo(Upstream.ProxyProtocol.OFF);

        Outcome repaired = apply(service("gatehouse.dev/proxy-protocol: v2", "ports: [{port: 80}]"));
        assertThat(repaired.verdict(WEB).orElseThrow().findings()).isEmpty();
    }
}
