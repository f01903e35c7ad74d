package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.gatehouse.e2e.NodeByHand.Answer;
import dev.gatehouse.e2e.NodeByHand.Shown;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** The snapshot port of a controller with two fleets, for nodes that call it by hand. */
final class SnapshotPort implements AutoCloseable {

    static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final FleetKey OTHER = new FleetKey("edge", "other");
    static final String SECRET = "only-for-data-planes.example.com";
    static final Duration BOUND = Duration.ofSeconds(60);
    private static final PushLimits LIMITS = new PushLimits(
            Duration.ofMillis(200),
            Duration.ofSeconds(20),
            Duration.ofSeconds(8), // a handshake and a call, of a machine that has other things to do
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofMinutes(60));

    private final Vertx vertx = Vertx.vertx();
    private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
    private final NodeRegistry registry = new NodeRegistry(Clock.systemUTC());
    private final Publisher publisher = new Publisher();
    private final SnapshotServer server = new SnapshotServer(
            vertx,
            publisher,
            new Admission(SnapshotPort::authenticate, registry, Clock.systemUTC()),
            trust(authority, authority.certificatePem()),
            LIMITS,
            RandomGenerator.getDefault());
    private int port;

    private static TrustMaterial trust(CertificateAuthority authority, String trusted) {
        return TrustMaterial.of(authority, trusted, ServerNames.of("controller", "edge", List.of()), Instant.now());
    }

    /** Tokens are {@code FLEET/POD}. */
    private static Future<NodeIdentity> authenticate(String token) {
        String[] parts = token.split("/", 2);
        return parts.length == 2
                ? Future.succeededFuture(new NodeIdentity(new FleetKey("edge", parts[0]), parts[1], "uid-" + parts[1]))
                : Future.failedFuture(new Authenticator.DeniedException("unknown token"));
    }

    void start() throws TimeoutException {
        publisher.publish(FLEET, Snapshot.of(List.of(host(SECRET))));
        publisher.publish(OTHER, Snapshot.of(List.of(host("other.example.com"))));
        port = server.start("127.0.0.1", 0).await(60, TimeUnit.SECONDS);
    }

    private static Shard host(String name) {
        return Shard.of(
                ShardId.host(name),
                ShardBody.newBuilder().setHost(Host.newBuilder().setName(name)).build());
    }

    CertificateAuthority authority() {
        return authority;
    }

    NodeRegistry registry() {
        return registry;
    }

    Publisher publisher() {
        return publisher;
    }

    int port() {
        return port;
    }

    NodeByHand node() {
        return node(port);
    }

    /** One that takes this for the port. */
    NodeByHand node(int at) {
        return new NodeByHand(vertx, at, authority.certificatePem());
    }

    /** What is said to a node that asks for the snapshot of {@link #FLEET}. */
    Answer stream(Shown shown) throws Exception {
        return node().call(
                        Frames.STREAM_PATH, Optional.empty(), Optional.of(shown), NodeByHand.hello(FLEET.toString()));
    }

    void assertNothingWasSent() {
        assertThat(publisher.counters().bytes()).isZero();
        assertThat(publisher.counters().shards()).isZero();
    }

    void assertRefused(Answer answer) {
        assertThat(answer.status()).isNotEqualTo(Optional.of(GrpcStatus.OK));
        assertThat(answer.bytes()).isEmpty();
        assertThat(answer.reason()).doesNotContain(SECRET);
        assertNothingWasSent();
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(60, TimeUnit.SECONDS);
    }
}
