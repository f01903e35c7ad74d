package dev.gatehouse.e2e;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.Inventory;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.proto.Refusal;
import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.time.Duration;
import java.util.Optional;

/** A data plane as far as its stream goes: it says hello, and acknowledges what comes as its temper has it. It keeps roots, not shards. */
final class StreamNode {

    private static final Duration SLOWNESS = Duration.ofMillis(700);

    private static final Duration AGAIN = Duration.ofMillis(500);

    /** How a node takes what it is sent. */
    enum Temper {
        PROMPT,
        /** Acknowledges late. */
        SLOW,
        /** Reads nothing at all once it has asked for everything. */
        STALLED,
        /** Refuses every shard. */
        REFUSING
    }

    private final NodeByHand by;
    private final String fleet;
    private final Temper temper;
    private final HttpClient client;
    private final Context context;
    private final Frames<ControllerMessage> frames = new Frames<>(ControllerMessage.parser(), Frames.MAX_MESSAGE);
    private volatile ByteString root = ByteString.copyFrom(new byte[32]);
    private volatile boolean dropped;
    private volatile Optional<String> trouble = Optional.empty();

    /** Connects at once. */
    StreamNode(NodeByHand by, NodeByHand.Shown shown, String fleet, Temper temper) {
        this.by = by;
        this.fleet = fleet;
        this.temper = temper;
        this.client = by.client(Optional.of(shown));
        this.context = by.vertx().getOrCreateContext();
        context.runOnContext(nothing -> connect());
    }

    /** Hundreds of handshakes at once take longer than one may: then it tries again, as data planes do. */
    private void connect() {
        client.request(by.options(Frames.STREAM_PATH, Optional.empty()))
                .onSuccess(this::begin)
                .onFailure(failure -> {
                    if (!dropped) {
                        by.vertx().setTimer(AGAIN.toMillis(), timer -> connect());
                    }
                });
    }

    private void begin(HttpClientRequest request) {
        request.setChunked(true);
        request.exceptionHandler(failure -> {});
        request.response().onSuccess(response -> listen(request, response));
        send(
                request,
                NodeMessage.newBuilder()
                        .setHello(Hello.newBuilder().setFleet(fleet).setRoot(root)));
        if (temper == Temper.STALLED) {
            send(request, NodeMessage.newBuilder().setInventory(Inventory.getDefaultInstance()));
        }
    }

    private void listen(HttpClientRequest request, HttpClientResponse response) {
        if (temper == Temper.STALLED) {
            response.pause();
            return;
        }
        response.exceptionHandler(failure -> {});
        response.handler(bytes -> received(request, bytes));
    }

    private void received(HttpClientRequest request, Buffer bytes) {
        try {
            for (ControllerMessage message : frames.feed(bytes.getBytes())) {
                if (message.hasInventoryRequest()) {
                    send(request, NodeMessage.newBuilder().setInventory(Inventory.getDefaultInstance()));
                } else if (message.getDelta().hasCommit()) {
                    acknowledge(request, message.getDelta());
                }
            }
        } catch (Frames.FramingException e) {
            trouble = Optional.of(e.toString());
        }
    }

    private void acknowledge(HttpClientRequest request, Delta delta) {
        root = delta.getCommit().getRoot();
        Ack.Builder ack = Ack.newBuilder().setSequence(delta.getSequence()).setRoot(root);
        if (temper == Temper.REFUSING) {
            delta.getUpdatesList()
                    .forEach(update -> ack.addRefused(Refusal.newBuilder()
                            .setId(update.getId())
                            .setDigest(update.getDigest())
                            .setReason("does not like it")));
        }
        NodeMessage.Builder answer = NodeMessage.newBuilder().setAck(ack);
        if (temper == Temper.SLOW) {
            by.vertx().setTimer(SLOWNESS.toMillis(), timer -> send(request, answer));
        } else {
            send(request, answer);
        }
    }

    private static void send(HttpClientRequest request, NodeMessage.Builder message) {
        request.write(Buffer.buffer(Frames.encode(message.build()))).onFailure(failure -> {});
    }

    /** The root of the last whole delta. */
    ByteString root() {
        return root;
    }

    /** What went wrong, if anything did. */
    Optional<String> trouble() {
        return trouble;
    }

    /** Breaks the connection. */
    void drop() {
        dropped = true;
        client.close();
    }
}
