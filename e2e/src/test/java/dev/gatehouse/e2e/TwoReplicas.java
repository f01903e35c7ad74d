package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.boot.ControllerConfig;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.WebClient;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;

/**
 * Two replicas of the controller that know of each other, with a data plane each, and the Service {@code shop/storefront}. All
 * of it is closed with its {@link Gatehouse}.
 *
 * @param backend behind the Service
 * @param plane of the first replica
 * @param otherPlane of the second
 * @param web a client of {@code plane}
 * @param otherWeb a client of {@code otherPlane}
 */
record TwoReplicas(
        NamedBackend backend,
        Controller first,
        Controller second,
        DataPlane plane,
        DataPlane otherPlane,
        WebClient web,
        WebClient otherWeb) {

    /** Each of the two knows of both data planes. */
    static TwoReplicas start(Gatehouse gatehouse, ControllerConfig.Caution caution)
            throws InterruptedException, IOException {
        NamedBackend backend = gatehouse.opened(new NamedBackend("storefront"));
        gatehouse.apply(backend.serviceYaml("shop", "storefront"));
        Controller first = gatehouse.controller("first", caution);
        Controller second = gatehouse.controller("second", caution);
        DataPlane plane = gatehouse.dataPlane(first, "node-1");
        DataPlane otherPlane = gatehouse.dataPlane(second, "node-2"); // whichever leads must know of both
        // Each replica has told the other of its data plane.
        within().untilAsserted(() -> assertThat(
                        gatehouse.client().leases().inNamespace(Gatehouse.NAMESPACE).list().getItems().stream()
                                .map(lease -> String.valueOf(lease.getMetadata().getAnnotations()))
                                .collect(Collectors.joining()))
                .contains("node-1", "node-2"));
        return new TwoReplicas(
                backend, first, second, plane, otherPlane, Gatehouse.web(plane), Gatehouse.web(otherPlane));
    }

    static ConditionFactory within() {
        return await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions();
    }

    /** Of what a replica has published last. */
    static Digest root(Controller controller) {
        return controller.publisher().snapshot(Gatehouse.FLEET).orElseThrow().root();
    }

    /** Where the admin port of a replica is. */
    static String admin(Controller controller) {
        return "http://127.0.0.1:" + controller.port("admin");
    }
}
