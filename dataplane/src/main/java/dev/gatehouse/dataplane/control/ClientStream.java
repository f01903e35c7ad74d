package dev.gatehouse.dataplane.control;

import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
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
    private final NodeProtocol protocol;
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
        this.protocol = new NodeProtocol(receiver);
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
        send(protocol.hello(fleet, features));
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
                    case INVENTORY_REQUEST -> send(protocol.inventory());
                    case DELTA -> stage(message.getDelta());
                    case MESSAGE_NOT_SET -> throw new CorruptShardException("an empty message");
                }
            }
        } catch (Frames.FramingException | CorruptShardException | IllegalArgumentException e) {
            request.reset();
            end("the controller sent what cannot be used: " + e.getMessage());
        }
    }

    private void stage(Delta delta) throws CorruptShardException {
        protocol.stage(delta).ifPresent(change -> {
            firstDelta.run();
            builder.execute(() -> apply(change));
        });
    }

    private void apply(NodeProtocol.Change change) {
        Digest before = receiver.held().root();
        NodeMessage answer = protocol.apply(change);
        if (!before.equals(receiver.held().root())) {
            LOG.debug(
                    "event=snapshot_applied root={} updates={} removed={} refused={}",
                    change.root(),
                    change.updates().size(),
                    change.removals().size(),
                    answer.getAck().getRefusedCount());
        }
        context.runOnContext(nothing -> {
            if (!over) {
                send(answer);
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
}
