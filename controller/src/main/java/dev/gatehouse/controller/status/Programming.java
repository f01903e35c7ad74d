package dev.gatehouse.controller.status;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.publish.Receipt;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * How far one object has come on the data planes of its fleet.
 *
 * @param root the snapshot it is in
 * @param nodes data planes that have told what they serve
 * @param serving those that serve all that was compiled from the object
 * @param refusals what data planes refused of it, {@code node: reason}
 */
record Programming(Digest root, int nodes, int serving, List<String> refusals) {

    /** Compares what the nodes acknowledged with what there is now. Pure. */
    static Programming of(Verdict verdict, Snapshot current, Collection<Receipt> receipts) {
        int serving = 0;
        List<String> refusals = new ArrayList<>();
        for (Receipt receipt : receipts) {
            boolean all = true;
            for (ShardId id : verdict.shards()) {
                Optional<Shard> wanted = current.get(id);
                String refused = receipt.refused().get(id.toString());
                if (refused != null) {
                    refusals.add(receipt.node() + ": " + refused);
                    all = false;
                } else if (!receipt.snapshot().get(id).equals(wanted)) {
                    all = false;
                }
            }
            serving += all ? 1 : 0;
        }
        return new Programming(current.root(), receipts.size(), serving, List.copyOf(refusals));
    }

    boolean done() {
        return nodes > 0 && serving == nodes;
    }
}
