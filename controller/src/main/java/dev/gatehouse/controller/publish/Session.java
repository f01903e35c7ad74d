package dev.gatehouse.controller.publish;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.Inventory;
import dev.gatehouse.snapshot.proto.InventoryRequest;
import dev.gatehouse.snapshot.proto.ShardDigest;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The protocol with one node as a pure state machine: events in, messages out. At most one delta is in flight; what is
 * published meanwhile is remembered as a reference to the newest snapshot, and the difference is taken when the
 * acknowledgement comes. So a slow node costs one reference, and merging needs no record of what changed.
 *
 * <p>A refused shard counts as delivered: it is part of {@link #sent()} and of what the node tells when it comes back, so
 * the same version is never offered twice.
 *
 * <p>Not thread-safe: events of one session come from one event loop.
 */
final class Session {

    /** After so many deltas in a row that the node could not apply, trying again on the same stream helps nobody. */
    static final int MAX_FAILED_DELTAS = 3;

    private enum State {
        EXPECTING_HELLO("a hello"),
        EXPECTING_INVENTORY("an inventory"),
        IN_FLIGHT("an acknowledgement"),
        IDLE("nothing");

        private final String expected;

        State(String expected) {
            this.expected = expected;
        }
    }

    private State state = State.EXPECTING_HELLO;
    private Snapshot newest;
    private Snapshot sent = Snapshot.empty();
    private long sequence;
    private int failedDeltas;

    /** @param current what the fleet is to have now */
    Session(Snapshot current) {
        this.newest = current;
    }

    /** The stream is to be ended with this status: the peer does not keep to the protocol, or cannot be helped. */
    static final class ProtocolException extends Exception {
        private static final long serialVersionUID = 1L;

        private final GrpcStatus status;

        ProtocolException(GrpcStatus status, String message) {
            super(message);
            this.status = status;
        }

        GrpcStatus status() {
            return status;
        }
    }

    /** A node that has the newest snapshot gets a delta without changes, so that it knows; any other is asked what it has. */
    List<ControllerMessage> onHello(Hello hello) throws ProtocolException {
        expect(State.EXPECTING_HELLO, "a hello");
        return hello.getRoot().equals(DeltaParts.bytes(newest.root()))
                ? send(new DeltaParts(sequence + 1).commit(newest.root()))
                : inventoryRequest();
    }

    List<ControllerMessage> onInventory(Inventory inventory) throws ProtocolException {
        expect(State.EXPECTING_INVENTORY, "an inventory");
        Map<String, ByteString> held = HashMap.newHashMap(inventory.getShardsCount());
        for (ShardDigest shard : inventory.getShardsList()) {
            held.put(shard.getId(), shard.getDigest());
        }
        DeltaParts parts = new DeltaParts(sequence + 1);
        newest.forEach(shard -> {
            ByteString has = held.remove(shard.id().toString());
            if (!DeltaParts.bytes(shard.digest()).equals(has)) {
                parts.update(shard);
            }
        });
        // Ids are returned as they came: a node of another version may hold kinds that are unknown here.
        held.keySet().stream().sorted().forEach(parts::remove);
        return send(parts.commit(newest.root()));
    }

    List<ControllerMessage> onAck(Ack ack) throws ProtocolException {
        expect(State.IN_FLIGHT, "an acknowledgement");
        if (ack.getSequence() != sequence) {
            throw new ProtocolException(
                    GrpcStatus.INVALID_ARGUMENT,
                    "delta " + sequence + " is in flight, but " + ack.getSequence() + " was acknowledged");
        }
        if (!ack.getError().isEmpty()) {
            failedDeltas++;
            if (failedDeltas >= MAX_FAILED_DELTAS) {
                throw new ProtocolException(
                        GrpcStatus.ABORTED,
                        failedDeltas + " deltas in a row could not be applied, the last because " + ack.getError());
            }
            return inventoryRequest();
        }
        failedDeltas = 0;
        state = State.IDLE;
        return advance();
    }

    List<ControllerMessage> onPublished(Snapshot snapshot) {
        newest = snapshot;
        return state == State.IDLE ? advance() : List.of();
    }

    /** Whether a delta waits for its acknowledgement. */
    boolean inFlight() {
        return state == State.IN_FLIGHT;
    }

    /** What was sent last. */
    Snapshot sent() {
        return sent;
    }

    private List<ControllerMessage> advance() {
        if (sent.root().equals(newest.root())) {
            return List.of();
        }
        Snapshot.Difference difference = sent.differenceTo(newest);
        DeltaParts parts = new DeltaParts(sequence + 1);
        difference.updates().forEach(parts::update);
        difference.removed().forEach(id -> parts.remove(id.toString()));
        return send(parts.commit(newest.root()));
    }

    private List<ControllerMessage> send(List<ControllerMessage> delta) {
        sequence++;
        sent = newest;
        state = State.IN_FLIGHT;
        return delta;
    }

    private List<ControllerMessage> inventoryRequest() {
        state = State.EXPECTING_INVENTORY;
        return List.of(ControllerMessage.newBuilder()
                .setInventoryRequest(InventoryRequest.getDefaultInstance())
                .build());
    }

    private void expect(State expected, String what) throws ProtocolException {
        if (state != expected) {
            throw new ProtocolException(
                    GrpcStatus.INVALID_ARGUMENT, what + " came while " + state.expected + " was expected");
        }
    }
}
