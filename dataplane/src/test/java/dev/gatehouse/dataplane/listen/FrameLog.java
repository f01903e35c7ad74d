package dev.gatehouse.dataplane.listen;

import dev.gatehouse.testkit.flood.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The frames that came over a connection, for those who wait for some. Every wait ends after a minute. */
final class FrameLog {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<Frame> frames = new ArrayList<>();
    private boolean closed;

    void add(Frame frame) {
        synchronized (frames) {
            frames.add(frame);
            frames.notifyAll();
        }
    }

    /** No more will come. */
    void close() {
        synchronized (frames) {
            closed = true;
            frames.notifyAll();
        }
    }

    List<Frame> all() {
        synchronized (frames) {
            return List.copyOf(frames);
        }
    }

    /** Waits until the frames so far are as wanted, or none can come any more. */
    List<Frame> until(String what, boolean closeSuffices, Predicate<List<Frame>> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (frames) {
            while (!wanted.test(frames) && !(closed && closeSuffices)) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0 || closed) {
                    throw new AssertionError((closed ? "closed" : "waited in vain") + " before " + what + ": "
                            + frames.stream()
                                    .skip(Math.max(0, frames.size() - 30))
                                    .toList());
                }
                try {
                    frames.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError(e);
                }
            }
            return List.copyOf(frames);
        }
    }

    /** Waits for a frame; the first that fits. */
    Frame await(String what, Predicate<Frame> wanted) {
        return until(what, false, all -> all.stream().anyMatch(wanted)).stream()
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }
}
