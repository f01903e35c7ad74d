package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Statistics of each policy. Chance comes from a seed, so that what holds once holds always. */
class PolicyTest {

    private static final int REQUESTS = 100_000;

    @SuppressWarnings("ImmutableEnumChecker") // a policy keeps nothing but a random generator
    enum Any {
        ROUND_ROBIN(Policy.ROUND_ROBIN),
        RANDOM(new Policy.Random()),
        LEAST_REQUEST(new Policy.LeastRequest()),
        PEAK_EWMA(new Policy.PeakEwma());

        private final Balancing how;

        Any(Policy policy) {
            how = balancing(policy);
        }
    }

    private static Balancing balancing(Policy policy) {
        return new Balancing(policy, 0, false);
    }

    @ParameterizedTest
    @EnumSource(Any.class)
    void whatIsEqualGetsEqualShares(Any policy) {
        for (int count : new int[] {1, 3, 7, 20}) {
            Map<Integer, Integer> picks = Crowd.of(count).picks(policy.how, REQUESTS);
            double expected = (double) REQUESTS / count;
            assertThat(picks).hasSize(count);
            assertThat(picks.values())
                    .allSatisfy(each -> assertThat((double) each)
                            .isBetween(expected - 5 * Math.sqrt(expected), expected + 5 * Math.sqrt(expected)));
        }
    }

    @ParameterizedTest
    @EnumSource(Any.class)
    void endpointsGetWhatTheirWeightsSay(Any policy) {
        Map<Integer, Integer> picks = Crowd.weights(1, 2, 3, 4).picks(policy.how, REQUESTS);
        for (int i = 0; i < 4; i++) {
            assertThat((double) picks.getOrDefault(i, 0))
                    .isBetween(REQUESTS * (i + 1) / 10.0 - 800, REQUESTS * (i + 1) / 10.0 + 800);
        }
    }

    @ParameterizedTest
    @EnumSource(Any.class)
    void whoHasFailedARequestDoesNotGetItAgain(Any policy) {
        for (int count : new int[] {1, 2, 5, 12}) {
            Crowd crowd = Crowd.of(count);
            Caller caller = crowd.caller();
            for (int i = 0; i < count; i++) {
                Endpoint endpoint = crowd.upstream().pick(policy.how, caller);
                assertThat(endpoint).isNotSameAs(Endpoint.NONE);
                caller.failed(endpoint);
            }
            assertThat(crowd.upstream().pick(policy.how, caller)).isSameAs(Endpoint.NONE);
        }
    }

    @Test
    void roundRobinGivesEachExactlyItsWeightInEveryTurn() {
        Crowd crowd = Crowd.weights(1, 2, 3);
        for (int turn = 0; turn < 5; turn++) {
            assertThat(crowd.picks(Balancing.PLAIN, 6)).isEqualTo(Map.of(0, 1, 1, 2, 2, 3));
        }
    }

    @Test
    void leastRequestOfFewNeverChoosesABusierOne() {
        Crowd crowd = Crowd.of(5);
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 10_000; i++) {
            int chosen = crowd.pick(Any.LEAST_REQUEST.how);
            int least = IntStream.range(0, 5)
                    .map(each -> crowd.endpoint(each).requests())
                    .min()
                    .orElseThrow();
            assertThat(crowd.endpoint(chosen).requests()).isEqualTo(least);
            crowd.endpoint(chosen).tryBegin();
            Endpoint other = crowd.endpoint(random.nextInt(5));
            if (other.requests() > 0) {
                other.ended(Outcome.ANSWERED, 1000);
            }
        }
    }

    /** Requests that stay: by chance the fullest of 100 has about 3 times the average, by two choices hardly more than that. */
    @Test
    void leastRequestOfManyKeepsTheFullestNearTheAverage() {
        assertThat(fullest(Any.LEAST_REQUEST)).isLessThanOrEqualTo(10 + 4);
        assertThat(fullest(Any.RANDOM)).isGreaterThan(10 + 6);
    }

    private static int fullest(Any policy) {
        Crowd crowd = Crowd.of(100);
        for (int i = 0; i < 1000; i++) {
            crowd.upstream().pick(policy.how, crowd.caller()).tryBegin();
        }
        return crowd.upstream().endpoints().stream()
                .mapToInt(Endpoint::requests)
                .max()
                .orElseThrow();
    }

    @Test
    void leastRequestFillsEndpointsByTheirWeights() {
        Crowd crowd = Crowd.weights(1, 3);
        for (int i = 0; i < 400; i++) {
            crowd.upstream().pick(Any.LEAST_REQUEST.how, crowd.caller()).tryBegin();
        }
        assertThat(crowd.endpoint(0).requests()).isBetween(98, 102);
    }

    /** Each endpoint does one request at a time; the first is ten times as slow as the others. */
    @ParameterizedTest
    @ValueSource(ints = {4, 20})
    void peakEwmaSendsTheSlowLess(int count) {
        Crowd crowd = Crowd.of(count);
        Map<Integer, Integer> picks = new HashMap<>();
        Deque<Endpoint> open = new ArrayDeque<>();
        for (int i = 0; i < 20_000; i++) {
            Endpoint chosen = crowd.pass(1_000_000).upstream().pick(Any.PEAK_EWMA.how, crowd.caller());
            picks.merge(Crowd.number(chosen), 1, Integer::sum);
            chosen.tryBegin();
            open.add(chosen);
            if (open.size() > 4) {
                Endpoint done = open.remove();
                done.ended(Outcome.GIVEN_UP, -1);
                done.latency().observe(crowd.nowNanos(), Crowd.number(done) == 0 ? 100_000_000 : 10_000_000);
            }
        }
        assertThat(picks.getOrDefault(0, 0)).isBetween(1, 20_000 / count / 4);
    }

    @Test
    void peakEwmaFollowsARiseAtOnceAndAFallSlowly() {
        Latency latency = new Latency();
        long now = 0;
        latency.observe(now, 10_000_000);
        assertThat(latency.micros(now)).isEqualTo(10_000);
        latency.observe(now, 500_000_000);
        assertThat(latency.micros(now)).isEqualTo(500_000);
        now += Latency.DECAY_MILLIS * 1_000_000L;
        latency.observe(now, 10_000_000);
        assertThat(latency.micros(now)).isBetween(188_000.0, 192_000.0); // 500 ms / e + 10 ms (1 - 1 / e)
    }

    @Test
    void peakEwmaAsksAgainWhoWasSlowLongAgo() {
        Crowd crowd = Crowd.of(2);
        crowd.endpoint(0).latency().observe(crowd.nowNanos(), 2_000_000_000);
        crowd.endpoint(1).latency().observe(crowd.nowNanos(), 10_000_000);
        assertThat(crowd.pick(Any.PEAK_EWMA.how)).isEqualTo(1);
        crowd.pass(60 * Crowd.SECOND);
        crowd.endpoint(1).latency().observe(crowd.nowNanos(), 10_000_000);
        assertThat(crowd.pick(Any.PEAK_EWMA.how)).isEqualTo(0);
    }

    /** Nothing is known of an endpoint that has just come: it gets one request, and more when that is answered. */
    @Test
    void peakEwmaTriesTheUnknownOnce() {
        Crowd crowd = Crowd.of(2);
        crowd.endpoint(0).latency().observe(crowd.nowNanos(), 10_000_000);
        assertThat(crowd.pick(Any.PEAK_EWMA.how)).isEqualTo(1);
        crowd.endpoint(1).tryBegin();
        assertThat(crowd.picks(Any.PEAK_EWMA.how, 10)).isEqualTo(Map.of(0, 10));
    }

    @Test
    void anEndpointThatFailsFastDoesNotSeemFast() {
        Crowd crowd = Crowd.of(2);
        crowd.endpoint(0).latency();
        crowd.endpoint(0).tryBegin();
        crowd.endpoint(0).ended(Outcome.CONNECT_FAILED, -1);
        assertThat(crowd.endpoint(0).latency().micros(System.nanoTime())).isGreaterThan(100_000);
    }

    @Test
    void endpointsShareWhatIsKnownWhateverTheRuleChoosesBy() {
        Crowd crowd = Crowd.of(3);
        crowd.upstream().pick(Balancing.PLAIN, crowd.caller()).tryBegin();
        crowd.upstream().pick(Any.RANDOM.how, crowd.caller()).tryBegin();
        crowd.upstream().pick(Any.LEAST_REQUEST.how, crowd.caller()).tryBegin();
        assertThat(crowd.upstream().endpoints().stream()
                        .mapToInt(Endpoint::requests)
                        .sum())
                .isEqualTo(3);
    }
}
