package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.dataplane.balance.BackendSet.Weighted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BackendSetTest {

    private static BackendSet weights(List<Integer> weights) {
        List<Weighted> backends = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            backends.add(new Weighted(Selection.of(new Upstream(Integer.toString(i))), weights.get(i)));
        }
        return BackendSet.of(backends);
    }

    private static Map<String, Integer> picks(BackendSet set, int times) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            counts.merge(set.pick().upstream().id(), 1, Integer::sum);
        }
        return counts;
    }

    @Property(tries = 500)
    void everyFullTurnGivesEachBackendExactlyItsWeight(
            @ForAll @Size(min = 1, max = 6) List<@IntRange(max = 40) Integer> weights) {
        BackendSet set = weights(weights);
        int total = weights.stream().mapToInt(Integer::intValue).sum();
        for (int turn = 0; turn < 3; turn++) {
            Map<String, Integer> counts = picks(set, total);
            for (int i = 0; i < weights.size(); i++) {
                assertThat(counts.getOrDefault(Integer.toString(i), 0)).isEqualTo(weights.get(i));
            }
        }
    }

    /** Canaries get their share early, not in a burst at the end of the turn. */
    @Property(tries = 300)
    void sharesAreNearTheirWeightsAtAnyMoment(
            @ForAll @IntRange(min = 1, max = 1000) int a, @ForAll @IntRange(min = 1, max = 1000) int b) {
        BackendSet set = weights(List.of(a, b));
        int first = 0;
        for (int n = 1; n <= a + b; n++) {
            first += set.pick().upstream().id().equals("0") ? 1 : 0;
            double expected = (double) n * a / (a + b);
            assertThat((double) first).isBetween(expected - 4, expected + 4);
        }
    }

    @Test
    void aBackendOfWeightZeroGetsNothing() {
        assertThat(picks(weights(List.of(0, 3, 0)), 100)).isEqualTo(Map.of("1", 100));
    }

    @Test
    void withoutAnyWeightEveryPickIsUnavailable() {
        assertThat(weights(List.of(0, 0)).pick().unavailable()).isEqualTo("no-backend");
        assertThat(BackendSet.EMPTY.pick().unavailable()).isEqualTo("no-backend");
    }

    @Test
    void anUnavailableBackendKeepsItsShare() {
        BackendSet set = BackendSet.of(List.of(
                new Weighted(Selection.of(new Upstream("a")), 1),
                new Weighted(Selection.unavailable("service-not-found"), 1)));
        int unavailable = 0;
        for (int i = 0; i < 10; i++) {
            unavailable += set.pick().unavailable().equals("service-not-found") ? 1 : 0;
        }
        assertThat(unavailable).isEqualTo(5);
    }

    @Test
    void hugeWeightsInLowTermsWork() {
        assertThat(picks(weights(List.of(Integer.MAX_VALUE, Integer.MAX_VALUE)), 10))
                .isEqualTo(Map.of("0", 5, "1", 5));
    }

    @Test
    void weightsThatAddUpToTooMuchAreRefused() {
        assertThatThrownBy(() -> weights(List.of(Integer.MAX_VALUE, Integer.MAX_VALUE - 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4294967293");
    }
}
