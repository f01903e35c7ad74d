package dev.gatehouse.dataplane.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TickerTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void close() {
        assertThat(group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS))
                .isNotNull();
    }

    private static Timed entry(LongConsumer action) {
        return new Timed() {
            private int slot = -1;

            @Override
            public void tick(long nowMillis) {
                action.accept(nowMillis);
            }

            @Override
            public int slot() {
                return slot;
            }

            @Override
            public void slot(int newSlot) {
                slot = newSlot;
            }
        };
    }

    /** Every deadline of a loop hangs on its one ticker. */
    @Test
    void anEntryThatFailsStopsNoOther() {
        AtomicInteger before = new AtomicInteger();
        AtomicInteger behind = new AtomicInteger();
        EventLoop loop = group.next();
        loop.submit(() -> {
                    Ticker ticker = new Ticker(loop);
                    ticker.add(entry(now -> before.incrementAndGet()));
                    ticker.add(entry(now -> {
                        throw new IllegalStateException("on purpose");
                    }));
                    ticker.add(entry(now -> behind.incrementAndGet()));
                })
                .syncUninterruptibly();
        await().atMost(Duration.ofSeconds(20)).until(() -> before.get() >= 3 && behind.get() >= 3);
    }
}
