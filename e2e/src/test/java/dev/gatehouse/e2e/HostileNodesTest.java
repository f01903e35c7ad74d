package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.SnapshotPort.BOUND;
import static dev.gatehouse.e2e.SnapshotPort.FLEET;
import static dev.gatehouse.e2e.SnapshotPort.SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.trust.CertificateAuthority;
import dev.gatehouse.controller.trust.NodeKey;
import dev.gatehouse.e2e.NodeByHand.Answer;
import dev.gatehouse.e2e.NodeByHand.Shown;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Future;
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
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whoever is not a data plane of a fleet gets no byte of its snapshot: the snapshot port against those who have nothing, something
 * forged, or something stolen.
 */
class HostileNodesTest {

    private final SnapshotPort snapshots = new SnapshotPort();

    @BeforeEach
    void start() throws TimeoutException {
        snapshots.start();
    }

    @AfterEach
    void close() throws TimeoutException {
        snapshots.close();
    }

    /** What all the others are refused: without this, nothing here would show anything. */
    @Test
    void aNodeOfTheFleetGetsItsSnapshotAndNoOther() throws Exception {
        HttpClient client = snapshots.node().client(Optional.of(snapshots.node().enrol("default/a")));
        Buffer received = Buffer.buffer();
        snapshots.node().stream(client, FLEET.toString(), received::appendBuffer);
        await().atMost(BOUND)
                .until(() -> received.toString(StandardCharsets.ISO_8859_1).contains(SECRET));
        assertThat(received.toString(StandardCharsets.ISO_8859_1)).doesNotContain("other.example.com");
        client.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void whoHasNothingGetsNothing() throws Exception {
        Answer stream = snapshots
                .node()
                .call(Frames.STREAM_PATH, Optional.empty(), Optional.empty(), NodeByHand.hello(FLEET.toString()));
        snapshots.assertRefused(stream);
        assertThat(stream.status()).contains(GrpcStatus.UNAUTHENTICATED);

        byte[] enrolment = NodeByHand.enrolment(NodeByHand.keys());
        for (Optional<String> token : List.of(Optional.<String>empty(), Optional.of(""), Optional.of("forged"))) {
            Answer enrol = snapshots.node().call(Frames.ENROLL_PATH, token, Optional.empty(), enrolment);
            snapshots.assertRefused(enrol);
            assertThat(enrol.status()).contains(GrpcStatus.UNAUTHENTICATED);
        }
        assertThat(snapshots.publisher().counters().denied()).isEqualTo(4);
        assertThat(snapshots.publisher().counters().streams()).isZero();
    }

    /** The token is for the first call alone: a stream goes to a certificate. */
    @Test
    void aTokenOpensNoStream() throws Exception {
        Answer answer = snapshots
                .node()
                .call(
                        Frames.STREAM_PATH,
                        Optional.of("default/a"),
                        Optional.empty(),
                        NodeByHand.hello(FLEET.toString()));
        snapshots.assertRefused(answer);
        assertThat(answer.status()).contains(GrpcStatus.UNAUTHENTICATED);
    }

    @Test
    void aForgedCertificateGetsNothing() throws Exception {
        KeyPair keys = NodeByHand.keys();
        Shown real = snapshots.node().enrol("default/a");
        String uri = uri(real);
        NodeKey key = NodeKey.ofRequest(csr(keys));

        // Another authority says the same, with and without the real one's certificate behind it.
        CertificateAuthority forger = CertificateAuthority.create(Instant.now());
        snapshots.assertRefused(snapshots.stream(new Shown(keys, forger.issueNode(key, uri, Instant.now()))));
        snapshots.assertRefused(snapshots.stream(new Shown(
                keys,
                List.of(
                        forger.issueNode(key, uri, Instant.now()).getFirst(),
                        snapshots.authority().certificate()))));
        // Somebody else's certificate without its key cannot even be shown.
        snapshots.assertRefused(snapshots.stream(new Shown(keys, real.chain())));
        // The authority itself has signed it, but it has ended.
        snapshots.assertRefused(snapshots.stream(new Shown(
                keys, snapshots.authority().issueNode(key, uri, Instant.now().minus(Duration.ofHours(2))))));
        // ... or names nobody, or a node that it does not take its time of enrolment from.
        for (String name : List.of("gatehouse://fleet/edge/default", "https://edge/default", uri.split("\\?")[0])) {
            snapshots.assertRefused(
                    snapshots.stream(new Shown(keys, snapshots.authority().issueNode(key, name, Instant.now()))));
        }
        assertThat(snapshots.publisher().counters().streams()).isZero();
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
        Shown shown = snapshots.node().enrol("default/a");
        snapshots.registry().podThere("uid-a");
        snapshots.registry().podsListed();
        snapshots.registry().podGone("uid-a");
        Answer stream = snapshots.stream(shown);
        snapshots.assertRefused(stream);
        assertThat(stream.status()).contains(GrpcStatus.UNAUTHENTICATED);

        byte[] again = NodeByHand.enrolment(NodeByHand.keys());
        snapshots.assertRefused(
                snapshots.node().call(Frames.ENROLL_PATH, Optional.of("default/a"), Optional.empty(), again));
        snapshots.assertRefused(snapshots.node().call(Frames.ENROLL_PATH, Optional.empty(), Optional.of(shown), again));
    }

    @Test
    void aStreamEndsWithItsPod() throws Exception {
        Shown shown = snapshots.node().enrol("default/a");
        snapshots.registry().podThere("uid-a");
        snapshots.registry().podsListed();
        HttpClient client = snapshots.node().client(Optional.of(shown));
        Future<Optional<GrpcStatus>> status = snapshots.node().stream(client, FLEET.toString(), bytes -> {});
        await().atMost(BOUND).until(() -> snapshots.publisher().counters().streams() == 1);
        snapshots.registry().podGone("uid-a");
        assertThat(status.await(60, TimeUnit.SECONDS)).contains(GrpcStatus.UNAUTHENTICATED);
        client.close().await(60, TimeUnit.SECONDS);
    }

    /** The one that is connected stays; the one that calls from elsewhere gets nothing. */
    @Test
    void theRightTokenServesOneNodeAtATime() throws Exception {
        Shown first = snapshots.node().enrol("default/a");
        HttpClient client = snapshots.node().client(Optional.of(first));
        Buffer received = Buffer.buffer();
        Future<Optional<GrpcStatus>> status = snapshots.node().stream(client, FLEET.toString(), received::appendBuffer);
        // All of it: nothing more is on its way that would be counted below.
        await().atMost(BOUND)
                .until(() -> received.toString(StandardCharsets.ISO_8859_1).contains(SECRET)
                        && received.length() == snapshots.publisher().counters().bytes());
        long sent = snapshots.publisher().counters().bytes();

        Answer thief;
        try (ServerSocket between = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> relay(between, "127.0.0.2", new ByteArrayOutputStream()));
            thief = snapshots
                    .node(between.getLocalPort())
                    .call(
                            Frames.ENROLL_PATH,
                            Optional.of("default/a"),
                            Optional.empty(),
                            NodeByHand.enrolment(NodeByHand.keys()));
        }
        assertThat(thief.status()).contains(GrpcStatus.UNAUTHENTICATED);
        assertThat(thief.bytes()).isEmpty();
        assertThat(snapshots.publisher().counters().bytes()).isEqualTo(sent);
        assertThat(status.isComplete()).isFalse();

        // From the pod's own address it is the pod: its container has started anew, and the one before is no more.
        Shown second = snapshots.node().enrol("default/a");
        assertThat(status.await(60, TimeUnit.SECONDS)).contains(GrpcStatus.UNAUTHENTICATED);
        assertThat(snapshots.stream(first).status()).contains(GrpcStatus.UNAUTHENTICATED);
        assertThat(second.chain()).isNotEqualTo(first.chain());
        client.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void aCertificateOfOneFleetDoesNotOpenAnother() throws Exception {
        Shown other = snapshots.node().enrol("other/b");
        Answer answer = snapshots.stream(other);
        snapshots.assertRefused(answer);
        assertThat(answer.status()).contains(GrpcStatus.PERMISSION_DENIED);
    }

    /** TLS 1.3 without early data: bytes that were recorded are worth nothing on another connection. */
    @Test
    void aReplayedHandshakeGetsNothing() throws Exception {
        Shown shown = snapshots.node().enrol("default/a");
        ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        try (ServerSocket between = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread relay = Thread.ofVirtual().start(() -> relay(between, "127.0.0.1", recorded));
            NodeByHand node = snapshots.node(between.getLocalPort());
            HttpClient client = node.client(Optional.of(shown));
            Buffer received = Buffer.buffer();
            node.stream(client, FLEET.toString(), received::appendBuffer);
            await().atMost(BOUND)
                    .until(() -> received.toString(StandardCharsets.ISO_8859_1).contains(SECRET));
            client.close().await(60, TimeUnit.SECONDS);
            assertThat(relay.join(BOUND)).isTrue();
        }
        await().atMost(BOUND).until(() -> snapshots.publisher().connected(FLEET) == 0);
        long bytes = snapshots.publisher().counters().bytes();
        long streams = snapshots.publisher().counters().streams();

        ByteArrayOutputStream back = new ByteArrayOutputStream();
        try (Socket replay = new Socket(InetAddress.getLoopbackAddress(), snapshots.port())) {
            replay.setSoTimeout(10_000);
            replay.getOutputStream().write(recorded.toByteArray());
            replay.getInputStream().transferTo(back);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the replayed connection was left open", e);
        } catch (IOException e) {
            // Reset, as it should be.
        }
        assertThat(back.toString(StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
        assertThat(snapshots.publisher().counters().bytes()).isEqualTo(bytes);
        assertThat(snapshots.publisher().counters().streams()).isEqualTo(streams);
    }

    /** Passes one connection on, from another address. */
    private void relay(ServerSocket between, String address, ByteArrayOutputStream recorded) {
        try (Socket node = between.accept();
                Socket controller = new Socket(
                        InetAddress.getLoopbackAddress(), snapshots.port(), InetAddress.getByName(address), 0)) {
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
}
