package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.SnapshotPort.BOUND;
import static dev.gatehouse.e2e.SnapshotPort.FLEET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.e2e.NodeByHand.Answer;
import dev.gatehouse.e2e.NodeByHand.Shown;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Certificate;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one caller of the snapshot port may cost: who sends too much, or reads or says too little, holds up nobody. */
class GreedyNodesTest {

    private final SnapshotPort snapshots = new SnapshotPort();

    @BeforeEach
    void start() throws TimeoutException {
        snapshots.start();
    }

    @AfterEach
    void close() throws TimeoutException {
        snapshots.close();
    }

    @Test
    void oversizedMessagesEndTheirCall() throws Exception {
        byte[] claimed =
                ByteBuffer.allocate(5).put((byte) 0).putInt(Integer.MAX_VALUE).array();
        byte[] tooLong = Frames.encode(dev.gatehouse.snapshot.proto.EnrollRequest.newBuilder()
                .setNode("n".repeat(Frames.MAX_ENROLMENT + 1))
                .build());
        for (byte[] message : List.of(claimed, tooLong)) {
            Answer answer =
                    snapshots.node().call(Frames.ENROLL_PATH, Optional.of("default/a"), Optional.empty(), message);
            snapshots.assertRefused(answer);
            assertThat(answer.status()).contains(GrpcStatus.RESOURCE_EXHAUSTED);
        }
        Answer longToken = snapshots
                .node()
                .call(Frames.ENROLL_PATH, Optional.of("t".repeat(256 * 1024)), Optional.empty(), new byte[0]);
        snapshots.assertRefused(longToken);

        // The right node, too, may not send more than it could have to say.
        Shown shown = snapshots.node().enrol("default/a");
        Answer stream = snapshots.node().call(Frames.STREAM_PATH, Optional.empty(), Optional.of(shown), claimed);
        snapshots.assertRefused(stream);
        assertThat(stream.status()).contains(GrpcStatus.RESOURCE_EXHAUSTED);
    }

    @Test
    void whoShowsNoCertificateIsNotKept() throws Exception {
        // Neither one that never begins TLS,
        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), snapshots.port())) {
            silent.setSoTimeout((int) BOUND.toMillis());
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
        // nor one that begins a call and does not end it.
        HttpClient client = snapshots.node().client(Optional.empty());
        Future<Void> closed = client.request(snapshots.node().options(Frames.ENROLL_PATH, Optional.of("default/a")))
                .compose(request -> {
                    Promise<Void> ended = Promise.promise();
                    request.connection().closeHandler(nothing -> ended.complete());
                    request.setChunked(true);
                    return request.write(Buffer.buffer(new byte[1])).compose(written -> ended.future());
                });
        closed.await(BOUND.toSeconds(), TimeUnit.SECONDS);
        client.close().await(60, TimeUnit.SECONDS);
        snapshots.assertNothingWasSent();
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
        snapshots.publisher().publish(FLEET, Snapshot.of(many));
        long all = 64L * 1024 * 1024;
        HttpClient slow = snapshots.node().client(Optional.of(snapshots.node().enrol("default/slow")));
        AtomicBoolean paused = new AtomicBoolean();
        slow.request(snapshots.node().options(Frames.STREAM_PATH, Optional.empty()))
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

        HttpClient quick = snapshots.node().client(Optional.of(snapshots.node().enrol("default/quick")));
        AtomicLong received = new AtomicLong();
        snapshots.node().stream(quick, FLEET.toString(), bytes -> received.addAndGet(bytes.length()));
        await().atMost(BOUND).until(() -> received.get() > all);
        assertThat(snapshots.publisher().counters().bytes() - received.get()).isLessThan(all / 8);
        slow.close().await(60, TimeUnit.SECONDS);
        quick.close().await(60, TimeUnit.SECONDS);
    }
}
