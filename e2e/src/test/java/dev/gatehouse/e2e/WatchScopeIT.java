package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.watch.WatchScope;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** A controller that is to look at some namespaces and some routes only, with the rights that the chart gives it for that. */
class WatchScopeIT {

    private static final Duration BOUND = Duration.ofSeconds(90);

    private static ConditionFactory within() {
        return await().atMost(BOUND).pollInterval(Duration.ofMillis(50)).ignoreExceptions();
    }

    private static String ingress(String namespace, String name, String labels) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: %1$s, name: %2$s, labels: %3$s}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: %2$s.example.com
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: storefront, port: {number: 80}}}}]
                """.formatted(namespace, name, labels);
    }

    @Test
    void whatIsOutsideIsNeitherServedNorWrittenNorReadable() throws Exception {
        try (Gatehouse gatehouse = Gatehouse.start(Path.of("target/watch-scope"));
                NamedBackend backend = new NamedBackend("storefront")) {
            gatehouse.apply("""
                    apiVersion: v1
                    kind: Namespace
                    metadata: {name: elsewhere}
                    """);
            gatehouse.apply(ChartRights.yaml("controller.watchNamespaces={shop}"));
            for (String namespace : List.of("shop", "elsewhere")) {
                gatehouse.apply(backend.serviceYaml(namespace, "storefront"));
            }
            gatehouse.apply(ingress("shop", "inside", "{team: a}"));
            gatehouse.apply(ingress("shop", "of-another-team", "{team: b}"));
            gatehouse.apply(ingress("elsewhere", "outside", "{team: a}"));

            Controller controller = gatehouse.controller(
                    "first",
                    ChartRights.kubeconfig(gatehouse, gatehouse.cluster().port()),
                    new WatchScope(List.of("shop"), "team in (a)"));
            DataPlane plane = gatehouse.dataPlane(controller, "node-1");
            WebClient web = Gatehouse.web(plane);
            within().untilAsserted(() ->
                    assertThat(web.get("inside.example.com", "/").rawBody()).isEqualTo("storefront"));
            within().until(controller::watching);
            assertThat(web.get("outside.example.com", "/").status()).isEqualTo(404);
            assertThat(web.get("of-another-team.example.com", "/").status()).isEqualTo(404);
            within().untilAsserted(() ->
                    assertThat(addresses(gatehouse, "shop", "inside")).isNotEmpty());
            assertThat(addresses(gatehouse, "elsewhere", "outside")).isEmpty();
            assertThat(addresses(gatehouse, "shop", "of-another-team")).isEmpty();

            // A label decides, whenever it comes or goes.
            gatehouse.apply(ingress("shop", "of-another-team", "{team: a}"));
            gatehouse.apply(ingress("shop", "inside", "{team: b}"));
            within().untilAsserted(() -> {
                assertThat(web.get("of-another-team.example.com", "/").status()).isEqualTo(200);
                assertThat(web.get("inside.example.com", "/").status()).isEqualTo(404);
            });
        }
    }

    private static List<?> addresses(Gatehouse gatehouse, String namespace, String name) {
        var status = gatehouse
                .client()
                .resources(Ingress.class)
                .inNamespace(namespace)
                .withName(name)
                .require()
                .getStatus();
        return status == null
                        || status.getLoadBalancer() == null
                        || status.getLoadBalancer().getIngress() == null
                ? List.of()
                : status.getLoadBalancer().getIngress();
    }
}
