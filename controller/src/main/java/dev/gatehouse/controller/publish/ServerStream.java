package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.proto.Refusal;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node's stream: the session's state machine, with bytes on one side and the publisher on the other. Event loop only. */
final class ServerStream implements Publisher.NodeStream {

    private static final Logger LOG = LoggerFactory.getLogger(ServerStream.class);

    /** Bytes handed to the connection and not yet written: all that a slow node can make this replica hold. */
    private static final int WRITE_AHEAD_BYTES = 2 * DeltaParts.PART_BYTES;

    private final long number;
    private final Vertx vertx;
    private final Context context;
    private final Publisher publisher;
    private final PushLimits limits;
    private final NodeRegistry registry;
    private final NodeCredential credential;
    private final HttpServerRequest request;
    private final Consumer<ServerStream> onEnd;
    private final Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), Frames.MAX_MESSAGE);
    private final Queue<ControllerMessage> outbox = new ArrayDeque<>();
    private final long openedNanos = System.nanoTime();
    private final long lifetimeNanos;
    private Optional<Open> open = Optional.empty();
    private long ticker;
    private long sentNanos;
    private long writtenNanos;
    private int unwrittenBytes;
    private boolean ended;

    /** As the last acknowledgement had them: each is in the log once. */
    private List<Refusal> refused = List.of();

    /** What is known once the node has said hello. */
    private record Open(FleetKey fleet, String node, Receipt.Program program, Session session) {}

    /**
     * @param number higher for later streams
     * @param lifetime of this stream
     * @param onEnd called once, when the stream is over
     */
    ServerStream(
            long number,
            Vertx vertx,
            Publisher publisher,
            PushLimits limits,
            Duration lifetime,
            NodeRegistry registry,
            NodeCredential credential,
            HttpServerRequest request,
            Consumer<ServerStream> onEnd) {
        this.number = number;
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.publisher = publisher;
        this.limits = limits;
        this.lifetimeNanos = lifetime.toNanos();
        this.registry = registry;
        this.credential = credential;
        this.request = request;
        this.onEnd = onEnd;
    }

    void begin() {
        publisher.counters().streamOpened();
        request.response().putHeader("content-type", Frames.CONTENT_TYPE);
        request.response().exceptionHandler(failure -> over());
        request.response().closeHandler(nothing -> over());
        request.exceptionHandler(failure -> over());
        request.endHandler(nothing -> end(GrpcStatus.OK, ""));
        request.handler(this::received);
        ticker = vertx.setPeriodic(limits.ping().toMillis(), timer -> tick());
        request.resume();
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public void wake() {
        context.runOnContext(nothing -> open.ifPresent(this::catchUp));
    }

    private void catchUp(Open o) {
        if (!ended) {
            publisher.snapshot(o.fleet).ifPresent(snapshot -> send(o.session.onPublished(snapshot)));
        }
    }

    /** Ends the stream from any thread because this replica goes away; the node comes back to another one. */
    void goAway() {
        context.runOnContext(nothing -> end(GrpcStatus.UNAVAILABLE, "this replica is shutting down"));
    }

    /** Looks from any thread whether a pod's news concerns this stream. */
    void podChanged(String uid) {
        if (credential.identity().podUid().equals(uid)) {
            context.runOnContext(nothing -> endIfRefused());
        }
    }

    /** Looks from any thread whether its certificate is still good, because others are believed now. */
    void trustChanged(Predicate<List<Certificate>> good) {
        context.runOnContext(nothing -> {
            if (!ended && !good.test(SnapshotServer.chain(request.connection()))) {
                publisher.counters().callDenied();
                end(GrpcStatus.UNAUTHENTICATED, "the authority of its certificate is not trusted any more");
            }
        });
    }

    private void endIfRefused() {
        registry.refusal(credential).ifPresent(reason -> {
            if (!ended) {
                publisher.counters().callDenied();
                end(GrpcStatus.UNAUTHENTICATED, reason);
            }
        });
    }

    private void tick() {
        endIfRefused();
        if (ended) {
            return;
        }
        // Nobody needs to look at the answer: it is what keeps the connection from being closed as silent.
        request.connection().ping(Buffer.buffer(new byte[8]));
        long now = System.nanoTime();
        if (open.isEmpty()) {
            if (now - openedNanos > limits.hello().toNanos()) {
                end(GrpcStatus.DEADLINE_EXCEEDED, "no hello within " + limits.hello());
            }
        } else if (open.get().session.inFlight()) {
            boolean written = outbox.isEmpty() && unwrittenBytes == 0;
            if (written && now - writtenNanos > limits.acknowledgement().toNanos()) {
                end(GrpcStatus.DEADLINE_EXCEEDED, "no acknowledgement within " + limits.acknowledgement());
            }
        } else if (now - openedNanos > lifetimeNanos) {
            end(GrpcStatus.OK, "");
        }
    }

    private void received(Buffer bytes) {
        if (ended) {
            return;
        }
        try {
            for (NodeMessage message : frames.feed(bytes.getBytes())) {
                handle(message);
            }
        } catch (Frames.FramingException e) {
            end(e.status(), String.valueOf(e.getMessage()));
        } catch (Session.ProtocolException e) {
            end(e.status(), String.valueOf(e.getMessage()));
        }
    }

    private void handle(NodeMessage message) throws Session.ProtocolException {
        if (ended) {
            return;
        }
        switch (message.getMessageCase()) {
            case HELLO -> hello(message.getHello());
            case INVENTORY -> send(opened("an inventory").session.onInventory(message.getInventory()));
            case ACK -> acknowledged(opened("an acknowledgement"), message.getAck());
            case MESSAGE_NOT_SET ->
                throw new Session.ProtocolException(
                        GrpcStatus.INVALID_ARGUMENT, "a message that is empty or of a later version of the protocol");
        }
    }

    private Open opened(String what) throws Session.ProtocolException {
        if (open.isEmpty()) {
            throw new Session.ProtocolException(GrpcStatus.INVALID_ARGUMENT, what + " came before the hello");
        }
        return open.get();
    }

    private void hello(Hello hello) throws Session.ProtocolException {
        if (open.isPresent()) {
            throw new Session.ProtocolException(GrpcStatus.INVALID_ARGUMENT, "a second hello");
        }
        FleetKey fleet = credential.identity().fleet();
        if (!hello.getFleet().equals(fleet.toString())) {
            publisher.counters().callDenied();
            end(
                    GrpcStatus.PERMISSION_DENIED,
                    "the certificate is for the fleet " + fleet + ": correct the fleet this data plane is told");
            return;
        }
        Optional<Snapshot> snapshot = publisher.snapshot(fleet);
        if (snapshot.isEmpty()) {
            if (publisher.synchronised()) {
                end(
                        GrpcStatus.NOT_FOUND,
                        "there is no ProxyFleet " + fleet
                                + ": create it, or correct the fleet this data plane is told");
            } else {
                end(GrpcStatus.UNAVAILABLE, "not yet synchronised: this replica has not read the whole cluster");
            }
            return;
        }
        Open o = new Open(fleet, credential.identity().shown(), Receipt.Program.of(hello), new Session(snapshot.get()));
        open = Optional.of(o);
        publisher.opened(fleet, this);
        LOG.info("event=node_connected fleet={} node={} version={}", fleet, o.node, hello.getVersion());
        if (!o.program.lacking().isEmpty()) {
            LOG.warn(
                    "event=node_lacks_features fleet={} node={} version={} features=\"{}\" "
                            + "note=\"it answers 503 for rules that require one\" action=\"update it\"",
                    fleet,
                    o.node,
                    hello.getVersion(),
                    String.join(" ", new TreeSet<>(o.program.lacking())));
        }
        send(o.session.onHello(hello));
        // Published between the look-up and the registration: seen by nobody else.
        catchUp(o);
    }

    private void acknowledged(Open o, Ack ack) throws Session.ProtocolException {
        Snapshot acknowledged = o.session.sent();
        Duration lag = Duration.ofNanos(System.nanoTime() - sentNanos);
        if (!ack.getError().isEmpty()) {
            publisher.counters().deltaFailed();
            LOG.warn("event=delta_not_applied fleet={} node={} reason=\"{}\"", o.fleet, o.node, ack.getError());
            send(o.session.onAck(ack));
            return;
        }
        send(o.session.onAck(ack));
        List<Refusal> known = refused;
        refused = ack.getRefusedList();
        for (Refusal refusal : refused) {
            if (known.contains(refusal)) {
                continue;
            }
            LOG.warn(
                    "event=shard_refused fleet={} node={} shard={} reason=\"{}\"",
                    o.fleet,
                    o.node,
                    refusal.getId(),
                    refusal.getReason());
        }
        publisher.acknowledged(
                this,
                new Receipt(
                        o.fleet,
                        o.node,
                        acknowledged,
                        ack.getRefusedList().stream()
                                .collect(Collectors.toUnmodifiableMap(
                                        Refusal::getId, Refusal::getReason, (first, second) -> first)),
                        o.program,
                        lag));
    }

    private void send(List<ControllerMessage> messages) {
        if (messages.isEmpty() || ended) {
            return;
        }
        sentNanos = System.nanoTime();
        outbox.addAll(messages);
        drain();
    }

    /** Parts wait here as references to shards, not as bytes in the connection's queue, while the node is slow to read. */
    private void drain() {
        while (!ended && !outbox.isEmpty() && unwrittenBytes < WRITE_AHEAD_BYTES) {
            ControllerMessage message = outbox.remove();
            Buffer frame = Buffer.buffer(Frames.encode(message));
            int length = frame.length();
            unwrittenBytes += length;
            publisher
                    .counters()
                    .messageSent(
                            message.getDelta().hasCommit(), message.getDelta().getUpdatesCount(), length);
            request.response().write(frame).onComplete(done -> {
                unwrittenBytes -= length;
                writtenNanos = System.nanoTime();
                if (done.failed()) {
                    over();
                } else {
                    drain();
                }
            });
        }
    }

    private void end(GrpcStatus status, String message) {
        if (ended) {
            return;
        }
        if (status != GrpcStatus.OK) {
            LOG.warn(
                    "event=stream_ended peer={} node={} status={} reason=\"{}\"",
                    request.remoteAddress(),
                    open.map(Open::node).orElse(credential.identity().shown()),
                    status,
                    message);
        }
        over();
        GrpcCall.end(request, status, message);
    }

    private void over() {
        if (ended) {
            return;
        }
        ended = true;
        outbox.clear();
        vertx.cancelTimer(ticker);
        open.ifPresent(o -> {
            LOG.info("event=node_disconnected fleet={} node={}", o.fleet, o.node);
            publisher.closed(o.fleet, this);
        });
        onEnd.accept(this);
    }
}
