package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.resilience.CircuitLimits;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Nobody has more than it may, however many event loops ask at once. */
class CapacityTest {
    private static final int NONE = CircuitLimits.NO_LIMIT;

    private final Upstream upstream = new Upstream("upstream/a/b/80");

    private void endpoints(int count) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(Member.of(new InetSocketAddress("10.0.0." + i, 80)));
        }
        upstream.replace(Transport.PLAIN, members, List.of());
    }

    private Endpoint begin() {
        Caller caller = new Caller(new SplittableRandom(1));
        caller.reset(0);
        return upstream.begin(Balancing.PLAIN, caller);
    }

    @Test
    void everyEndpointIsFilledAndNoneMoreThanThat() {
        endpoints(3);
        upstream.limit(new CircuitLimits(NONE, NONE, 2));
        for (int i = 0; i < 6; i++) {
            assertThat(begin().isNobody()).isFalse();
        }
        assertThat(begin()).isSameAs(Endpoint.FULL);
        assertThat(upstream.endpoints()).allMatch(endpoint -> endpoint.requests() == 2 && endpoint.isFull());
        upstream.endpoints().get(1).ended(Outcome.ANSWERED, 1);
        assertThat(begin()).isSameAs(upstream.endpoints().get(1));
    }

    @Test
    void whereNobodyIsThereNobodyIsFull() {
        endpoints(0);
        upstream.limit(new CircuitLimits(NONE, NONE, 1));
        assertThat(begin()).isSameAs(Endpoint.NONE);
    }

    @Test
    void whatComesIsLimitedToo() {
        upstream.limit(new CircuitLimits(NONE, NONE, 1));
        endpoints(1);
        assertThat(begin().isNobody()).isFalse();
        assertThat(begin()).isSameAs(Endpoint.FULL);
    }

    @Test
    void manyThreadsTakeExactlyWhatThereIs() throws InterruptedException {
        endpoints(4);
        upstream.limit(new CircuitLimits(10, 7, 100));
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger connected = new AtomicInteger();
        AtomicInteger waiting = new AtomicInteger();
        Capacity capacity = upstream.endpoints().getFirst().capacity();
        CountDownLatch done = new CountDownLatch(8);
        for (int thread = 0; thread < 8; thread++) {
            Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 1_000; i++) {
                    begun.addAndGet(begin().isNobody() ? 0 : 1);
                    connected.addAndGet(capacity.connect(false) ? 1 : 0);
                    waiting.addAndGet(capacity.await() ? 1 : 0);
                }
                done.countDown();
            });
        }
        done.await();
        assertThat(begun).hasValue(400);
        assertThat(connected).hasValue(10);
        assertThat(waiting).hasValue(7);
        assertThat(upstream.endpoints()).allMatch(endpoint -> endpoint.requests() == 100);
    }

    @Test
    void anEventLoopWithoutAnyMayAlwaysHaveOne() {
        endpoints(1);
        upstream.limit(new CircuitLimits(1, NONE, NONE));
        Capacity capacity = upstream.endpoints().getFirst().capacity();
        assertThat(capacity.connect(false)).isTrue();
        assertThat(capacity.connect(false)).isFalse();
        assertThat(capacity.connect(true)).isTrue();
        assertThat(capacity.connections()).isEqualTo(2);
    }
}
