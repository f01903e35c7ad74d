package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A kind of somebody else's that the cluster may do without. While the API server does not know it, there are no objects of it;
 * whether it has come meanwhile is asked again and again.
 */
final class OptionalKind implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OptionalKind.class);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final BooleanSupplier known;
    private final List<SharedIndexInformer<?>> informers;
    private final Runnable absent;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean started;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param known asks the API server; blocks
     * @param absent is told once that there are no objects, if the kind is not known at first
     */
    OptionalKind(BooleanSupplier known, List<SharedIndexInformer<?>> informers, Runnable absent) {
        this.known = known;
        this.informers = informers;
        this.absent = absent;
        this.thread =
                Thread.ofPlatform().name("gatehouse-optional-kind").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Whether nothing is missed: the watch is alive, or there is nothing to watch. */
    boolean watching() {
        return !started || informers.stream().allMatch(SharedIndexInformer::isWatching);
    }

    private void run() {
        boolean told = false;
        try {
            while (true) {
                Duration pause = ASK_AGAIN;
                try {
                    if (known.getAsBoolean()) {
                        started = true;
                        informers.forEach(SharedIndexInformer::start);
                        return;
                    }
                    if (!told) {
                        absent.run();
                        told = true;
                    }
                } catch (KubernetesClientException e) {
                    LOG.warn("event=optional_kind_unknown reason=\"{}\"", e.getMessage());
                    pause = RETRY;
                }
                if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        informers.forEach(SharedIndexInformer::stop);
    }
}
