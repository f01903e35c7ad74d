package dev.gatehouse.dataplane.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.IntSummaryStatistics;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How long is waited before an endpoint is asked again. */
class BackoffTest {

    @Test
    void itIsByChanceGrowsAndIsBounded() {
        SplittableRandom random = new SplittableRandom(1);
        int[] bounds = {25, 50, 100, 200, 250, 250, 250, 250, 250, 250};
        for (int tries = 1; tries <= bounds.length; tries++) {
            int of = tries;
            IntSummaryStatistics drawn = IntStream.range(0, 10_000)
                    .map(i -> Backoff.millis(of, random))
                    .summaryStatistics();
            int bound = bounds[tries - 1];
            assertThat(drawn.getMin()).isZero();
            assertThat(drawn.getMax()).isEqualTo(bound);
            assertThat(drawn.getAverage()).isBetween(bound * 0.47, bound * 0.53);
        }
    }
}
