package dev.gatehouse.controller.status;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.publish.Receipt;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * How far one object has come on the data planes of its fleet.
 *
 * @param root the snapshot it is in
 * @param nodes data planes that have told what they serve
 * @param serving those that serve all that was compiled from the object
 * @param lag the longest that one of these took, from being sent the snapshot to having it in force
 * @param refusals what data planes refused of it, or do not know how to do, each with its name and the reason
 */
record Programming(Digest root, int nodes, int serving, Duration lag, List<String> refusals) {

    private static final int SHOWN = 5;

    /** Compares what the nodes acknowledged with what there is now. Pure. */
    static Programming of(Verdict verdict, Snapshot current, Collection<Receipt> receipts) {
        int serving = 0;
        Duration lag = Duration.ZERO;
        List<String> refusals = new ArrayList<>();
        for (Receipt receipt : receipts) {
            boolean all = true;
            for (ShardId id : verdict.shards()) {
                Optional<Shard> wanted = current.get(id);
                String refused = receipt.refused().get(id.toString());
                if (refused != null) {
                    refusals.add(receipt.node() + " keeps what it had: " + refused);
                    all = false;
                } else if (!receipt.snapshot().get(id).equals(wanted)) {
                    all = false;
                }
            }
            Set<String> lacking = lacking(verdict, current, receipt);
            if (!lacking.isEmpty()) {
                refusals.add(receipt.node() + " (" + receipt.program().version() + ") does not know "
                        + String.join(", ", lacking) + " and answers 503 instead: update it");
                all = false;
            }
            if (all) {
                serving++;
                lag = receipt.lag().compareTo(lag) > 0 ? receipt.lag() : lag;
            }
        }
        return new Programming(current.root(), receipts.size(), serving, lag, List.copyOf(refusals));
    }

    /** How far a whole fleet has come. */
    static Programming ofFleet(Snapshot current, Collection<Receipt> receipts) {
        int serving = 0;
        Duration lag = Duration.ZERO;
        List<String> refusals = new ArrayList<>();
        for (Receipt receipt : receipts) {
            if (!receipt.refused().isEmpty()) {
                List<String> some = receipt.refused().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .limit(SHOWN)
                        .map(refused -> refused.getKey() + " (" + refused.getValue() + ")")
                        .toList();
                int more = receipt.refused().size() - some.size();
                refusals.add(receipt.node() + " keeps what it had of " + String.join(", ", some)
                        + (more > 0 ? " and " + more + " more" : ""));
            } else if (receipt.snapshot().root().equals(current.root())) {
                serving++;
                lag = receipt.lag().compareTo(lag) > 0 ? receipt.lag() : lag;
            }
        }
        return new Programming(current.root(), receipts.size(), serving, lag, List.copyOf(refusals));
    }

    /** In words: {@code 3/3 data planes at 4f2a9c01d7e3 in 9 ms}. */
    String text() {
        return serving + "/" + nodes + " data planes at " + root.shortHex()
                + (done() ? " in " + lag.toMillis() + " ms" : "");
    }

    /** Of the features that rules of the object require, those that a node does not know. */
    private static Set<String> lacking(Verdict verdict, Snapshot current, Receipt receipt) {
        Set<String> lacking = new TreeSet<>();
        if (receipt.program().lacking().isEmpty()) {
            return lacking;
        }
        ObjectKey object = verdict.object();
        String rules = object.kind().text() + "/" + object.path() + "#";
        for (ShardId id : verdict.shards()) {
            if (id.kind() == ShardKind.HOST) {
                current.get(id)
                        .ifPresent(shard -> rulesOf(shard)
                                .filter(rule -> rule.getId().startsWith(rules))
                                .forEach(rule -> lacking.addAll(rule.getRequiredFeaturesList())));
            }
        }
        lacking.retainAll(receipt.program().lacking());
        return lacking;
    }

    private static Stream<Rule> rulesOf(Shard host) {
        try {
            Host body = host.body().getHost();
            return Stream.concat(
                    body.getRulesList().stream(),
                    body.hasDefaultRule() ? Stream.of(body.getDefaultRule()) : Stream.empty());
        } catch (CorruptShardException e) {
            throw new IllegalStateException("a shard of this controller's own making", e);
        }
    }

    boolean done() {
        return nodes > 0 && serving == nodes;
    }
}
