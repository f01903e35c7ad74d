package dev.gatehouse.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundTripTest {

    private final KubernetesSerialization json = new KubernetesSerialization();

    private static final String ROUTE = """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {name: shop, namespace: shop}
            spec:
              hosts: [shop.example.com]
              tls: {secretName: shop-tls}
              rules:
                - name: api
                  matches:
                    - path: {prefix: /api}
                      headers: [{name: x-tier, exact: gold}]
                      methods: [GET]
                      queryParams: [{name: version, exact: "2"}]
                      cookies: [{name: beta, present: true}]
                      sources: [10.0.0.0/8]
                  filters: [{rewrite: {prefix: /}}, {requestHeaders: {set: {x-team: shop}}}]
                  backends: [{service: api-v1, port: http, weight: 90}, {service: api-v2, port: 8080}]
                  timeouts: {request: 15s}
            """;

    @Test
    void aRouteIsReadAsItIsWritten() {
        ProxyRoute route = json.unmarshal(ROUTE, ProxyRoute.class);

        assertThat(route.getSpec().hosts()).containsExactly("shop.example.com");
        assertThat(route.getSpec().tls()).isEqualTo(RouteTls.of("shop-tls", List.of()));
        RouteRule rule = route.getSpec().rules().getFirst();
        assertThat(rule.name()).isEqualTo("api");
        assertThat(rule.matches())
                .containsExactly(new RouteMatch(
                        new PathMatch(null, "/api", null),
                        List.of(new HeaderMatch("x-tier", "gold", null, null)),
                        List.of("GET"),
                        List.of(new QueryParamMatch("version", "2", null, null)),
                        List.of(new CookieMatch("beta", null, null, true)),
                        List.of("10.0.0.0/8")));
        assertThat(rule.filters()).hasSize(2);
        assertThat(rule.backends()).extracting(RouteBackend::weight).containsExactly(90, 1);
        assertThat(rule.backends())
                .extracting(RouteBackend::port)
                .containsExactly(new IntOrString("http"), new IntOrString(8080));
    }

    @Test
    void whatIsWrittenIsReadAgainAsTheSame() {
        ProxyRoute route = json.unmarshal(ROUTE, ProxyRoute.class);

        ProxyRoute again = json.unmarshal(json.asYaml(route), ProxyRoute.class);

        assertThat(again.getSpec()).isEqualTo(route.getSpec());
    }

    @Test
    void aFieldOfALaterVersionDoesNotHideTheObject() {
        ProxyRoute route = json.unmarshal(ROUTE + "      retries: {attempts: 2}\n  later: 1\n", ProxyRoute.class);

        assertThat(route.getSpec().rules()).hasSize(1);
    }

    @Test
    void anEmptyFleetHasDefaults() {
        ProxyFleet fleet = json.unmarshal(
                "apiVersion: gatehouse.dev/v1alpha1\nkind: ProxyFleet\nmetadata: {name: edge}\nspec: {}\n",
                ProxyFleet.class);

        assertThat(fleet.getSpec()).isEqualTo(ProxyFleetSpec.DEFAULTS);
        assertThat(fleet.getSpec()).isEqualTo(new ProxyFleet().getSpec());
        assertThat(fleet.getSpec().service().type()).isEqualTo(FleetService.Type.LoadBalancer);
        assertThat(fleet.getStatus().conditions()).isEmpty();
    }

    @Test
    void durationsAreThoseOfTheGatewayApi() {
        assertThat(DurationText.parse("1h30m")).contains(Duration.ofMinutes(90));
        assertThat(DurationText.parse("500ms")).contains(Duration.ofMillis(500));
        assertThat(DurationText.parse("15")).isEmpty();
        assertThat(DurationText.parse("-1s")).isEmpty();
        assertThat(DurationText.parse("1.5s")).isEmpty();
    }
}
