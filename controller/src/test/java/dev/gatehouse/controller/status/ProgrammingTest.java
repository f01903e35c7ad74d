package dev.gatehouse.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.publish.Receipt;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When an object counts as live. */
class ProgrammingTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final ShardId HOST = ShardId.host("shop.example.com");
    private static final Snapshot CURRENT = Snapshot.of(List.of(Shard.of(
            HOST,
            ShardBody.newBuilder()
                    .setHost(Host.newBuilder()
                            .setName("shop.example.com")
                            .addRules(Rule.newBuilder()
                                    .setId("ProxyRoute/shop/new#0")
                                    .addRequiredFeatures(Features.SPLIT))
                            .addRules(Rule.newBuilder().setId("ProxyRoute/shop/old#0")))
                    .build())));

    private static Verdict verdict(String name) {
        return new Verdict(
                new ObjectKey(Kind.PROXY_ROUTE, "shop", name),
                "uid",
                1,
                true,
                Optional.of(FLEET),
                true,
                true,
                List.of(),
                Set.of(HOST),
                0);
    }

    private static Receipt receipt(String node, Snapshot snapshot, Set<String> lacking, Map<String, String> refused) {
        return new Receipt(FLEET, node, snapshot, refused, new Receipt.Program("0.0.9", lacking), Duration.ofMillis(4));
    }

    @Test
    void aNodeThatDoesNotKnowWhatARuleRequiresIsNamedWithIt() {
        List<Receipt> receipts = List.of(
                receipt("new", CURRENT, Set.of(), Map.of()),
                receipt("old", CURRENT, Set.of(Features.SPLIT, Features.UPSTREAM_TLS), Map.of()));
        Programming progress = Programming.of(verdict("new"), CURRENT, receipts);
        assertThat(progress.serving()).isEqualTo(1);
        assertThat(progress.refusals())
                .containsExactly("old (0.0.9) does not know split and answers 503 instead: update it");
        assertThat(progress.done()).isFalse();
        // The neighbour on the same host does not need it.
        assertThat(Programming.of(verdict("old"), CURRENT, receipts).done()).isTrue();
    }

    @Test
    void whatIsRefusedOrNotThereYetDoesNotCount() {
        Programming progress = Programming.of(
                verdict("new"),
                CURRENT,
                List.of(
                        receipt("a", CURRENT, Set.of(), Map.of(HOST.toString(), "it is broken")),
                        receipt("b", Snapshot.empty(), Set.of(), Map.of())));
        assertThat(progress.nodes()).isEqualTo(2);
        assertThat(progress.serving()).isZero();
        assertThat(progress.refusals()).containsExactly("a keeps what it had: it is broken");
    }
}
