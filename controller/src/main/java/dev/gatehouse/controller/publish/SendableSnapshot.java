package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.wire.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A fleet's snapshot, and what of it can be sent: a shard longer than a message may be would end every stream of its fleet
 * again and again. It is kept back alone, and its last sendable version stays. Immutable.
 *
 * @param compiled as it was published
 * @param sendable the same, but for what was kept back
 * @param keptBack ids of shards that are too long in {@code compiled}
 */
record SendableSnapshot(Snapshot compiled, Snapshot sendable, Set<ShardId> keptBack) {

    /** Leaves room for the shard's id, its digest and the frame around them. */
    static final int MAX_SHARD_BYTES = Frames.MAX_MESSAGE - 64 * 1024;

    static SendableSnapshot empty() {
        return new SendableSnapshot(Snapshot.empty(), Snapshot.empty(), Set.of());
    }

    /** What follows when {@code snapshot} is published; {@code tooLong} is told of shards that became too long. */
    SendableSnapshot next(Snapshot snapshot, Consumer<Shard> tooLong) {
        Set<ShardId> back = new TreeSet<>(keptBack);
        back.removeIf(id -> snapshot.get(id).isEmpty());
        for (Shard shard : compiled.differenceTo(snapshot).updates()) {
            if (shard.bytes().size() > MAX_SHARD_BYTES) {
                back.add(shard.id());
                tooLong.accept(shard);
            } else {
                back.remove(shard.id());
            }
        }
        if (back.isEmpty()) {
            return new SendableSnapshot(snapshot, snapshot, Set.of());
        }
        List<Shard> stay = new ArrayList<>();
        List<ShardId> without = new ArrayList<>();
        for (ShardId id : back) {
            sendable.get(id).ifPresentOrElse(stay::add, () -> without.add(id));
        }
        return new SendableSnapshot(snapshot, snapshot.with(stay, without), Set.copyOf(back));
    }
}
