package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.Storefront.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.Switchboard;
import dev.gatehouse.testkit.WebClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The programs as processes of their own, which are killed without a word, with traffic running through a data plane that is not:
 * no request fails, and ten seconds after all are there again everything is served as it is written.
 */
class KilledProgramsIT {

    /** From the repair until everything is served as it is written. */
    private static final Duration CONVERGED = Duration.ofSeconds(10);

    private static final Duration BOUND = Duration.ofSeconds(90);
    private static final Duration LEASE = Duration.ofSeconds(4);
    private static final Duration SKEW = Duration.ofMinutes(1);
    private static final int BURST = 150;

    /** In front of the controllers, as their Service is. */
    private static final Switchboard SERVICE = new Switchboard();

    private static Gatehouse gatehouse;
    private static Storefront storefront;
    private static Path folder;

    private final List<Program> programs = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        gatehouse = Gatehouse.start(Path.of("target/killed-programs"));
        folder = Files.createTempDirectory(Path.of("target/killed-programs"), "files");
        storefront = new Storefront(gatehouse);
        storefront.open("steady");
    }

    @AfterAll
    static void stop() {
        SERVICE.close();
        storefront.close();
        gatehouse.close();
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Program program : programs) {
            program.kill();
        }
    }

    /** A controller, and where it listens. */
    private record Replica(Program program, int snapshotPort, int adminPort) {

        boolean leads() {
            return answers("/leaderz");
        }

        boolean answers(String path) {
            try (RawClient client = RawClient.connect(adminPort)) {
                return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .readResponse()
                                .status()
                        == 200;
            }
        }
    }

    private Replica controller(String identity, String... javaOptions) {
        Program program = Program.start(
                List.of(javaOptions),
                "controller",
                "--kubeconfig=" + gatehouse.kubeconfig(),
                "--identity=" + identity,
                "--bind-address=127.0.0.1",
                "--snapshot-port=0",
                "--admin-port=0",
                "--outside-nodes",
                "--lease-duration=" + LEASE,
                "--publish-address=203.0.113.10");
        programs.add(program);
        String ports = program.await("event=serving ports=(\\{.*\\})");
        return new Replica(program, port(ports, "snapshot"), port(ports, "admin"));
    }

    private static int port(String ports, String name) {
        return Integer.parseInt(ports.replaceAll(".*\\b" + name + "=([0-9]+).*", "$1"));
    }

    private Program launch(String node) throws IOException {
        Path token = Files.writeString(
                folder.resolve(node + ".token"), gatehouse.token("default-dataplane", "gatehouse-controller"));
        Path ca = Files.writeString(folder.resolve("ca.crt"), gatehouse.authority());
        Program program = Program.start(
                "dataplane",
                "--controller=localhost:" + SERVICE.port(),
                "--fleet=" + Gatehouse.FLEET,
                "--node=" + node,
                "--token-file=" + token,
                "--ca-file=" + ca,
                "--bind-address=127.0.0.1",
                "--http-port=0",
                "--https-port=0",
                "--admin-port=0",
                "--event-loops=1");
        programs.add(program);
        return program;
    }

    private static int http(Program dataPlane) {
        return port(dataPlane.await("event=listening ports=(\\{.*\\})"), "http");
    }

    private static boolean serves(int port, String name) {
        return Storefront.isServed(new WebClient("127.0.0.1", port, port), name);
    }

    @Test
    void theLeaderIsKilledThenTheOtherOneToo() throws Exception {
        Replica first = controller("first");
        within(BOUND).until(first::leads);
        Replica second = controller("second");
        SERVICE.to(first.snapshotPort);
        int http = http(launch("node-1"));
        try (var _ = Traffic.to(http, "steady.example.com")) {
            first.program.kill();
            SERVICE.to(second.snapshotPort);
            storefront.open("leader-gone");
            within(CONVERGED).until(() -> serves(http, "leader-gone"));
            within(BOUND).until(second::leads);
            within(CONVERGED).until(() -> storefront.showsItsAddress("leader-gone"));

            second.program.kill();
            storefront.open("all-gone");
            assertThat(serves(http, "leader-gone")).isTrue();
            Replica third = controller("third");
            SERVICE.to(third.snapshotPort);
            within(CONVERGED).until(() -> serves(http, "all-gone"));
            within(BOUND).until(() -> third.leads() && storefront.showsItsAddress("all-gone"));
        }
    }

    @Test
    void aDataPlaneIsKilledWhileChangesComeToIt() throws Exception {
        Replica replica = controller("only");
        SERVICE.to(replica.snapshotPort);
        int http = http(launch("node-1"));
        Program killed = launch("node-2");
        http(killed);
        try (var _ = Traffic.to(http, "steady.example.com")) {
            for (int i = 0; i < BURST; i++) {
                storefront.open("burst-" + i);
                if (i == BURST / 2) {
                    killed.kill();
                }
            }
            within(CONVERGED).until(() -> serves(http, "burst-" + (BURST - 1)));
            int again = http(launch("node-2"));
            within(CONVERGED).untilAsserted(() -> {
                for (int i = 0; i < BURST; i++) {
                    assertThat(serves(again, "burst-" + i)).as("burst-%s", i).isTrue();
                }
            });
        }
    }

    /** It is no reason to take the lead from somebody who is alive, nor to distrust a certificate. */
    @Test
    void theClockOfOneReplicaIsAMinuteAhead() throws Exception {
        Replica right = controller("right");
        within(BOUND).until(right::leads);
        Replica ahead = controller("ahead", SkewedClock.option(folder, SKEW));
        SERVICE.to(ahead.snapshotPort);
        int http = http(launch("node-1"));
        try (var _ = Traffic.to(http, "steady.example.com")) {
            await().during(LEASE.multipliedBy(2))
                    .atMost(BOUND)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> right.leads() && !ahead.leads());
            storefront.open("by-the-one-ahead");
            within(CONVERGED).until(() -> serves(http, "by-the-one-ahead"));

            // The other way round: the one ahead leads, and the one whose clock is right waits.
            right.program.kill();
            within(BOUND).until(ahead::leads);
            Replica late = controller("late");
            await().during(LEASE.multipliedBy(2))
                    .atMost(BOUND)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> ahead.leads() && !late.leads());
            SERVICE.to(late.snapshotPort);
            ahead.program.kill();
            storefront.open("by-the-late-one");
            within(CONVERGED).until(() -> serves(http, "by-the-late-one"));
            within(BOUND).until(late::leads);
        }
    }
}
