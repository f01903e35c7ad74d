package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.ENHANCE_YOUR_CALM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.http2.FloodGuard;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Http2Flood;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every flood of HTTP/2 in turn from several clients at once, who come back whenever they are thrown out. */
final class FloodsTogetherTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Rounds that leave in one piece. */
    private static final int PIECE = 200;

    /** More than any client may spend before it is thrown out. */
    private static final int MOST_ROUNDS = 100 * FloodGuard.BURST;

    private static final int ATTACKERS = 4;
    private static final List<Http2Flood> FLOODS = Http2Flood.all().toList();

    /** What all of them together may make one event loop hold. */
    private static final long MOST_BUFFERS = 32L << 20;

    private final RecordingBackend backend = RecordingBackend.ok("ok");
    private final ProxyFixture proxy = new ProxyFixture()
            .routeTo(backend.address())
            .listener(settings -> settings.setHttp2Cleartext(true).setMaxRequestsPerConnection(1_000_000));
    private final AtomicBoolean over = new AtomicBoolean();
    private final Semaphore attacks = new Semaphore(0);
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicLong mostPinned = new AtomicLong();
    private final Map<String, LongAdder> calmed = new ConcurrentHashMap<>();

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    /** One flood after another, each with a request of the good client, until it is over. */
    private void attack() {
        while (true) {
            attacks.acquireUninterruptibly();
            if (over.get()) {
                return;
            }
            Http2Flood flood = FLOODS.get(Math.floorMod(turn.getAndIncrement(), FLOODS.size()));
            try (FramePeer peer = FramePeer.client(proxy.port()).silent()) {
                until(flood, peer);
                if (peer.closedWith(ENHANCE_YOUR_CALM)) {
                    calmed.computeIfAbsent(flood.name(), name -> new LongAdder())
                            .increment();
                }
            } catch (UncheckedIOException e) {
                // Thrown out before it had said who it is.
            }
        }
    }

    private void until(Http2Flood flood, FramePeer peer) {
        try {
            for (int sent = 0; sent < MOST_ROUNDS; ) {
                peer.hold();
                for (int end = sent + PIECE; sent < end; sent++) {
                    peer.raw(flood.round().apply(sent));
                }
                peer.release();
                mostPinned.accumulateAndGet(pinned(), Math::max);
            }
        } catch (UncheckedIOException e) {
            // Thrown out.
        }
    }

    @Test
    void goodClientsAreServedAndMemoryIsBounded() throws InterruptedException {
        GoodTraffic good = new GoodTraffic(proxy);
        long before = pinned();
        List<Thread> attackers = new ArrayList<>();
        for (int i = 0; i < ATTACKERS; i++) {
            attackers.add(Thread.ofPlatform().start(this::attack));
        }
        try {
            good.doesNotFeel(FLOODS.size() + " floods together", attacks::release);
            // A reset may have taken away the GOAWAY of those of before: then they come once more.
            await().atMost(LONG).untilAsserted(() -> {
                attacks.release();
                assertThat(calmed)
                        .hasSize(FLOODS.size())
                        .allSatisfy(
                                (name, ends) -> assertThat(ends.sum()).as(name).isPositive());
            });
        } finally {
            over.set(true);
            attacks.release(ATTACKERS + GoodTraffic.MEASURED);
            for (Thread attacker : attackers) {
                attacker.join();
            }
        }
        long most = mostPinned.get() - before;
        System.out.println("floods together: " + most / 1024 + " KiB of buffers at most, thrown out " + calmed);
        assertThat(most).isLessThan(MOST_BUFFERS);
        await().atMost(LONG).until(proxy::connections, open -> open == 0);
        await().atMost(LONG).until(FloodsTogetherTest::pinned, memory -> memory - before < 1 << 20);
    }

    private static long pinned() {
        return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }
}
