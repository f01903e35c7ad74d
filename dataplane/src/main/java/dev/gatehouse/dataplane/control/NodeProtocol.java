package dev.gatehouse.dataplane.control;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Ack;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.Inventory;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.proto.Refusal;
import dev.gatehouse.snapshot.proto.ShardDigest;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A node's part of the protocol on one stream, without the stream: messages in, messages out. What a delta brings is gathered until
 * its commit, and forgotten with the stream. One thread at a time, but for {@link #apply}, which may run on another.
 */
public final class NodeProtocol {

    /** Of the program, for people. */
    private static final String VERSION =
            Objects.requireNonNullElse(NodeProtocol.class.getPackage().getImplementationVersion(), "unpackaged");

    private final SnapshotReceiver receiver;
    private final List<Shard> updates = new ArrayList<>();
    private final List<ShardId> removals = new ArrayList<>();

    /** For a stream that begins now. */
    public NodeProtocol(SnapshotReceiver receiver) {
        this.receiver = receiver;
    }

    /** A whole delta, each of its shards verified against its digest. */
    public record Change(long sequence, List<Shard> updates, List<ShardId> removals, Digest root) {}

    /** The first message. */
    public NodeMessage hello(String fleet, List<String> features) {
        return NodeMessage.newBuilder()
                .setHello(Hello.newBuilder()
                        .setFleet(fleet)
                        .setRoot(bytes(receiver.announced().root()))
                        .addAllFeatures(features)
                        .setVersion(VERSION))
                .build();
    }

    /** Answers a request for what this node has; a delta that has begun is not to be ended. */
    public NodeMessage inventory() {
        updates.clear();
        removals.clear();
        Inventory.Builder all = Inventory.newBuilder();
        receiver.announced()
                .sorted()
                .forEach(shard -> all.addShards(
                        ShardDigest.newBuilder().setId(shard.id().toString()).setDigest(bytes(shard.digest()))));
        return NodeMessage.newBuilder().setInventory(all).build();
    }

    /**
     * Takes a part of a delta; with the last one comes the change that all of them make.
     *
     * @throws CorruptShardException if a shard is not what its digest says: the stream cannot be trusted
     * @throws IllegalArgumentException if an id or a digest is none
     */
    public Optional<Change> stage(Delta part) throws CorruptShardException {
        for (ShardUpdate update : part.getUpdatesList()) {
            updates.add(Shard.verified(
                    ShardId.parse(update.getId()),
                    Digest.ofBytes(update.getDigest().toByteArray()),
                    update.getBody()));
        }
        part.getRemovedList().forEach(id -> removals.add(ShardId.parse(id)));
        if (!part.hasCommit()) {
            return Optional.empty();
        }
        Digest root = Digest.ofBytes(part.getCommit().getRoot().toByteArray());
        Change change = new Change(part.getSequence(), List.copyOf(updates), List.copyOf(removals), root);
        updates.clear();
        removals.clear();
        return Optional.of(change);
    }

    /** Puts a change in force, or not, and says so. */
    public NodeMessage apply(Change change) {
        ApplyResult result = receiver.apply(change.updates(), change.removals(), change.root());
        Ack.Builder ack = Ack.newBuilder()
                .setSequence(change.sequence())
                .setRoot(bytes(result.root()))
                .setError(result.error().orElse(""));
        result.refused()
                .forEach(one -> ack.addRefused(Refusal.newBuilder()
                        .setId(one.id().toString())
                        .setDigest(bytes(one.digest()))
                        .setReason(one.reason())));
        return NodeMessage.newBuilder().setAck(ack).build();
    }

    private static ByteString bytes(Digest digest) {
        return ByteString.copyFrom(digest.toBytes());
    }
}
