package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.wire.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A fleet's snapshot, and what of it is sent. A shard longer than a message may be would end every stream of its fleet again and
 * again, and one that every data plane refuses would leave those that start anew with nothing. Either is kept back alone, and its
 * last good version stays. Immutable.
 *
 * @param compiled as it was published
 * @param sendable the same, but for what was kept back
 * @param keptBack by id
 */
record SendableSnapshot(Snapshot compiled, Snapshot sendable, Map<ShardId, KeptBack> keptBack) {

    /** Leaves room for the shard's id, its digest and the frame around them. */
    static final int MAX_SHARD_BYTES = Frames.MAX_MESSAGE - 64 * 1024;

    /**
     * A version of a shard that is not sent.
     *
     * @param version that is kept back; another one is sent again
     * @param instead its last good version, if there was one
     * @param reason for people
     */
    record KeptBack(Digest version, Optional<Shard> instead, String reason) {}

    static SendableSnapshot empty() {
        return new SendableSnapshot(Snapshot.empty(), Snapshot.empty(), Map.of());
    }

    /** What follows when {@code snapshot} is published; {@code tooLong} is told of shards that became too long. */
    SendableSnapshot next(Snapshot snapshot, Consumer<Shard> tooLong) {
        Map<ShardId, KeptBack> back = new TreeMap<>(keptBack);
        back.entrySet()
                .removeIf(entry -> snapshot.get(entry.getKey())
                        .filter(shard -> shard.digest().equals(entry.getValue().version()))
                        .isEmpty());
        for (Shard shard : compiled.differenceTo(snapshot).updates()) {
            if (shard.bytes().size() > MAX_SHARD_BYTES) {
                back.put(
                        shard.id(),
                        new KeptBack(
                                shard.digest(),
                                sendable.get(shard.id()),
                                "it has " + shard.bytes().size() + " bytes, more than " + MAX_SHARD_BYTES));
                tooLong.accept(shard);
            }
        }
        return of(snapshot, back);
    }

    /** What follows when a version of a shard is of no use to anybody, and another one was. */
    SendableSnapshot without(Shard refused, Shard instead, String reason) {
        Map<ShardId, KeptBack> back = new TreeMap<>(keptBack);
        back.put(refused.id(), new KeptBack(refused.digest(), Optional.of(instead), reason));
        return of(compiled, back);
    }

    private static SendableSnapshot of(Snapshot compiled, Map<ShardId, KeptBack> back) {
        if (back.isEmpty()) {
            return new SendableSnapshot(compiled, compiled, Map.of());
        }
        List<Shard> stay = new ArrayList<>();
        List<ShardId> none = new ArrayList<>();
        back.forEach((id, kept) -> kept.instead().ifPresentOrElse(stay::add, () -> none.add(id)));
        return new SendableSnapshot(compiled, compiled.with(stay, none), Map.copyOf(back));
    }

    /**
     * What a node says that acknowledged {@link #sendable()}: it has what was compiled, but for what was kept back from it, as if it
     * had refused that itself. So it is told alike at every replica, whatever each keeps back.
     */
    Receipt seen(Receipt receipt) {
        if (keptBack.isEmpty() || !receipt.snapshot().root().equals(sendable.root())) {
            return receipt;
        }
        Map<String, String> refused = new TreeMap<>(receipt.refused());
        keptBack.forEach((id, kept) -> refused.putIfAbsent(id.toString(), kept.reason()));
        return new Receipt(
                receipt.fleet(), receipt.node(), compiled, Map.copyOf(refused), receipt.program(), receipt.lag());
    }
}
