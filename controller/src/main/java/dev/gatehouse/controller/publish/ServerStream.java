package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.proto.Refusal;
import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node's stream: the session's state machine, with bytes on one side and the publisher on the other. Event loop only. */
final class ServerStream implements Publisher.NodeStream {

    private static final Logger LOG = LoggerFactory.getLogger(ServerStream.class);
    private static final Duration PING_INTERVAL = Duration.ofSeconds(10);
    private static final int MAX_NODE_NAME = 253;

    private final Vertx vertx;
    private final Context context;
    private final Publisher publisher;
    private final NodeIdentity identity;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), Frames.MAX_MESSAGE);
    private final Queue<ControllerMessage> outbox = new ArrayDeque<>();
    private Optional<Open> open = Optional.empty();
    private long pinger;
    private long sentNanos;
    private boolean ended;
    private boolean pinging;

    /** What is known once the node has said hello. */
    private record Open(FleetKey fleet, String node, Session session) {}

    ServerStream(Vertx vertx, Publisher publisher, NodeIdentity identity, HttpServerRequest request) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.publisher = publisher;
        this.identity = identity;
        this.request = request;
        this.response = request.response();
    }

    void begin() {
        response.putHeader("content-type", Frames.CONTENT_TYPE);
        response.exceptionHandler(failure -> end());
        response.closeHandler(nothing -> end());
        request.exceptionHandler(failure -> end());
        request.endHandler(nothing -> {
            GrpcStatus.OK.end(response, "");
            end();
        });
        request.handler(this::received);
        pinger = vertx.setPeriodic(PING_INTERVAL.toMillis(), timer -> ping());
        request.resume();
    }

    @Override
    public void wake() {
        context.runOnContext(nothing ->
                open.ifPresent(o -> publisher.snapshot(o.fleet).ifPresent(snapshot -> {
                    if (!ended) {
                        send(o.session.onPublished(snapshot));
                    }
                })));
    }

    /** A peer that is gone without a word is noticed by the ping that nobody answers. */
    private void ping() {
        if (pinging) {
            LOG.warn("event=node_lost node={} reason=\"no answer to a ping\"", name());
            request.connection().close();
            return;
        }
        pinging = true;
        request.connection().ping(Buffer.buffer(new byte[8])).onSuccess(pong -> pinging = false);
    }

    private void received(Buffer bytes) {
        if (ended) {
            return;
        }
        try {
            for (NodeMessage message : frames.feed(bytes.getBytes())) {
                handle(message);
            }
        } catch (Frames.FramingException | Session.ProtocolException e) {
            LOG.warn("event=stream_ended node={} reason=\"{}\"", name(), e.getMessage());
            GrpcStatus.INVALID_ARGUMENT.end(response, String.valueOf(e.getMessage()));
            end();
        }
    }

    private void handle(NodeMessage message) throws Session.ProtocolException {
        if (ended) {
            return;
        }
        switch (message.getMessageCase()) {
            case HELLO -> hello(message.getHello());
            case INVENTORY -> {
                Open o = opened("an inventory");
                send(o.session.onInventory(message.getInventory()));
            }
            case ACK -> acknowledged(opened("an acknowledgement"), message.getAck());
            case MESSAGE_NOT_SET -> throw new Session.ProtocolException("an empty message");
        }
    }

    private Open opened(String what) throws Session.ProtocolException {
        if (open.isEmpty()) {
            throw new Session.ProtocolException(what + " came before the hello");
        }
        return open.get();
    }

    private void hello(Hello hello) throws Session.ProtocolException {
        if (open.isPresent()) {
            throw new Session.ProtocolException("a second hello");
        }
        FleetKey fleet;
        try {
            fleet = FleetKey.parse(hello.getFleet());
        } catch (IllegalArgumentException e) {
            throw new Session.ProtocolException(String.valueOf(e.getMessage()));
        }
        if (!identity.serves(fleet)) {
            LOG.warn(
                    "event=stream_denied fleet={} reason=\"ServiceAccount {}/{} is not {}-dataplane of that namespace\"",
                    fleet,
                    identity.namespace(),
                    identity.serviceAccount(),
                    fleet.name());
            GrpcStatus.PERMISSION_DENIED.end(response, "this ServiceAccount does not serve that fleet");
            end();
            return;
        }
        Optional<Snapshot> snapshot = publisher.snapshot(fleet);
        if (snapshot.isEmpty()) {
            GrpcStatus.UNAVAILABLE.end(
                    response,
                    "no snapshot of fleet " + fleet
                            + " yet: the controller has not seen the whole cluster, or there is no "
                            + "such ProxyFleet");
            end();
            return;
        }
        String node = hello.getNode().isEmpty() || hello.getNode().length() > MAX_NODE_NAME
                ? identity.pod()
                : hello.getNode();
        Open o = new Open(fleet, node, new Session(snapshot.get()));
        open = Optional.of(o);
        publisher.opened(fleet, this);
        LOG.info("event=node_connected fleet={} node={} version={}", fleet, node, hello.getVersion());
        send(o.session.onHello(hello));
        // Published between the look-up and the registration: seen by nobody else.
        wake();
    }

    private void acknowledged(Open o, Ack ack) throws Session.ProtocolException {
        Snapshot acknowledged = o.session.sent();
        List<ControllerMessage> next = o.session.onAck(ack);
        if (ack.getError().isEmpty()) {
            ack.getRefusedList()
                    .forEach(refusal -> LOG.warn(
                            "event=shard_refused fleet={} node={} shard={} reason=\"{}\"",
                            o.fleet,
                            o.node,
                            refusal.getId(),
                            refusal.getReason()));
            publisher.acknowledged(
                    this,
                    new Receipt(
                            o.fleet,
                            o.node,
                            acknowledged,
                            ack.getRefusedList().stream()
                                    .collect(Collectors.toUnmodifiableMap(
                                            Refusal::getId, Refusal::getReason, (first, second) -> first)),
                            Duration.ofNanos(System.nanoTime() - sentNanos)));
        } else {
            LOG.warn("event=delta_not_applied fleet={} node={} reason=\"{}\"", o.fleet, o.node, ack.getError());
        }
        send(next);
    }

    private void send(List<ControllerMessage> messages) {
        if (messages.isEmpty()) {
            return;
        }
        sentNanos = System.nanoTime();
        outbox.addAll(messages);
        drain();
    }

    /** Parts wait here, not in the socket's queue, while the node is slow to read. */
    private void drain() {
        while (!ended && !outbox.isEmpty()) {
            if (response.writeQueueFull()) {
                response.drainHandler(nothing -> drain());
                return;
            }
            response.write(Buffer.buffer(Frames.encode(outbox.remove())));
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        outbox.clear();
        vertx.cancelTimer(pinger);
        open.ifPresent(o -> {
            LOG.info("event=node_disconnected fleet={} node={}", o.fleet, o.node);
            publisher.closed(o.fleet, this);
        });
    }

    private String name() {
        return open.map(Open::node).orElse(identity.pod());
    }
}
