package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A great number of requests in which anybody may leave at any octet. {@code -Dcuts.requests} says how many per protocol,
 * {@code -Dcuts.seed} repeats a run (docs/robustness.md).
 */
final class RandomCutsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int CLIENTS = 8;

    /** How clients speak. */
    enum Protocol {
        HTTP_1_1,
        HTTP_2
    }

    @ParameterizedTest
    @EnumSource
    void leaveNothingBehindAndNobodyWithTheOctetsOfAnother(Protocol protocol) throws IOException, InterruptedException {
        long seed = Long.getLong("cuts.seed", System.nanoTime());
        int requests = Integer.getInteger("cuts.requests", 10_000);
        var tally = new CutClient.Tally(
                new LongAdder(),
                new LongAdder(),
                new LongAdder(),
                new LongAdder(),
                new LongAdder(),
                new ConcurrentLinkedQueue<>());
        try (CutBackend backend = new CutBackend();
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setHttp2Cleartext(true).setUpstreamIdleTimeoutMs(1_000))) {
            warmUp(proxy);
            awaitNothingLeft(proxy, backend, Long.MAX_VALUE);
            long pinned = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
            int before = proxy.exchanges().size();
            long start = System.nanoTime();

            run(protocol, proxy.port(), seed, requests, tally);

            String run = protocol + ", seed " + seed + ": " + tally.begun() + " requests in "
                    + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms, " + tally.answered()
                    + " answered, " + tally.refused() + " refused, " + tally.cutShort() + " cut short, " + tally.left()
                    + " left by the client, " + backend.opened() + " connections to the backend";
            System.out.println(run);
            assertThat(tally.wrongs()).as(run).isEmpty();
            assertThat(backend.wrongs()).as(run).isEmpty();
            awaitNothingLeft(proxy, backend, pinned);
            assertThat(proxy.exchanges().size() - before)
                    .as("exchanges that ended: " + run)
                    .isBetween((int) (tally.answered().sum() + tally.refused().sum()), (int)
                            tally.begun().sum());
            assertThat(List.of(tally.answered(), tally.refused(), tally.cutShort(), tally.left()))
                    .as(run)
                    .allSatisfy(share -> assertThat(share.sum()).isGreaterThan(requests / 100));
        }
    }

    /** Makes what stays in use while nothing happens: buffers that are kept for reading. */
    private static void warmUp(ProxyFixture proxy) {
        try (RawClient client = proxy.client()) {
            String target = new CutPlan(1, 0, 10, CutPlan.Framing.LENGTH, false, -1, -1, false, false).target();
            client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
        }
    }

    private static void awaitNothingLeft(ProxyFixture proxy, CutBackend backend, long pinned) {
        await().atMost(LONG).until(proxy::connections, open -> open == 0);
        await().atMost(LONG).until(backend::open, open -> open == 0);
        await().atMost(LONG).until(PooledByteBufAllocator.DEFAULT::pinnedDirectMemory, memory -> memory <= pinned);
    }

    private static void run(Protocol protocol, int port, long seed, int requests, CutClient.Tally tally)
            throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        AtomicInteger ids = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            CutClient http1 = new CutClient(port, random.split(), ids, tally);
            CutHttp2Client http2 = new CutHttp2Client(port, random.split(), ids, tally);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    while (tally.begun().sum() < requests) {
                        if (protocol == Protocol.HTTP_2) {
                            http2.connection();
                        } else {
                            http1.connection();
                        }
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
