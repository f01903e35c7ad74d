package dev.gatehouse.controller.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What no data plane takes is not offered to those that start anew: they get its last good version. */
class KeptBackTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final ShardId BAD = ShardId.host("bad.example.com");

    private final Publisher publisher = new Publisher();
    private final Node one = new Node(1);
    private final Node two = new Node(2);

    /** A data plane as far as the publisher sees it. */
    private final class Node implements Publisher.NodeStream {
        private final long number;

        Node(long number) {
            this.number = number;
        }

        @Override
        public void wake() {}

        @Override
        public long number() {
            return number;
        }

        void connects() {
            publisher.opened(FLEET, this);
        }

        void takes(Snapshot snapshot) {
            answers(snapshot, Map.of());
        }

        void refuses(Snapshot snapshot, ShardId... shards) {
            Map<String, String> refused = new java.util.TreeMap<>();
            List.of(shards).forEach(id -> refused.put(id.toString(), id + " is broken"));
            answers(snapshot, refused);
        }

        private void answers(Snapshot snapshot, Map<String, String> refused) {
            publisher.acknowledged(
                    this,
                    new Receipt(
                            FLEET,
                            "node-" + number,
                            snapshot,
                            refused,
                            new Receipt.Program("1", Set.of()),
                            Duration.ofMillis(1)));
        }
    }

    private static Shard shard(ShardId id, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return new Shard(id, Digest.of(bytes), ByteString.copyFrom(bytes));
    }

    private static Snapshot snapshot(String bad, String other) {
        return Snapshot.of(List.of(shard(BAD, bad), shard(ShardId.host("other.example.com"), other)));
    }

    private Snapshot sent() {
        return publisher.snapshot(FLEET).orElseThrow();
    }

    private Snapshot publish(String bad, String other) {
        Snapshot next = snapshot(bad, other);
        publisher.publish(FLEET, next);
        return next;
    }

    @Test
    void whatEveryDataPlaneRefusesStaysInItsLastGoodVersionAloneAndIsTold() {
        one.connects();
        two.connects();
        Snapshot good = publish("good", "v1");
        one.takes(good);
        two.takes(good);

        Snapshot bad = publish("bad", "v2");
        one.refuses(bad, BAD);
        assertThat(sent().root()).isEqualTo(bad.root()); // the other may still take it
        two.refuses(bad, BAD);
        assertThat(sent().root()).isEqualTo(snapshot("good", "v2").root());
        assertThat(publisher.keptBack(FLEET))
                .containsExactly(Map.entry("host/bad.example.com", "host/bad.example.com is broken"));

        // Who starts anew takes that; it is told as if it had refused the newest version.
        Node three = new Node(3);
        three.connects();
        three.takes(sent());
        Receipt receipt = publisher.receipts(FLEET).getLast();
        assertThat(receipt.snapshot().root()).isEqualTo(bad.root());
        assertThat(receipt.refused()).containsOnlyKeys("host/bad.example.com");

        // Others go on changing, and a repaired version is sent.
        publish("bad", "v3");
        assertThat(sent().root()).isEqualTo(snapshot("good", "v3").root());
        Snapshot repaired = publish("repaired", "v3");
        assertThat(sent().root()).isEqualTo(repaired.root());
        assertThat(publisher.keptBack(FLEET)).isEmpty();
    }

    @Test
    void oneDataPlaneInTroubleDecidesNothingForTheOthers() {
        one.connects();
        two.connects();
        Snapshot good = publish("good", "v1");
        one.takes(good);
        two.takes(good);
        Snapshot next = publish("next", "v2");
        one.refuses(next, BAD, ShardId.host("other.example.com"));
        two.takes(next);
        assertThat(sent().root()).isEqualTo(next.root());
        assertThat(publisher.keptBack(FLEET)).isEmpty();
    }

    @Test
    void whatWasNeverGoodIsOfferedAsItIs() {
        one.connects();
        Snapshot bad = publish("bad", "v1");
        one.refuses(bad, BAD);
        assertThat(sent().root()).isEqualTo(bad.root());
    }

    @Test
    void ofSeveralBadVersionsTheOneBeforeThemStays() {
        one.connects();
        one.takes(publish("good", "v1"));
        one.refuses(publish("bad", "v1"), BAD);
        publish("worse", "v1");
        one.refuses(sent(), BAD);
        assertThat(sent().root()).isEqualTo(snapshot("good", "v1").root());
    }
}
