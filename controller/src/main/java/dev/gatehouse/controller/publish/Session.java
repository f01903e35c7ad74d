package dev.gatehouse.controller.publish;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.Commit;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.Inventory;
import dev.gatehouse.snapshot.proto.InventoryRequest;
import dev.gatehouse.snapshot.proto.ShardDigest;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The protocol with one node as a pure state machine: events in, messages out. At most one delta is in flight; what is
 * published meanwhile is remembered as a reference to the newest snapshot, and the difference is taken when the
 * acknowledgement comes. So a slow node costs one reference, and merging needs no record of what changed.
 *
 * <p>Not thread-safe: events of one session come from one event loop.
 */
final class Session {

    /** Parts of a delta are closed once they hold this many bytes of shards. */
    static final int PART_BYTES = 1024 * 1024;

    private enum State {
        EXPECTING_HELLO,
        EXPECTING_INVENTORY,
        IN_FLIGHT,
        IDLE
    }

    private State state = State.EXPECTING_HELLO;
    private Snapshot newest;
    private Snapshot sent = Snapshot.empty();
    private long sequence;

    /** @param current what the fleet is to have now */
    Session(Snapshot current) {
        this.newest = current;
    }

    /** The peer sent what it may not send in this state; the stream is to be ended. */
    static final class ProtocolException extends Exception {
        private static final long serialVersionUID = 1L;

        ProtocolException(String message) {
            super(message);
        }
    }

    List<ControllerMessage> onHello(Hello hello) throws ProtocolException {
        expect(State.EXPECTING_HELLO, "a hello");
        if (hello.getRoot().equals(ByteString.copyFrom(newest.root().toBytes()))) {
            return send(new Snapshot.Difference(List.of(), List.of()));
        }
        state = State.EXPECTING_INVENTORY;
        return List.of(ControllerMessage.newBuilder()
                .setInventoryRequest(InventoryRequest.getDefaultInstance())
                .build());
    }

    List<ControllerMessage> onInventory(Inventory inventory) throws ProtocolException {
        expect(State.EXPECTING_INVENTORY, "an inventory");
        Map<String, ByteString> held = new HashMap<>();
        for (ShardDigest shard : inventory.getShardsList()) {
            held.put(shard.getId(), shard.getDigest());
        }
        List<Shard> updates = new ArrayList<>();
        newest.sorted().forEach(shard -> {
            ByteString has = held.remove(shard.id().toString());
            if (has == null || !has.equals(ByteString.copyFrom(shard.digest().toBytes()))) {
                updates.add(shard);
            }
        });
        return send(new Snapshot.Difference(updates, ids(held)));
    }

    private static List<ShardId> ids(Map<String, ByteString> unwanted) throws ProtocolException {
        List<ShardId> ids = new ArrayList<>();
        try {
            unwanted.keySet().forEach(id -> ids.add(ShardId.parse(id)));
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("the inventory is not to be understood: " + e.getMessage());
        }
        ids.sort(null);
        return ids;
    }

    List<ControllerMessage> onAck(Ack ack) throws ProtocolException {
        expect(State.IN_FLIGHT, "an acknowledgement");
        if (ack.getSequence() != sequence) {
            throw new ProtocolException(
                    "delta " + sequence + " is in flight, but " + ack.getSequence() + " was acknowledged");
        }
        if (!ack.getError().isEmpty()) {
            state = State.EXPECTING_INVENTORY;
            return List.of(ControllerMessage.newBuilder()
                    .setInventoryRequest(InventoryRequest.getDefaultInstance())
                    .build());
        }
        state = State.IDLE;
        return advance();
    }

    List<ControllerMessage> onPublished(Snapshot snapshot) {
        newest = snapshot;
        return state == State.IDLE ? advance() : List.of();
    }

    /** Whether the node has acknowledged the newest snapshot. */
    boolean upToDate() {
        return state == State.IDLE;
    }

    /** What was sent last. */
    Snapshot sent() {
        return sent;
    }

    private List<ControllerMessage> advance() {
        return sent.root().equals(newest.root()) ? List.of() : send(sent.differenceTo(newest));
    }

    private List<ControllerMessage> send(Snapshot.Difference difference) {
        sequence++;
        sent = newest;
        state = State.IN_FLIGHT;
        List<ControllerMessage> parts = new ArrayList<>();
        Delta.Builder part = Delta.newBuilder().setSequence(sequence);
        difference.removed().forEach(id -> part.addRemoved(id.toString()));
        int bytes = 0;
        for (Shard shard : difference.updates()) {
            if (bytes > 0 && bytes + shard.bytes().size() > PART_BYTES) {
                parts.add(message(part));
                part.clear().setSequence(sequence);
                bytes = 0;
            }
            part.addUpdates(ShardUpdate.newBuilder()
                    .setId(shard.id().toString())
                    .setDigest(ByteString.copyFrom(shard.digest().toBytes()))
                    .setBody(shard.bytes()));
            bytes += shard.bytes().size();
        }
        part.setCommit(
                Commit.newBuilder().setRoot(ByteString.copyFrom(newest.root().toBytes())));
        parts.add(message(part));
        return parts;
    }

    private static ControllerMessage message(Delta.Builder part) {
        return ControllerMessage.newBuilder().setDelta(part.build()).build();
    }

    private void expect(State expected, String what) throws ProtocolException {
        if (state != expected) {
            throw new ProtocolException(what + " came while the session was " + state);
        }
    }
}
