package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.resilience.OutlierPolicy;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who is ejected when, and for how long: the clock is the test's. */
class OutliersTest {
    private static final int EJECT_FOR = 1_000;

    private final Upstream upstream = new Upstream("upstream/shop/api/80");

    private List<Endpoint> endpoints(int count, int failures, int maxPercent) {
        upstream.replace(
                Transport.PLAIN,
                IntStream.rangeClosed(1, count)
                        .mapToObj(port -> Member.of(new InetSocketAddress("10.0.0.1", port)))
                        .toList(),
                List.of());
        upstream.eject(new OutlierPolicy(failures, EJECT_FOR, maxPercent));
        return upstream.endpoints();
    }

    private long fail(Endpoint endpoint, int times, long now) {
        long millis = Outliers.NOBODY;
        for (int i = 0; i < times; i++) {
            millis = Math.max(millis, upstream.outliers().observe(endpoint, Outcome.ANSWERED, 500, now));
        }
        return millis;
    }

    @Test
    void failuresInARowEject() {
        List<Endpoint> all = endpoints(3, 5, 50);
        assertThat(fail(all.getFirst(), 4, 0)).isEqualTo(Outliers.NOBODY);
        assertThat(all.getFirst().usable()).isTrue();
        assertThat(fail(all.getFirst(), 1, 0)).isEqualTo(EJECT_FOR);
        assertThat(all.getFirst().is(Endpoint.Absence.EJECTED)).isTrue();
        for (int i = 0; i < 10; i++) {
            assertThat(upstream.pick(Balancing.PLAIN, new Caller(new SplittableRandom(i))))
                    .isNotSameAs(all.getFirst());
        }
        upstream.outliers().comeBack(all.getFirst());
        assertThat(all.getFirst().usable()).isTrue();
    }

    @Test
    void anAnswerBelow500BeginsTheRowAnew() {
        Endpoint first = endpoints(3, 3, 50).getFirst();
        for (int i = 0; i < 10; i++) {
            fail(first, 2, 0);
            upstream.outliers().observe(first, Outcome.ANSWERED, 404, 0);
        }
        assertThat(first.usable()).isTrue();
    }

    @Test
    void brokenUnreachableAndLateCountAndWhatWasGivenUpDoesNot() {
        Endpoint first = endpoints(3, 3, 50).getFirst();
        for (int i = 0; i < 10; i++) {
            upstream.outliers().observe(first, Outcome.GIVEN_UP, 0, 0);
        }
        assertThat(first.usable()).isTrue();
        upstream.outliers().observe(first, Outcome.BROKEN, 0, 0);
        upstream.outliers().observe(first, Outcome.CONNECT_FAILED, 0, 0);
        upstream.outliers().observe(first, Outcome.TIMED_OUT, 0, 0);
        assertThat(first.usable()).isFalse();
    }

    @Test
    void noMoreThanTheShareIsEjectedAndNeverTheOnlyOne() {
        List<Endpoint> ten = endpoints(10, 1, 30);
        ten.forEach(endpoint -> fail(endpoint, 3, 0));
        assertThat(ten.stream().filter(Endpoint::usable)).hasSize(7);
        List<Endpoint> two = new OutliersTest().endpointsThatAllFail(2, 10);
        assertThat(two.stream().filter(Endpoint::usable)).hasSize(1);
        assertThat(new OutliersTest().endpointsThatAllFail(1, 100).getFirst().usable())
                .isTrue();
    }

    private List<Endpoint> endpointsThatAllFail(int count, int maxPercent) {
        List<Endpoint> all = endpoints(count, 1, maxPercent);
        all.forEach(endpoint -> fail(endpoint, 1, 0));
        return all;
    }

    @Test
    void everyFurtherTimeIsLongerUntilItIsForgiven() {
        Endpoint first = endpoints(3, 1, 50).getFirst();
        long now = 0;
        for (int i = 1; i <= 12; i++) {
            long millis = fail(first, 1, now);
            assertThat(millis).isEqualTo((long) EJECT_FOR * Math.min(i, 10));
            now += millis;
            upstream.outliers().comeBack(first);
        }
        // For each time it could have been out and was not, one is forgiven.
        assertThat(fail(first, 1, now + 4 * EJECT_FOR)).isEqualTo(7L * EJECT_FOR);
        upstream.outliers().comeBack(first);
        assertThat(fail(first, 1, now + 1_000L * EJECT_FOR)).isEqualTo(EJECT_FOR);
    }

    @Test
    void withoutAPolicyEverybodyComesBack() {
        Endpoint first = endpoints(3, 1, 50).getFirst();
        fail(first, 1, 0);
        assertThat(first.usable()).isFalse();
        upstream.eject(OutlierPolicy.OFF);
        assertThat(first.usable()).isTrue();
        assertThat(fail(first, 10, 0)).isEqualTo(Outliers.NOBODY);
    }

    @Test
    void oneEndpointIsEjectedOnceHoweverManyThreadsSeeItFail() throws Exception {
        Endpoint first = endpoints(4, 5, 50).getFirst();
        AtomicInteger ejections = new AtomicInteger();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 1_000; i++) {
                    if (fail(first, 1, 0) != Outliers.NOBODY) {
                        ejections.incrementAndGet();
                    }
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ejections.get()).isEqualTo(1);
    }
}
