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
import dev.gatehouse.controller.trust.NodeKey;
import dev.gatehouse.controller.trust.ServerNames;
import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.e2e.NodeByHand.Answer;
import dev.gatehouse.e2e.NodeByHand.Shown;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Certificate;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whoever is not a data plane of a fleet gets no byte of its snapshot: the snapshot port against those who have nothing, something
 * forged, something stolen, or too much.
 */
class HostileNodesTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final FleetKey OTHER = new FleetKey("edge", "other");
    private static final String SECRET = "only-for-data-planes.example.com";
    private static final Duration BOUND = Duration.ofSeconds(60);
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
            new Admission(HostileNodesTest::authenticate, registry, Clock.systemUTC()),
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

    @BeforeEach
    void start() throws Exception {
        publisher.publish(FLEET, Snapshot.of(List.of(host(SECRET))));
        publisher.publish(OTHER, Snapshot.of(List.of(host("other.example.com"))));
        port = server.start("127.0.0.1", 0).await(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private static Shard host(String name) {
        return Shard.of(
                ShardId.host(name),
                ShardBody.newBuilder().setHost(Host.newBuilder().setName(name)).build());
    }

    private NodeByHand node() {
        return node(port);
    }

    private NodeByHand node(int at) {
        return new NodeByHand(vertx, at, authority.certificatePem());
    }

    private Answer stream(Shown shown) throws Exception {
        return node().call(
                        Frames.STREAM_PATH, Optional.empty(), Optional.of(shown), NodeByHand.hello(FLEET.toString()));
    }

    private void assertNothingWasSent() {
        assertThat(publisher.counters().bytes()).isZero();
        assertThat(publisher.counters().shards()).isZero();
    }

    private void assertRefused(Answer answer) {
        assertThat(answer.status()).isNotEqualTo(Optional.of(GrpcStatus.OK));
        assertThat(answer.bytes()).isEmpty();
        assertThat(answer.reason()).doesNotContain(SECRET);
        assertNothingWasSent();
    }

    /** What all the others are refused: without this, nothing here would show anything. */
    @Test
    void aNodeOfTheFleetGetsItsSnapshotAndNoOther() throws Exception {
        HttpClient client = node().client(Optional.of(node().enrol("default/a")));
        Buffer received = Buffer.buffer();
        node().stream(client, FLEET.toString(), received::appendBuffer);
        await().atMost(BOUND)
                .until(() -> received.toString(StandardCharsets.ISO_8859_1).contains(SECRET));
        assertThat(received.toString(StandardCharsets.ISO_8859_1)).doesNotContain("other.example.com");
        client.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void whoHasNothingGetsNothing() throws Exception {
        Answer stream =
                node().call(Frames.STREAM_PATH, Optional.empty(), Optional.empty(), NodeByHand.hello(FLEET.toString()));
        assertRefused(stream);
        assertThat(stream.status()).contains(GrpcStatus.UNAUTHENTICATED);

        byte[] enrolment = NodeByHand.enrolment(NodeByHand.keys());
        for (Optional<String> token : List.of(Optional.<String>empty(), Optional.of(""), Optional.of("forged"))) {
            Answer enrol = node().call(Frames.ENROLL_PATH, token, Optional.empty(), enrolment);
            assertRefused(enrol);
            assertThat(enrol.status()).contains(GrpcStatus.UNAUTHENTICATED);
        }
        assertThat(publisher.counters().denied()).isEqualTo(4);
        assertThat(publisher.counters().streams()).isZero();
    }

    /** The token is for the first call alone: a stream goes to a certificate. */
    @Test
    void aTokenOpensNoStream() throws Exception {
        Answer answer = node().call(
                        Frames.STREAM_PATH,
                        Optional.of("default/a"),
                        Optional.empty(),
                        NodeByHand.hello(FLEET.toString()));
        assertRefused(answer);
        assertThat(answer.status()).contains(GrpcStatus.UNAUTHENTICATED);
    }

    @Test
    void aForgedCertificateGetsNothing() throws Exception {
        KeyPair keys = NodeByHand.keys();
        Shown real = node().enrol("default/a");
        String uri = uri(real);
        NodeKey key = NodeKey.ofRequest(csr(keys));

        // Another authority says the same, with and without the real one's certificate behind it.
        CertificateAuthority forger = CertificateAuthority.create(Instant.now());
        assertRefused(stream(new Shown(keys, forger.issueNode(key, uri, Instant.now()))));
        assertRefused(stream(new Shown(
                keys, List.of(forger.issueNode(key, uri, Instant.now()).getFirst(), authority.certificate()))));
        // Somebody else's certificate without its key cannot even be shown.
        assertRefused(stream(new Shown(keys, real.chain())));
        // The authority itself has signed it, but it has ended.
        assertRefused(stream(
                new Shown(keys, authority.issueNode(key, uri, Instant.now().minus(Duration.ofHours(2))))));
        // ... or names nobody, or a node that it does not take its time of enrolment from.
        for (String name : List.of("gatehouse://fleet/edge/default", "https://edge/default", uri.split("\\?")[0])) {
            assertRefused(stream(new Shown(keys, authority.issueNode(key, name, Instant.now()))));
        }
        assertThat(publisher.counters().streams()).isZero();
    }

    private static String uri(Shown shown) throws Exception {
        return (String) shown.chain()
                .getFirst()
                .getSubjectAlternativeNames()
                .iterator()
                .next()
                .get(1);
    }

    private static byte[] csr(KeyPair keys) throws Exception {
        byte[] frame = NodeByHand.enrolment(keys);
        return dev.gatehouse.snapshot.proto.EnrollRequest.parser()
                .parseFrom(frame, 5, frame.length - 5)
                .getCsr()
                .toByteArray();
    }

    @Test
    void aRemovedPodsCertificateAndTokenAreOfNoUse() throws Exception {
        Shown shown = node().enrol("default/a");
        registry.podThere("uid-a");
        registry.podsListed();
        registry.podGone("uid-a");
        Answer stream = stream(shown);
        assertRefused(stream);
        assertThat(stream.status()).contains(GrpcStatus.UNAUTHENTICATED);

        byte[] again = NodeByHand.enrolment(NodeByHand.keys());
        assertRefused(node().call(Frames.ENROLL_PATH, Optional.of("default/a"), Optional.empty(), again));
        assertRefused(node().call(Frames.ENROLL_PATH, Optional.empty(), Optional.of(shown), again));
    }

    @Test
    void aStreamEndsWithItsPod() throws Exception {
        Shown shown = node().enrol("default/a");
        registry.podThere("uid-a");
        registry.podsListed();
        HttpClient client = node().client(Optional.of(shown));
        Future<Optional<GrpcStatus>> status = node().stream(client, FLEET.toString(), bytes -> {});
        await().atMost(BOUND).until(() -> publisher.counters().streams() == 1);
        registry.podGone("uid-a");
        assertThat(status.await(60, TimeUnit.SECONDS)).contains(GrpcStatus.UNAUTHENTICATED);
        client.close().await(60, TimeUnit.SECONDS);
    }

    /** The one that is connected stays; the one that calls from elsewhere gets nothing. */
    @Test
    void theRightTokenServesOneNodeAtATime() throws Exception {
        Shown first = node().enrol("default/a");
        HttpClient client = node().client(Optional.of(first));
        Buffer received = Buffer.buffer();
        Future<Optional<GrpcStatus>> status = node().stream(client, FLEET.toString(), received::appendBuffer);
        // All of it: nothing more is on its way that would be counted below.
        await().atMost(BOUND)
                .until(() -> received.toString(StandardCharsets.ISO_8859_1).contains(SECRET)
                        && received.length() == publisher.counters().bytes());
        long sent = publisher.counters().bytes();

        Answer thief;
        try (ServerSocket between = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> relay(between, "127.0.0.2", new ByteArrayOutputStream()));
            thief = node(between.getLocalPort())
                    .call(
                            Frames.ENROLL_PATH,
                            Optional.of("default/a"),
                            Optional.empty(),
                            NodeByHand.enrolment(NodeByHand.keys()));
        }
        assertThat(thief.status()).contains(GrpcStatus.UNAUTHENTICATED);
        assertThat(thief.bytes()).isEmpty();
        assertThat(publisher.counters().bytes()).isEqualTo(sent);
        assertThat(status.isComplete()).isFalse();

        // From the pod's own address it is the pod: its container has started anew, and the one before is no more.
        Shown second = node().enrol("default/a");
        assertThat(status.await(60, TimeUnit.SECONDS)).contains(GrpcStatus.UNAUTHENTICATED);
        assertThat(stream(first).status()).contains(GrpcStatus.UNAUTHENTICATED);
        assertThat(second.chain()).isNotEqualTo(first.chain());
        client.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void aCertificateOfOneFleetDoesNotOpenAnother() throws Exception {
        Shown other = node().enrol("other/b");
        Answer answer = stream(other);
        assertRefused(answer);
        assertThat(answer.status()).contains(GrpcStatus.PERMISSION_DENIED);
    }

    /** TLS 1.3 without early data: bytes that were recorded are worth nothing on another connection. */
    @Test
    void aReplayedHandshakeGetsNothing() throws Exception {
        Shown shown = node().enrol("default/a");
        ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        try (ServerSocket between = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread relay = Thread.ofVirtual().start(() -> relay(between, "127.0.0.1", recorded));
            NodeByHand node = node(between.getLocalPort());
            HttpClient client = node.client(Optional.of(shown));
            Buffer received = Buffer.buffer();
            node.stream(client, FLEET.toString(), received::appendBuffer);
            await().atMost(BOUND)
                    .until(() -> received.toString(StandardCharsets.ISO_8859_1).contains(SECRET));
            client.close().await(60, TimeUnit.SECONDS);
            assertThat(relay.join(BOUND)).isTrue();
        }
        await().atMost(BOUND).until(() -> publisher.connected(FLEET) == 0);
        long bytes = publisher.counters().bytes();
        long streams = publisher.counters().streams();

        ByteArrayOutputStream back = new ByteArrayOutputStream();
        try (Socket replay = new Socket(InetAddress.getLoopbackAddress(), port)) {
            replay.setSoTimeout(10_000);
            replay.getOutputStream().write(recorded.toByteArray());
            replay.getInputStream().transferTo(back);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the replayed connection was left open", e);
        } catch (IOException e) {
            // Reset, as it should be.
        }
        assertThat(back.toString(StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
        assertThat(publisher.counters().bytes()).isEqualTo(bytes);
        assertThat(publisher.counters().streams()).isEqualTo(streams);
    }

    /** Passes one connection on, from another address. */
    private void relay(ServerSocket between, String address, ByteArrayOutputStream recorded) {
        try (Socket node = between.accept();
                Socket controller =
                        new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(address), 0)) {
            Thread down = Thread.ofVirtual().start(() -> {
                try {
                    controller.getInputStream().transferTo(node.getOutputStream());
                } catch (IOException e) {
                    // One side has closed.
                }
            });
            InputStream from = node.getInputStream();
            OutputStream to = controller.getOutputStream();
            byte[] some = new byte[8192];
            for (int read = from.read(some); read >= 0; read = from.read(some)) {
                recorded.write(some, 0, read);
                to.write(some, 0, read);
            }
            controller.shutdownOutput();
            down.join();
        } catch (IOException | InterruptedException e) {
            // One side has closed.
        }
    }

    @Test
    void oversizedMessagesEndTheirCall() throws Exception {
        byte[] claimed =
                ByteBuffer.allocate(5).put((byte) 0).putInt(Integer.MAX_VALUE).array();
        byte[] tooLong = Frames.encode(dev.gatehouse.snapshot.proto.EnrollRequest.newBuilder()
                .setNode("n".repeat(Frames.MAX_ENROLMENT + 1))
                .build());
        for (byte[] message : List.of(claimed, tooLong)) {
            Answer answer = node().call(Frames.ENROLL_PATH, Optional.of("default/a"), Optional.empty(), message);
            assertRefused(answer);
            assertThat(answer.status()).contains(GrpcStatus.RESOURCE_EXHAUSTED);
        }
        Answer longToken =
                node().call(Frames.ENROLL_PATH, Optional.of("t".repeat(256 * 1024)), Optional.empty(), new byte[0]);
        assertRefused(longToken);

        // The right node, too, may not send more than it could have to say.
        Shown shown = node().enrol("default/a");
        Answer stream = node().call(Frames.STREAM_PATH, Optional.empty(), Optional.of(shown), claimed);
        assertRefused(stream);
        assertThat(stream.status()).contains(GrpcStatus.RESOURCE_EXHAUSTED);
    }

    @Test
    void whoShowsNoCertificateIsNotKept() throws Exception {
        // Neither one that never begins TLS,
        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port)) {
            silent.setSoTimeout((int) BOUND.toMillis());
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
        // nor one that begins a call and does not end it.
        HttpClient client = node().client(Optional.empty());
        Future<Void> closed = client.request(node().options(Frames.ENROLL_PATH, Optional.of("default/a")))
                .compose(request -> {
                    Promise<Void> ended = Promise.promise();
                    request.connection().closeHandler(nothing -> ended.complete());
                    request.setChunked(true);
                    return request.write(Buffer.buffer(new byte[1])).compose(written -> ended.future());
                });
        closed.await(BOUND.toSeconds(), TimeUnit.SECONDS);
        client.close().await(60, TimeUnit.SECONDS);
        assertNothingWasSent();
    }

    /** One that does not read makes nobody wait and costs a bounded amount. */
    @Test
    void aNodeThatReadsSlowlyHoldsUpNobody() throws Exception {
        List<Shard> many = IntStream.range(0, 64)
                .mapToObj(i -> Shard.of(
                        ShardId.certificate("edge", "c" + i),
                        ShardBody.newBuilder()
                                .setCertificate(Certificate.newBuilder()
                                        .addChain(com.google.protobuf.ByteString.copyFrom(new byte[1024 * 1024])))
                                .build()))
                .toList();
        publisher.publish(FLEET, Snapshot.of(many));
        long all = 64L * 1024 * 1024;
        HttpClient slow = node().client(Optional.of(node().enrol("default/slow")));
        AtomicBoolean paused = new AtomicBoolean();
        slow.request(node().options(Frames.STREAM_PATH, Optional.empty()))
                .compose(request -> {
                    request.setChunked(true);
                    var _ = request.write(Buffer.buffer(NodeByHand.hello(FLEET.toString())));
                    return request.response();
                })
                .onSuccess(response -> {
                    response.pause();
                    paused.set(true);
                });
        await().atMost(BOUND).untilTrue(paused);

        HttpClient quick = node().client(Optional.of(node().enrol("default/quick")));
        AtomicLong received = new AtomicLong();
        node().stream(quick, FLEET.toString(), bytes -> received.addAndGet(bytes.length()));
        await().atMost(BOUND).until(() -> received.get() > all);
        assertThat(publisher.counters().bytes() - received.get()).isLessThan(all / 8);
        slow.close().await(60, TimeUnit.SECONDS);
        quick.close().await(60, TimeUnit.SECONDS);
    }
}
