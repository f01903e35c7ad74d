package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.publish.Admission;
import dev.gatehouse.controller.publish.NodeIdentity;
import dev.gatehouse.controller.publish.NodeRegistry;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.PushLimits;
import dev.gatehouse.controller.publish.SnapshotServer;
import dev.gatehouse.controller.trust.CertificateAuthority;
import dev.gatehouse.controller.trust.ServerNames;
import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.FixedResponse;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data plane, as a process of its own, that starts while there is no controller. */
class KeptSnapshotTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final String LISTENING = "event=listening ports=.*http=(\\d+)";

    @TempDir
    private Path credentials;

    private Path memory;
    /** The controller's: that of the first one, for all. */
    private int port;

    private final Vertx vertx = Vertx.vertx();
    private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void prepare() throws IOException {
        memory = Files.createTempDirectory(Path.of("/dev/shm"), "gatehouse-kept");
        Files.writeString(credentials.resolve("token"), "token");
        Files.writeString(credentials.resolve("ca.crt"), authority.certificatePem());
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
        http.close();
        try (var all = Files.walk(memory)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        }
    }

    /** A controller, of which a data plane sees no more than this. */
    private SnapshotServer controller(Publisher publisher) throws Exception {
        SnapshotServer server = new SnapshotServer(
                vertx,
                publisher,
                new Admission(
                        token -> Future.succeededFuture(new NodeIdentity(FLEET, "node", "uid")),
                        new NodeRegistry(Clock.systemUTC()),
                        Clock.systemUTC()),
                TrustMaterial.of(
                        authority,
                        authority.certificatePem(),
                        ServerNames.of("controller", "edge", List.of("127.0.0.1")),
                        Instant.now()),
                PushLimits.standard(),
                RandomGenerator.getDefault());
        port = server.start("127.0.0.1", port).await(60, TimeUnit.SECONDS);
        return server;
    }

    private Program dataPlane(Path keep) {
        return Program.start(
                "dataplane",
                "--controller=localhost:" + port,
                "--fleet=" + FLEET,
                "--token-file=" + credentials.resolve("token"),
                "--ca-file=" + credentials.resolve("ca.crt"),
                "--bind-address=127.0.0.1",
                "--http-port=0",
                "--https-port=0",
                "--admin-port=0",
                "--drain-delay=PT0S",
                "--keep-patience=PT0.5S",
                "--keep-dir=" + keep);
    }

    /** Every host answers with its text. */
    private static Snapshot answering(String text, String... hosts) {
        return Snapshot.of(java.util.stream.Stream.of(hosts)
                .map(host -> Shard.of(
                        ShardId.host(host),
                        ShardBody.newBuilder()
                                .setHost(Host.newBuilder()
                                        .setName(host)
                                        .addRules(Rule.newBuilder()
                                                .setId("ProxyRoute/shop/" + host + "#0")
                                                .setMatch(Match.newBuilder().setPrefix("/"))
                                                .addFilters(Filter.newBuilder()
                                                        .setRespond(FixedResponse.newBuilder()
                                                                .setStatus(200)
                                                                .setBody(ByteString.copyFromUtf8(text))))))
                                .build()))
                .toList());
    }

    private String get(String host, int port) throws Exception {
        // HttpClient does not let Host be set without a system property: the address says it.
        return send(URI.create("http://" + host + ":" + port + "/"));
    }

    private String send(URI uri) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
                HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body().strip();
    }

    private static void awaitFile(Path folder) {
        await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(folder.resolve("edge_default.snapshot")));
    }

    @Test
    void aDataPlaneStartsWithoutAControllerServesWhatItHadAndCatchesUp() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, answering("old", "localhost"));
        SnapshotServer server = controller(publisher);
        try (Program first = dataPlane(memory)) {
            assertThat(get("localhost", Integer.parseInt(first.await(LISTENING))))
                    .isEqualTo("200 old");
            awaitFile(memory);
        } // SIGKILL
        server.close().await(60, TimeUnit.SECONDS);

        try (Program second = dataPlane(memory)) {
            second.await("event=serving_kept_snapshot");
            int httpPort = Integer.parseInt(second.await(LISTENING));
            String admin = "http://localhost:" + second.await("admin=(\\d+)");
            assertThat(get("localhost", httpPort)).isEqualTo("200 old");
            assertThat(send(URI.create(admin + "/readyz"))).startsWith("200 ok; stale: serves the snapshot ");
            assertThat(send(URI.create(admin + "/snapshot"))).contains("\"stale\" : true");
            assertThat(send(URI.create(admin + "/metrics")))
                    .contains("gatehouse_snapshot_stale 1.0", "gatehouse_controller_connected 0.0");

            // A controller comes back, and of what it has only the difference is sent.
            Publisher later = new Publisher();
            later.publish(
                    FLEET,
                    answering("old", "localhost")
                            .with(answering("new", "127.0.0.1").sorted(), List.of()));
            controller(later);
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(get("127.0.0.1", httpPort)).isEqualTo("200 new"));
            assertThat(later.counters().shards()).isEqualTo(1);
            assertThat(send(URI.create(admin + "/readyz"))).isEqualTo("200 ok");
            assertThat(send(URI.create(admin + "/metrics")))
                    .contains("gatehouse_snapshot_stale 0.0", "gatehouse_controller_connected 1.0");
        }
    }

    @Test
    void aDamagedFileIsRefusedAndADataPlaneStartsWithoutIt() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, answering("good", "localhost"));
        SnapshotServer server = controller(publisher);
        try (Program first = dataPlane(memory)) {
            first.await(LISTENING);
            awaitFile(memory);
        }
        Path file = memory.resolve("edge_default.snapshot");
        byte[] kept = Files.readAllBytes(file);
        kept[kept.length / 2] ^= 1;
        Files.write(file, kept);
        try (Program second = dataPlane(memory)) {
            second.await("event=kept_snapshot_refused file=.*edge_default.snapshot reason=\".+\"");
            assertThat(get("localhost", Integer.parseInt(second.await(LISTENING))))
                    .isEqualTo("200 good");
        }
        server.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void nothingIsKeptOnADisk() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, answering("good", "localhost"));
        SnapshotServer server = controller(publisher);
        Path disk = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "kept");
        try (Program plane = dataPlane(disk)) {
            plane.await(
                    "event=snapshot_not_kept folder=.* reason=\"it is on .*private keys are written to memory only\"");
            assertThat(get("localhost", Integer.parseInt(plane.await(LISTENING))))
                    .isEqualTo("200 good");
            plane.terminate();
            plane.exitCode();
        }
        try (var files = Files.list(disk)) {
            assertThat(files).isEmpty();
        }
        Files.delete(disk);
        server.close().await(60, TimeUnit.SECONDS);
    }
}
