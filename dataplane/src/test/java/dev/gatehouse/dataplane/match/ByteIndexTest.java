package dev.gatehouse.dataplane.match;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ByteIndexTest {

    @Property(tries = 200)
    void holdsWhatAMapWouldAfterAnyChangesAndLeavesOlderVersionsAlone(@ForAll long seed) {
        Random random = new Random(seed);
        Map<String, Integer> expected = new HashMap<>();
        ByteIndex<Integer> index = ByteIndex.empty();
        for (int step = 0; step < 30; step++) {
            Map<String, Integer> before = Map.copyOf(expected);
            ByteIndex<Integer> old = index;
            Map<String, Optional<Integer>> changes = new HashMap<>();
            for (int i = random.nextInt(20); i > 0; i--) {
                String key = "k".repeat(random.nextInt(3)) + random.nextInt(60);
                Optional<Integer> value = random.nextInt(3) == 0 ? Optional.empty() : Optional.of(random.nextInt());
                changes.put(key, value);
                value.ifPresentOrElse(v -> expected.put(key, v), () -> expected.remove(key));
            }
            index = old.with(changes);
            assertSame(index, expected);
            assertSame(old, before);
        }
        assertSame(ByteIndex.of(expected), expected);
    }

    private static void assertSame(ByteIndex<Integer> index, Map<String, Integer> expected) {
        assertThat(index.size()).isEqualTo(expected.size());
        expected.forEach((key, value) -> assertThat(index.get(key)).contains(value));
        assertThat(index.get("absent")).isEmpty();
        HashSet<Integer> values = new HashSet<>();
        index.forEach(values::add);
        assertThat(values).isEqualTo(new HashSet<>(expected.values()));
    }

    @Test
    void findsAKeyInTheMiddleOfOtherBytes() {
        ByteIndex<String> index = ByteIndex.of(Map.of("a.com", "A", "", "nothing"));
        byte[] bytes = "host: a.com:80".getBytes(StandardCharsets.UTF_8);
        assertThat(index.get(bytes, 6, 5)).isEqualTo("A");
        assertThat(index.get(bytes, 6, 4)).isNull();
        assertThat(index.get(bytes, 6, 0)).isEqualTo("nothing");
    }
}
