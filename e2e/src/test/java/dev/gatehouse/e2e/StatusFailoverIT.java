package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A new leader that has a status to write for every object there is. Meanwhile changes are served as at any other time, and what
 * has just been written by somebody gets its status before all those that wait.
 */
class StatusFailoverIT {

    /** 5,000 in the long form: {@code -Dgatehouse.failover.objects=5000}. At 100 a second, as {@link Gatehouse} has it. */
    private static final int OBJECTS = Integer.getInteger("gatehouse.failover.objects", 1_200);

    private static final int WRITERS = 4;
    private static final int CHANGES = 5;
    private static final String BEFORE = "203.0.113.1";
    private static final String AFTER = "203.0.113.2";
    private static final Duration BOUND = Duration.ofSeconds(60 + OBJECTS / 50);

    private final Map<String, AtomicInteger> writes = new ConcurrentHashMap<>();

    private static String ingress(String name) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: %1$s.example.com
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: storefront, port: {number: 80}}}}]
                """.formatted(name);
    }

    private static long showing(Gatehouse gatehouse, String address) {
        return gatehouse.client().resources(Ingress.class).inNamespace("shop").list().getItems().stream()
                .filter(one -> address(one).equals(address))
                .count();
    }

    private static String address(Ingress ingress) {
        return ingress.getStatus() == null || ingress.getStatus().getLoadBalancer() == null
                ? ""
                : ingress.getStatus().getLoadBalancer().getIngress().stream()
                        .findFirst()
                        .map(entry -> entry.getIp())
                        .orElse("");
    }

    @Test
    void aNewLeaderWithEverythingToWriteHoldsNothingUp() throws Exception {
        try (Gatehouse gatehouse = Gatehouse.start(Path.of("target/status-failover"));
                NamedBackend backend = new NamedBackend("storefront")) {
            gatehouse.apply(backend.serviceYaml("shop", "storefront"));
            try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
                for (int i = 0; i < OBJECTS; i++) {
                    String name = "object-" + i;
                    writers.execute(() -> gatehouse.apply(ingress(name)));
                }
            }
            Controller first = gatehouse.controllerShowing("first", List.of(BEFORE));
            await().atMost(BOUND).until(() -> showing(gatehouse, BEFORE) == OBJECTS);
            Controller second = gatehouse.controllerShowing("second", List.of(AFTER));
            DataPlane plane = gatehouse.dataPlane(second, "node-1");
            WebClient web = Gatehouse.web(plane);

            try (var _ = gatehouse
                    .client()
                    .resources(Ingress.class)
                    .inNamespace("shop")
                    .watch(counting())) {
                first.close();
                await().atMost(BOUND).until(second::leading);
                await().atMost(BOUND).until(() -> showing(gatehouse, AFTER) > 0);
                for (int i = 0; i < CHANGES; i++) {
                    String name = "meanwhile-" + i;
                    gatehouse.apply(ingress(name));
                    await().atMost(BOUND)
                            .pollInterval(Duration.ofMillis(5))
                            .until(() -> web.get(name + ".example.com", "/").status() == 200);
                    await().atMost(BOUND)
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> address(gatehouse
                                            .client()
                                            .resources(Ingress.class)
                                            .inNamespace("shop")
                                            .withName(name)
                                            .require())
                                    .equals(AFTER));
                    assertThat(showing(gatehouse, BEFORE))
                            .as("objects that still wait while %s is told", name)
                            .isPositive();
                }
                await().atMost(BOUND).until(() -> showing(gatehouse, AFTER) == OBJECTS + CHANGES);
                await().during(Duration.ofSeconds(2))
                        .atMost(BOUND)
                        .untilAsserted(() -> assertThat(writes.values())
                                .as("status writes of one object")
                                .allSatisfy(count -> assertThat(count.get()).isLessThanOrEqualTo(2)));
            }
        }
    }

    private Watcher<Ingress> counting() {
        return new Watcher<>() {
            @Override
            public void eventReceived(Action action, Ingress ingress) {
                if (action == Action.MODIFIED) {
                    writes.computeIfAbsent(ingress.getMetadata().getName(), name -> new AtomicInteger())
                            .incrementAndGet();
                }
            }

            @Override
            public void onClose(WatcherException cause) {}
        };
    }
}
