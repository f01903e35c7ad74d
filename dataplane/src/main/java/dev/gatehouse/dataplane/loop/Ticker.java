package dev.gatehouse.dataplane.loop;

import io.netty.channel.EventLoop;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coarse deadlines without a timer each: every 100 ms all entries of a loop are looked at, which costs a few nanoseconds
 * apiece, and setting a deadline costs one store. Stands still while it has no entries. Event loop only.
 */
public final class Ticker {
    /** How late a deadline can be noticed. */
    public static final int PERIOD_MILLIS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

    private final EventLoop loop;
    private Timed[] entries = new Timed[64];
    private int size;
    private long nowMillis;
    private Runnable afterTick = () -> {};
    private Future<?> schedule = CompletableFuture.completedFuture(null);
    private boolean running;

    public Ticker(EventLoop loop) {
        this.loop = loop;
        nowMillis = clockMillis();
    }

    /** What to do behind every tick. */
    public void afterTick(Runnable action) {
        afterTick = action;
    }

    /** The time of the last tick, in milliseconds of an arbitrary origin. */
    public long nowMillis() {
        return nowMillis;
    }

    public void add(Timed entry) {
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, size * 2);
        }
        entry.slot(size);
        entries[size++] = entry;
        if (!running) {
            running = true;
            nowMillis = clockMillis();
            schedule = loop.scheduleAtFixedRate(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Takes an entry out; nothing happens if it is not in. */
    @SuppressWarnings("ReferenceEquality") // The entry itself is meant.
    public void remove(Timed entry) {
        int slot = entry.slot();
        if (slot < 0 || slot >= size || entries[slot] != entry) {
            return;
        }
        Timed last = entries[--size];
        entries[slot] = last;
        last.slot(slot);
        entry.slot(-1);
    }

    /** Calls the action with every entry; it may remove entries. */
    public void forEach(Consumer<Timed> action) {
        for (Timed entry : Arrays.copyOf(entries, size)) {
            action.accept(entry);
        }
    }

    private void tick() {
        nowMillis = clockMillis();
        for (int i = size - 1; i >= 0; i--) {
            if (i < size) {
                tick(entries[i]);
            }
        }
        afterTick.run();
        Arrays.fill(entries, size, entries.length, null);
        if (size == 0) {
            running = false;
            schedule.cancel(false);
        }
    }

    /** An exception would end the schedule, and with it every deadline of the loop. */
    private void tick(Timed entry) {
        try {
            entry.tick(nowMillis);
        } catch (RuntimeException e) {
            LOG.error("event=tick_failed entry={}", entry.getClass().getSimpleName(), e);
        }
    }

    private static long clockMillis() {
        return System.nanoTime() / 1_000_000;
    }
}
