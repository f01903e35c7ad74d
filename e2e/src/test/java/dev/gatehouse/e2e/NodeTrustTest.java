package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
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
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data planes keep their trust in controllers, and the other way round, while what it rests on changes. */
class NodeTrustTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final Duration BOUND = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Deque<ControlClient> clients = new ArrayDeque<>();
    private final Map<String, SnapshotReceiver> receivers = new ConcurrentHashMap<>();
    private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());

    @AfterEach
    void close() throws Exception {
        clients.forEach(ControlClient::close);
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private static Future<NodeIdentity> anyPod(String token) {
        return Future.succeededFuture(new NodeIdentity(FLEET, token, "uid-" + token));
    }

    private static TrustMaterial trust(CertificateAuthority authority, String trusted) {
        return TrustMaterial.of(authority, trusted, ServerNames.of("controller", "edge", List.of()), Instant.now());
    }

    private SnapshotServer server(Publisher publisher, Authenticator tokens, Clock clock) {
        return new SnapshotServer(
                vertx,
                publisher,
                new Admission(tokens, new NodeRegistry(clock), clock),
                trust(authority, authority.certificatePem()),
                PushLimits.standard(),
                RandomGenerator.getDefault());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }

    private void connect(String pod, int port) throws IOException {
        Path token = Files.writeString(folder.resolve(pod), pod);
        Path ca = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
        SnapshotReceiver receiver = new SnapshotReceiver(new Tables(), BackendTls.maker());
        receivers.put(pod, receiver);
        ControlClient client = new ControlClient(
                vertx,
                new ControllerAddress("localhost", port, FLEET.toString(), pod, token, ca),
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

    private SnapshotReceiver receiver(String pod) {
        return Objects.requireNonNull(receivers.get(pod), pod);
    }

    private void awaitHeld(String pod, Snapshot snapshot) {
        await().atMost(BOUND)
                .untilAsserted(() -> assertThat(receiver(pod).held().root()).isEqualTo(snapshot.root()));
    }

    @Test
    void aDataPlaneComesBackWhileTheApiServerIsAway() throws Exception {
        Publisher before = new Publisher();
        before.publish(FLEET, hosts("a"));
        SnapshotServer first = server(before, NodeTrustTest::anyPod, Clock.systemUTC());
        int port = get(first.start("localhost", 0));
        connect("pod", port);
        awaitHeld("pod", hosts("a"));
        get(first.close());

        Publisher after = new Publisher();
        after.publish(FLEET, hosts("a", "b"));
        get(server(after, token -> Future.failedFuture("the API server is away"), Clock.systemUTC())
                .start("localhost", port));
        awaitHeld("pod", hosts("a", "b"));
        assertThat(after.counters().enrolments()).isZero();
        assertThat(after.counters().denied()).isZero();
    }

    /** The controller's clock makes certificates that end soon. */
    @Test
    void aCertificateIsRenewedWithItself() throws Exception {
        Clock late = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(20).minus(Duration.ofHours(1)));
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a"));
        connect("pod", get(server(publisher, NodeTrustTest::anyPod, late).start("localhost", 0)));
        await().atMost(BOUND).until(() -> publisher.counters().renewals() > 0);
        publisher.publish(FLEET, hosts("a", "b"));
        awaitHeld("pod", hosts("a", "b"));
    }

    @Test
    void bothAuthoritiesAreTrustedWhileOneFollowsTheOther() throws Exception {
        Publisher publisher = new Publisher();
        publisher.publish(FLEET, hosts("a"));
        SnapshotServer server = server(publisher, NodeTrustTest::anyPod, Clock.systemUTC());
        int port = get(server.start("localhost", 0));
        connect("old", port);
        awaitHeld("old", hosts("a"));

        CertificateAuthority next = authority.successor(Instant.now());
        get(server.replaceTrust(trust(next, next.certificatePem() + authority.certificatePem())));
        // The stream goes on, and one that has not heard of the new authority yet believes it by the old one.
        connect("new", port);
        publisher.publish(FLEET, hosts("a", "b"));
        awaitHeld("old", hosts("a", "b"));
        awaitHeld("new", hosts("a", "b"));
        assertThat(publisher.counters().denied()).isZero();
        assertThat(publisher.counters().streams()).isEqualTo(2);
        assertThat(publisher.counters().enrolments()).isEqualTo(2);

        // The old one is not trusted any more: its certificate opens nothing, and the token is traded for a new one.
        get(server.replaceTrust(trust(next, next.certificatePem())));
        await().atMost(BOUND).until(() -> publisher.counters().enrolments() == 3);
        publisher.publish(FLEET, hosts("a", "b", "c"));
        awaitHeld("old", hosts("a", "b", "c"));
        awaitHeld("new", hosts("a", "b", "c"));
    }
}
