package dev.gatehouse.bench;

import dev.gatehouse.testkit.NamedBackend;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A cluster that is at work: each second 20 Ingresses get another path, and 50 Services another endpoint. */
final class Churn implements AutoCloseable {

    private static final int OBJECTS_PER_SECOND = 20;
    private static final int ENDPOINTS_PER_SECOND = 50;

    private final KubernetesClient client;
    private final Population population;
    private final List<NamedBackend> backends = List.of(new NamedBackend("rolling-1"), new NamedBackend("rolling-2"));
    private final ScheduledExecutorService writers = Executors.newScheduledThreadPool(2);
    private final AtomicInteger written = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final long begun = System.nanoTime();

    Churn(KubernetesClient client, Population population) {
        this.client = client;
        this.population = population;
        every(OBJECTS_PER_SECOND, this::changeIngress);
        every(ENDPOINTS_PER_SECOND, this::rollEndpoint);
    }

    private interface Write {
        void of(int turn);
    }

    private void every(int perSecond, Write write) {
        AtomicInteger turn = new AtomicInteger();
        var _ = writers.scheduleAtFixedRate(
                () -> {
                    try {
                        write.of(turn.getAndIncrement());
                        written.incrementAndGet();
                    } catch (KubernetesClientException e) {
                        failed.incrementAndGet();
                    }
                },
                0,
                Duration.ofSeconds(1).dividedBy(perSecond).toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void changeIngress(int turn) {
        String name = Population.name(turn % population.present());
        client.resource(Population.ingress(name, name, "/turn-" + turn)).update();
    }

    private void rollEndpoint(int turn) {
        String name = Population.name((turn * 7) % population.present());
        client.resource(Population.slice(name, backends.get(turn % backends.size())))
                .update();
    }

    /** Writes per second so far. */
    double rate() {
        return written.get() / ((System.nanoTime() - begun) / 1e9);
    }

    @Override
    public void close() {
        writers.close();
        backends.forEach(NamedBackend::close);
        if (failed.get() > 0) {
            throw new IllegalStateException(failed + " writes of the churn were refused");
        }
    }
}
