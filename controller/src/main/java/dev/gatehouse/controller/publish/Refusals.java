package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what no data plane of a fleet takes, in what they acknowledged. Pure. */
final class Refusals {

    private Refusals() {}

    /** A version of a shard that all refuse. */
    record Unanimous(Shard shard, String reason) {}

    /**
     * What every connected node refuses in its current version. One node that takes it is enough to go on sending it: one data plane in
     * trouble decides nothing for the others.
     *
     * @param connected how many nodes there are; those that have not answered yet may still take it
     */
    static List<Unanimous> unanimous(Snapshot current, Collection<Receipt> receipts, int connected) {
        List<Unanimous> all = new ArrayList<>();
        if (receipts.isEmpty() || receipts.size() < connected) {
            return all;
        }
        Receipt one = receipts.iterator().next();
        for (Map.Entry<String, String> refused : one.refused().entrySet()) {
            ShardId id = ShardId.parse(refused.getKey());
            Optional<Shard> shard = current.get(id);
            if (shard.isPresent()
                    && receipts.stream()
                            .allMatch(receipt -> receipt.refused().containsKey(refused.getKey())
                                    && receipt.snapshot().get(id).equals(shard))) {
                all.add(new Unanimous(shard.get(), refused.getValue()));
            }
        }
        return all;
    }

    /** What is known to be good after an acknowledgement: what was sent, and of what was refused the version before. */
    static Snapshot good(Snapshot before, Receipt receipt) {
        if (receipt.refused().isEmpty()) {
            return receipt.snapshot();
        }
        List<Shard> stay = new ArrayList<>();
        List<ShardId> none = new ArrayList<>();
        for (String refused : receipt.refused().keySet()) {
            ShardId id = ShardId.parse(refused);
            before.get(id).ifPresentOrElse(stay::add, () -> none.add(id));
        }
        return receipt.snapshot().with(stay, none);
    }
}
