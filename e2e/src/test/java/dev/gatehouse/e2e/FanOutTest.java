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
import dev.gatehouse.controller.trust.NodeKey;
import dev.gatehouse.controller.trust.ServerNames;
import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.e2e.StreamNode.Temper;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.lang.management.ManagementFactory;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One replica and 300 data planes over real streams, of which one reads nothing, one is slow, one refuses everything and 50 come back at
 * once: nobody waits for anybody, and what the replica holds for them is bounded.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class FanOutTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final int NODES = 300;
    private static final int COME_BACK = 50;
    private static final int HOSTS = 500;
    private static final int VERSIONS = 20;
    private static final int FIRST = 5;
    private static final int LARGE = 60;
    private static final int MIB = 1024 * 1024;
    private static final int LARGE_BYTES = MIB;
    private static final long MEMORY_BYTES = 40L * MIB;
    private static final Duration BOUND = Duration.ofMinutes(4);

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
    private final Publisher publisher = new Publisher();
    private final List<NodeByHand.Shown> certificates = new ArrayList<>();
    private final List<StreamNode> prompt = new ArrayList<>();
    private Snapshot snapshot = Snapshot.empty();
    private NodeByHand by = new NodeByHand(vertx, 0, "");

    @BeforeEach
    void start() throws Exception {
        SnapshotServer server = new SnapshotServer(
                vertx,
                publisher,
                new Admission(
                        token -> Future.succeededFuture(new NodeIdentity(FLEET, token, token)),
                        new NodeRegistry(Clock.systemUTC()),
                        Clock.systemUTC()),
                TrustMaterial.of(
                        authority,
                        authority.certificatePem(),
                        ServerNames.of("controller", "edge", List.of()),
                        Instant.now()),
                PushLimits.standard(),
                RandomGenerator.getDefault());
        for (int i = 0; i < HOSTS; i++) {
            publish(host(i, 0, 100));
        }
        by = new NodeByHand(
                vertx, server.start("127.0.0.1", 0).await(60, TimeUnit.SECONDS), authority.certificatePem());
        // As if all of them had enrolled: what is shown here is the streams.
        KeyPair keys = NodeByHand.keys();
        Instant now = Instant.now();
        for (int i = 0; i < NODES; i++) {
            String uri =
                    "gatehouse://fleet/" + FLEET + "/pod/node-" + i + "/uid-" + i + "?enrolled=" + now.toEpochMilli();
            certificates.add(new NodeByHand.Shown(keys, authority.issueNode(new NodeKey(keys.getPublic()), uri, now)));
        }
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private static Shard host(int number, int version, int bytes) {
        String name = "host-" + number + ".example.com";
        return Shard.of(
                ShardId.host(name),
                ShardBody.newBuilder()
                        .setHost(Host.newBuilder().setName(name).setHsts(version + "x".repeat(bytes)))
                        .build());
    }

    private void publish(Shard... shards) {
        snapshot = snapshot.with(List.of(shards), List.of());
        publisher.publish(FLEET, snapshot);
    }

    private StreamNode node(int number, Temper temper) {
        return new StreamNode(by, certificates.get(number), FLEET.toString(), temper);
    }

    private void connect(int from, int to) {
        for (int i = from; i < to; i++) {
            prompt.add(node(i, Temper.PROMPT));
            if (i % COME_BACK == 0) {
                awaitAll(prompt);
            }
        }
        awaitAll(prompt);
    }

    private void awaitAll(List<StreamNode> nodes) {
        ByteString wanted = ByteString.copyFrom(snapshot.root().toBytes());
        await().atMost(BOUND).pollInterval(Duration.ofMillis(10)).untilAsserted(() -> {
            assertThat(nodes).allSatisfy(node -> assertThat(node.trouble()).isEmpty());
            assertThat(nodes.stream()
                            .filter(node -> !node.root().equals(wanted))
                            .count())
                    .as("data planes that are behind")
                    .isZero();
        });
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                + PlatformDependent.usedDirectMemory();
    }

    @Test
    void nobodyWaitsForAnybody() {
        StreamNode stalled = node(0, Temper.STALLED);
        StreamNode slow = node(1, Temper.SLOW);
        StreamNode refusing = node(2, Temper.REFUSING);
        connect(3, FIRST);

        // What the one that reads nothing and the slow one miss is not kept for them.
        long before = used();
        for (int version = 1; version <= LARGE; version++) {
            publish(host(0, version, LARGE_BYTES));
            awaitAll(prompt);
        }
        awaitAll(List.of(slow, refusing));
        assertThat(used() - before)
                .as("bytes held after %s MiB were published", (long) LARGE * LARGE_BYTES / MIB)
                .isLessThan(MEMORY_BYTES);
        publish(host(0, 0, 100));
        connect(FIRST, NODES);

        // Each version is with everybody else before the next one is published.
        for (int version = 1; version <= VERSIONS; version++) {
            publish(host(version, version, 100));
            awaitAll(prompt);
        }
        awaitAll(List.of(slow, refusing));
        assertThat(publisher.receipts(FLEET))
                .filteredOn(receipt -> receipt.node().equals("node-2"))
                .singleElement()
                .satisfies(receipt -> assertThat(receipt.refused()).isNotEmpty());

        // Fifty come back with nothing, at once, while the others are served.
        List<StreamNode> back = new ArrayList<>();
        for (int i = 0; i < COME_BACK; i++) {
            prompt.get(i).drop();
            back.add(node(3 + i, Temper.PROMPT));
        }
        List<StreamNode> others = prompt.subList(COME_BACK, prompt.size());
        for (int version = 1; version <= VERSIONS; version++) {
            publish(host(version, -version, 100));
            awaitAll(others);
        }
        awaitAll(back);
        assertThat(stalled.root()).isEqualTo(ByteString.copyFrom(new byte[32]));
    }
}
