package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.CarefulFleet.body;
import static dev.gatehouse.e2e.CarefulFleet.gatehouseCommand;
import static dev.gatehouse.e2e.CarefulFleet.route;
import static dev.gatehouse.e2e.TwoReplicas.admin;
import static dev.gatehouse.e2e.TwoReplicas.root;
import static dev.gatehouse.e2e.TwoReplicas.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.snapshot.Digest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A rollback against a real API server with two replicas: who serves what was, and until when. */
class RollbackIT {

    private static Gatehouse gatehouse;
    private static CarefulFleet fleet;
    private static TwoReplicas replicas;

    @BeforeAll
    static void start() throws Exception {
        gatehouse = Gatehouse.start(Path.of("target/rollback"));
        fleet = new CarefulFleet(gatehouse);
        replicas = fleet.replicas();
    }

    @AfterAll
    static void stop() {
        gatehouse.close();
    }

    @Test
    void aRollbackHoldsForAllReplicasAndForThoseThatStartLaterUntilItIsReleased() throws Exception {
        gatehouse.apply(route("back", "storefront") + "---\n" + route("ahead", "storefront"));
        within().untilAsserted(() -> {
            assertThat(body(replicas.web(), "back")).isEqualTo("storefront");
            assertThat(body(replicas.web(), "ahead")).isEqualTo("storefront");
        });
        Digest good = root(replicas.first());
        gatehouse.apply(route("back", "elsewhere") + "---\n" + route("ahead", "elsewhere"));
        within().untilAsserted(() -> assertThat(body(replicas.web(), "ahead")).isEqualTo("elsewhere"));

        // Not on the list of the other replica, perhaps: one that knows it is enough.
        gatehouseCommand(
                0,
                "rollback",
                good.shortHex(),
                "--host",
                "back.example.com",
                "--kubeconfig",
                gatehouse.kubeconfig().toString());

        within().untilAsserted(() -> {
            assertThat(body(replicas.web(), "back")).isEqualTo("storefront");
            assertThat(body(replicas.otherWeb(), "back")).isEqualTo("storefront");
            assertThat(root(replicas.second())).isEqualTo(root(replicas.first()));
        });
        assertThat(body(replicas.web(), "ahead")).isEqualTo("elsewhere");
        fleet.kubectl(
                "wait", "-n", "gatehouse-system", "proxyfleet/default", "--for=condition=RolledBack", "--timeout=60s");
        within().untilAsserted(() -> {
            assertThat(fleet.routeCondition("back", "Programmed").getReason()).isEqualTo("RolledBack");
            assertThat(fleet.routeCondition("back", "Programmed").getMessage())
                    .contains("served as it was at " + good.shortHex(), "gatehouse rollback --release");
            assertThat(fleet.events("ProxyFleet", "default", "RolledBack")).isNotEmpty();
        });
        assertThat(gatehouseCommand(3, "status", "--admin", admin(replicas.second())))
                .contains("ROLLED BACK to " + good.shortHex() + " back.example.com");

        // A change of it waits, and a replica that starts now serves the same.
        gatehouse.apply(route("back", "storefront") + "---\n" + route("later", "storefront"));
        within().untilAsserted(() -> assertThat(body(replicas.web(), "later")).isEqualTo("storefront"));
        gatehouse.apply(route("back", "elsewhere"));
        try (Controller third = gatehouse.controller("third")) {
            within().untilAsserted(() -> assertThat(root(third)).isEqualTo(root(replicas.first())));
        }
        assertThat(body(replicas.web(), "back")).isEqualTo("storefront");

        gatehouseCommand(
                0,
                "rollback",
                "--release",
                "--kubeconfig",
                gatehouse.kubeconfig().toString());
        within().untilAsserted(() -> {
            assertThat(body(replicas.web(), "back")).isEqualTo("elsewhere");
            assertThat(body(replicas.otherWeb(), "back")).isEqualTo("elsewhere");
            assertThat(fleet.fleetCondition("RolledBack")).isEmpty();
            assertThat(fleet.routeCondition("back", "Programmed").getStatus()).isEqualTo("True");
        });
    }

    @Test
    void aRootThatNobodyKnowsIsSaidAndChangesNothing() throws Exception {
        Digest before = root(replicas.first());
        fleet.annotate("gatehouse.dev/rollback-to=0123456789ab");
        within().untilAsserted(() -> assertThat(fleet.fleetCondition("RolledBack"))
                .hasValueSatisfying(condition -> {
                    assertThat(condition.getStatus()).isEqualTo("False");
                    assertThat(condition.getMessage())
                            .contains("knows the root 0123456789ab", "gatehouse snapshot list");
                }));
        assertThat(root(replicas.first())).isEqualTo(before);
        fleet.annotate("gatehouse.dev/rollback-to-");
        within().untilAsserted(
                        () -> assertThat(fleet.fleetCondition("RolledBack")).isEmpty());
    }
}
