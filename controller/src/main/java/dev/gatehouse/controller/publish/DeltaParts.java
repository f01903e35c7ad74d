package dev.gatehouse.controller.publish;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.proto.Commit;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts one delta into messages of at most {@value #PART_BYTES} bytes; only a shard that is itself longer makes a longer
 * one. Bodies are shared, never copied. Used once.
 */
final class DeltaParts {

    static final int PART_BYTES = 1024 * 1024;

    /** Tag and length in front of a field of a delta, and the fields of the delta that are in every part. */
    private static final int FIELD_OVERHEAD = 6;

    private static final int PART_OVERHEAD = 64;

    private final long sequence;
    private final List<ControllerMessage> parts = new ArrayList<>();
    private Delta.Builder part;
    private int partBytes = PART_OVERHEAD;

    DeltaParts(long sequence) {
        this.sequence = sequence;
        this.part = Delta.newBuilder().setSequence(sequence);
    }

    void update(Shard shard) {
        ShardUpdate update = ShardUpdate.newBuilder()
                .setId(shard.id().toString())
                .setDigest(bytes(shard.digest()))
                .setBody(shard.bytes())
                .build();
        makeRoom(update.getSerializedSize());
        part.addUpdates(update);
    }

    void remove(String id) {
        makeRoom(CodedOutputStream.computeStringSizeNoTag(id));
        part.addRemoved(id);
    }

    /** Ends the delta; the result is its messages in order. */
    List<ControllerMessage> commit(Digest root) {
        part.setCommit(Commit.newBuilder().setRoot(bytes(root)));
        close();
        return List.copyOf(parts);
    }

    static ByteString bytes(Digest digest) {
        return UnsafeByteOperations.unsafeWrap(digest.toBytes());
    }

    private void makeRoom(int size) {
        int needed = size + FIELD_OVERHEAD;
        if (partBytes > PART_OVERHEAD && partBytes + needed > PART_BYTES) {
            close();
            part = Delta.newBuilder().setSequence(sequence);
            partBytes = PART_OVERHEAD;
        }
        partBytes += needed;
    }

    private void close() {
        parts.add(ControllerMessage.newBuilder().setDelta(part).build());
    }
}
