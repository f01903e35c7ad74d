package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.publish.Admission;
import dev.gatehouse.controller.publish.Authenticator;
import dev.gatehouse.controller.publish.NodeIdentity;
import dev.gatehouse.controller.publish.NodeRegistry;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.PushLimits;
import dev.gatehouse.controller.publish.SnapshotServer;
import dev.gatehouse.controller.trust.CertificateAuthority;
import dev.gatehouse.controller.trust.ServerNames;
import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.dataplane.control.ControlClient;
import dev.gatehouse.dataplane.control.ControllerAddress;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of the snapshot stream over real sockets and TLS. */
class SnapshotStreamTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final String TOKEN = "good";
    private static final Duration BOUND = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
    private final Tables tables = new Tables();
    private final SnapshotReceiver receiver = new SnapshotReceiver(tables, BackendTls.maker());
    private final Deque<ControlClient> clients = new ArrayDeque<>();

    @BeforeEach
    void writeFiles() throws IOException {
        Files.writeString(folder.resolve("token"), TOKEN);
        Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    }

    @AfterEach
    void close() throws Exception {
        clients.forEach(ControlClient::close);
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private static Future<NodeIdentity> authenticate(String token) {
        return token.equals(TOKEN)
                ? Future.succeededFuture(new NodeIdentity(FLEET, "node", "uid"))
                : Future.failedFuture(new Authenticator.DeniedException("unknown token"));
    }

    private SnapshotServer server(Publisher publisher) {
        return new SnapshotServer(
                vertx,
                publisher,
                new Admission(SnapshotStreamTest::authenticate, new NodeRegistry(Clock.systemUTC()), Clock.systemUTC()),
                TrustMaterial.of(
                        authority,
                        authority.certificatePem(),
                        ServerNames.of("controller", "edge", List.of()),
                        Instant.now()),
                PushLimits.standard(),
                RandomGenerator.getDefault());
    }

    private void connect(int port, String fleet) {
        ControlClient client = new ControlClient(
                vertx,
                new ControllerAddress(
                        "localhost", port, fleet, "node", folder.resolve("token"), folder.resolve("ca.crt")),
                receiver,
                RandomGenerator.getDefault());
        clients.push(client);
        client.start();
    }

    private static Snapshot hosts(String... names) {
        return Snapshot.of(java.util.stream.Stream.of(names)
                .map(name -> Shard.of(
                        ShardId.host(name),
                        ShardBody.newBuilder()
                                .setHost(Host.newBuilder().setName(name))
                                .build()))
                .toList());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }

    private void awaitHeld(Snapshot snapshot) {
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(receiver.held().root()).isEqualTo(snapshot.root()));
    }

    @Test
    void aNodeGetsTheSnapshotThenOnlyWhatChanges() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a", "b", "c"));
        connect(get(server(publisher).start("localhost", 0)), FLEET.toString());
        awaitHeld(hosts("a", "b", "c"));
        assertThat(publisher.counters().shards()).isEqualTo(3);

        publisher.publish(FLEET, hosts("a", "b", "d"));
        awaitHeld(hosts("a", "b", "d"));
        assertThat(publisher.counters().shards()).isEqualTo(4);
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(publisher.receipts(FLEET))
                        .singleElement()
                        .satisfies(receipt -> assertThat(receipt.snapshot().root())
                                .isEqualTo(hosts("a", "b", "d").root())));
    }

    @Test
    void aReconnectWithTheSameRootTransfersNoShard() throws Exception {
        Publisher before = new Publisher();
        before.publish(FLEET, hosts("a", "b", "c"));
        SnapshotServer first = server(before);
        int port = get(first.start("localhost", 0));
        connect(port, FLEET.toString());
        awaitHeld(hosts("a", "b", "c"));
        get(first.close());

        Publisher after = new Publisher();
        after.publish(FLEET, hosts("a", "b", "c"));
        get(server(after).start("localhost", port));
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(after.receipts(FLEET)).hasSize(1));
        assertThat(after.counters().shards()).isZero();

        after.publish(FLEET, hosts("a", "b", "c", "d"));
        awaitHeld(hosts("a", "b", "c", "d"));
        assertThat(after.counters().shards()).isEqualTo(1);
    }

    @Test
    void withoutAGoodTokenNoByteIsSent() throws Exception {
        Files.writeString(folder.resolve("token"), "stolen");
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a"));
        connect(get(server(publisher).start("localhost", 0)), FLEET.toString());
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(publisher.counters().denied()).isGreaterThan(1));
        assertThat(publisher.counters().bytes()).isZero();
        assertThat(receiver.synchronisedOnce()).isFalse();

        // A token that is renewed is read anew.
        Files.writeString(folder.resolve("token"), TOKEN);
        awaitHeld(hosts("a"));
    }

    @Test
    void anotherFleetsSnapshotIsNotSent() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a"));
        publisher.publish(new FleetKey("other", "default"), hosts("secret"));
        connect(get(server(publisher).start("localhost", 0)), "other/default");
        await().during(Duration.ofMillis(800))
                .atMost(BOUND)
                .untilAsserted(() -> assertThat(publisher.counters().shards()).isZero());
        assertThat(receiver.synchronisedOnce()).isFalse();
    }

    @Test
    void aControllerOfAnotherAuthorityIsNotBelieved() throws Exception {
        Files.writeString(
                folder.resolve("ca.crt"),
                CertificateAuthority.create(Instant.now()).certificatePem());
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a"));
        connect(get(server(publisher).start("localhost", 0)), FLEET.toString());
        await().during(Duration.ofMillis(800))
                .atMost(BOUND)
                .untilAsserted(() -> assertThat(publisher.counters().streams()).isZero());
        assertThat(receiver.synchronisedOnce()).isFalse();
    }

    /** A digest that is not that of the bytes: as if a bit had turned over on the way, where no TLS would see it. */
    @Test
    void aDamagedDeltaIsNotAppliedAndTheNextGoodOneIs() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a", "b"));
        connect(get(server(publisher).start("localhost", 0)), FLEET.toString());
        awaitHeld(hosts("a", "b"));

        Shard good = hosts("c").sorted().getFirst();
        byte[] bytes = good.bytes().toByteArray();
        bytes[bytes.length - 1] ^= 1;
        Shard damaged = new Shard(good.id(), good.digest(), ByteString.copyFrom(bytes));
        publisher.publish(FLEET, hosts("a", "b").with(List.of(damaged), List.of(ShardId.host("a"))));
        await().atMost(BOUND)
                .until(() -> publisher.counters().streams() > 2); // it comes back, and does not take it then either
        assertThat(receiver.held()).isEqualTo(hosts("a", "b"));

        publisher.publish(FLEET, hosts("b", "c"));
        awaitHeld(hosts("b", "c"));
    }

    /** A controller of the next version: a kind of shard, a feature and a value that this one does not know. */
    @Test
    void whatALaterVersionSendsAndThisOneDoesNotKnowIsRefusedAloneAndReported() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a"));
        connect(get(server(publisher).start("localhost", 0)), FLEET.toString());
        awaitHeld(hosts("a"));

        ShardId later = ShardId.parse("weather/tomorrow");
        byte[] body = {(byte) 0xaa, 6, 2, 8, 1}; // field 101 of a body: a message
        Shard unknownKind = new Shard(later, Digest.of(body), ByteString.copyFrom(body));
        ShardId upstream = ShardId.upstream("shop", "api", 80);
        Shard unknownValue = Shard.of(
                upstream,
                ShardBody.newBuilder()
                        .setUpstream(Upstream.newBuilder().setProtocolValue(77).setEndpoints("endpoints/shop/api/80"))
                        .build());
        Shard unknownFeature = Shard.of(
                ShardId.host("c"),
                ShardBody.newBuilder()
                        .setHost(Host.newBuilder()
                                .setName("c")
                                .addRules(Rule.newBuilder()
                                        .setId("Ingress/shop/c#rules[0]")
                                        .addRequiredFeatures("filter.of-tomorrow")))
                        .build());
        publisher.publish(FLEET, hosts("a", "b").with(List.of(unknownKind, unknownValue, unknownFeature), List.of()));

        awaitHeld(hosts("a", "b").with(List.of(unknownFeature), List.of()));
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(publisher.receipts(FLEET))
                        .singleElement()
                        .satisfies(receipt -> {
                            assertThat(receipt.refused().keySet())
                                    .containsExactlyInAnyOrder(later.toString(), upstream.toString());
                            assertThat(receipt.refused().get(later.toString())).contains("update the data planes");
                        }));
        assertThat(publisher.counters().streams()).as("the stream goes on").isEqualTo(1);

        // What is known goes on being served, and what is not known may go again.
        publisher.publish(FLEET, hosts("a", "d"));
        awaitHeld(hosts("a", "d"));
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(publisher.receipts(FLEET))
                        .singleElement()
                        .satisfies(receipt -> assertThat(receipt.refused()).isEmpty()));
    }
}
