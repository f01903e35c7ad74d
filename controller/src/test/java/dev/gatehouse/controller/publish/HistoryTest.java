package dev.gatehouse.controller.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What was published, and why. */
class HistoryTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private final History history = new History();

    private static Snapshot with(Snapshot before, ShardId id, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return before.with(List.of(new Shard(id, Digest.of(bytes), ByteString.copyFrom(bytes))), List.of());
    }

    @Test
    void anEntrySaysWhatChangedAndBecauseOfWhat() {
        Snapshot first = with(Snapshot.empty(), ShardId.host("a"), "1");
        Snapshot second = with(with(first, ShardId.host("a"), "2"), ShardId.endpoints("shop", "api", 80), "x");
        history.record(FLEET, NOW, Snapshot.empty(), first, List.of("the start"));
        history.record(
                FLEET,
                NOW,
                first,
                second,
                IntStream.range(0, 23).mapToObj(i -> "Ingress shop/" + i).toList());

        List<History.Entry> entries = history.entries(FLEET);
        assertThat(entries).hasSize(2);
        assertThat(entries.getFirst().snapshot().root()).isEqualTo(second.root());
        assertThat(entries.getFirst().changed()).containsExactly(ShardId.host("a"));
        assertThat(entries.getFirst().causes()).hasSize(20).startsWith("Ingress shop/0");
        assertThat(entries.getFirst().more()).isEqualTo(3);
    }

    @Test
    void whatComesAndGoesByItselfMakesNoEntry() {
        Snapshot first = with(Snapshot.empty(), ShardId.host("a"), "1");
        history.record(FLEET, NOW, Snapshot.empty(), first, List.of());
        Snapshot rolling = first;
        for (int i = 0; i < 200; i++) {
            Snapshot next = with(rolling, ShardId.endpoints("shop", "api", 80), "v" + i);
            history.record(FLEET, NOW, rolling, next, List.of());
            rolling = next;
        }
        assertThat(history.entries(FLEET)).hasSize(1);
    }

    @Test
    void theLastOnesAreFoundByTheFirstDigitsOfTheirRoot() {
        Snapshot last = Snapshot.empty();
        for (int i = 0; i < History.ENTRIES + 5; i++) {
            Snapshot next = with(last, ShardId.host("h" + i), "x");
            history.record(FLEET, NOW, last, next, List.of());
            last = next;
        }
        assertThat(history.entries(FLEET)).hasSize(History.ENTRIES);
        assertThat(history.find(FLEET, last.root().shortHex())).contains(last);
        assertThat(history.find(FLEET, "0".repeat(64))).isEmpty();
        assertThatThrownBy(() -> history.find(FLEET, "abc")).hasMessageContaining("4 to 64 hexadecimal digits");
    }
}
