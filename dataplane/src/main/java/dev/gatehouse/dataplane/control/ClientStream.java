package dev.gatehouse.dataplane.control;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.Inventory;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.proto.Refusal;
import dev.gatehouse.snapshot.proto.ShardDigest;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One stream to a controller, from hello to its end. Bytes on the event loop, tables on the builder's thread. */
final class ClientStream {

    private static final Logger LOG = LoggerFactory.getLogger(ClientStream.class);

    private final SnapshotReceiver receiver;
    private final Executor builder;
    private final Context context;
    private final HttpClientRequest request;
    private final Runnable firstDelta;
    private final Consumer<Ending> ended;
    private final Frames<ControllerMessage> frames = new Frames<>(ControllerMessage.parser(), Frames.MAX_MESSAGE);
    private final List<Shard> stagedUpdates = new ArrayList<>();
    private final List<ShardId> stagedRemovals = new ArrayList<>();
    private boolean answered;
    private boolean over;

    /**
     * Why a stream is over.
     *
     * @param unknown whether the controller may not take this node for what it says it is: it said so, or it closed the
     *     connection without an answer: in TLS 1.3 a certificate is looked at after the handshake is over for its owner
     */
    record Ending(String reason, boolean unknown) {}

    /**
     * @param firstDelta called when the controller has accepted this node
     * @param ended called once, when the stream is over
     */
    ClientStream(
            SnapshotReceiver receiver,
            Executor builder,
            Context context,
            HttpClientRequest request,
            Runnable firstDelta,
            Consumer<Ending> ended) {
        this.receiver = receiver;
        this.builder = builder;
        this.context = context;
        this.request = request;
        this.firstDelta = firstDelta;
        this.ended = ended;
    }

    void begin(String fleet, List<String> features) {
        request.exceptionHandler(failure -> end("the stream failed: " + failure.getMessage()));
        request.connection().closeHandler(nothing -> end("the connection was closed"));
        request.response().onSuccess(this::answered).onFailure(failure -> end(String.valueOf(failure.getMessage())));
        request.setChunked(true);
        send(NodeMessage.newBuilder()
                .setHello(Hello.newBuilder()
                        .setFleet(fleet)
                        .setRoot(bytes(receiver.announced().root()))
                        .addAllFeatures(features))
                .build());
    }

    private void answered(HttpClientResponse response) {
        answered = true;
        if (response.statusCode() != 200) {
            end("HTTP status " + response.statusCode());
            return;
        }
        response.exceptionHandler(failure -> end("the stream failed: " + failure.getMessage()));
        response.endHandler(nothing -> ended(response));
        response.handler(this::received);
    }

    private void ended(HttpClientResponse response) {
        CallEnd how = CallEnd.of(response);
        end(
                "the controller ended the stream: " + how.message() + " (" + how.status() + ")",
                how.status() == GrpcStatus.UNAUTHENTICATED);
    }

    private void received(Buffer bytes) {
        if (over) {
            return;
        }
        try {
            for (ControllerMessage message : frames.feed(bytes.getBytes())) {
                switch (message.getMessageCase()) {
                    case INVENTORY_REQUEST -> inventory();
                    case DELTA -> stage(message.getDelta());
                    case MESSAGE_NOT_SET -> throw new CorruptShardException("an empty message");
                }
            }
        } catch (Frames.FramingException | CorruptShardException | IllegalArgumentException e) {
            request.reset();
            end("the controller sent what cannot be used: " + e.getMessage());
        }
    }

    private void inventory() {
        stagedUpdates.clear();
        stagedRemovals.clear();
        Inventory.Builder all = Inventory.newBuilder();
        receiver.announced()
                .sorted()
                .forEach(shard -> all.addShards(
                        ShardDigest.newBuilder().setId(shard.id().toString()).setDigest(bytes(shard.digest()))));
        send(NodeMessage.newBuilder().setInventory(all).build());
    }

    private void stage(Delta delta) throws CorruptShardException {
        for (ShardUpdate update : delta.getUpdatesList()) {
            stagedUpdates.add(Shard.verified(
                    ShardId.parse(update.getId()),
                    Digest.ofBytes(update.getDigest().toByteArray()),
                    update.getBody()));
        }
        delta.getRemovedList().forEach(id -> stagedRemovals.add(ShardId.parse(id)));
        if (delta.hasCommit()) {
            Digest root = Digest.ofBytes(delta.getCommit().getRoot().toByteArray());
            List<Shard> updates = List.copyOf(stagedUpdates);
            List<ShardId> removals = List.copyOf(stagedRemovals);
            stagedUpdates.clear();
            stagedRemovals.clear();
            firstDelta.run();
            builder.execute(() -> apply(delta.getSequence(), updates, removals, root));
        }
    }

    private void apply(long sequence, List<Shard> updates, List<ShardId> removals, Digest root) {
        Snapshot before = receiver.held();
        ApplyResult result = receiver.apply(updates, removals, root);
        Ack.Builder ack = Ack.newBuilder()
                .setSequence(sequence)
                .setRoot(bytes(result.root()))
                .setError(result.error().orElse(""));
        result.refused()
                .forEach(one -> ack.addRefused(Refusal.newBuilder()
                        .setId(one.id().toString())
                        .setDigest(bytes(one.digest()))
                        .setReason(one.reason())));
        if (!before.root().equals(receiver.held().root())) {
            LOG.debug(
                    "event=snapshot_applied root={} updates={} removed={} refused={}",
                    result.root(),
                    updates.size(),
                    removals.size(),
                    result.refused().size());
        }
        context.runOnContext(nothing -> {
            if (!over) {
                send(NodeMessage.newBuilder().setAck(ack).build());
            }
        });
    }

    private void send(NodeMessage message) {
        request.write(Buffer.buffer(Frames.encode(message)));
    }

    private void end(String reason) {
        end(reason, !answered);
    }

    private void end(String reason, boolean unknown) {
        if (!over) {
            over = true;
            ended.accept(new Ending(reason, unknown));
        }
    }

    private static ByteString bytes(Digest digest) {
        return ByteString.copyFrom(digest.toBytes());
    }
}
