package dev.gatehouse.bench;

import dev.gatehouse.testkit.NamedBackend;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The time from the API server's answer to a change of endpoints until the last request to the one that went began; 0 if that was before the answer.
 * Asked every millisecond; no request may fail.
 */
final class LastAsked implements AutoCloseable {

    private static final int SAMPLES = 100;
    private static final int WARM_UP = 20;
    private static final Duration POLL = Duration.ofMillis(1);
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int SETTLED = 40; // answers in a row that are not from the one that went
    private static final String NAME = "endpoints";

    private final Installation installation;
    private final NamedBackend first = new NamedBackend("first");
    private final NamedBackend second = new NamedBackend("second");

    LastAsked(Installation installation) {
        this.installation = installation;
        installation.client().resource(Population.service(NAME)).create();
        installation.client().resource(Population.slice(NAME, 0, first)).create();
        installation.client().resource(Population.ingress(NAME, NAME, "/")).create();
    }

    /** One endpoint takes the place of the other. */
    double[] replaced() throws InterruptedException {
        double[] millis = new double[SAMPLES];
        NamedBackend now = first;
        for (int i = -WARM_UP; i < SAMPLES; i++) {
            NamedBackend next = now == first ? second : first;
            double took = change(Population.slice(NAME, 0, next), name(now), name(next));
            now = next;
            if (i >= 0) {
                millis[i] = took;
            }
            Thread.sleep(PAUSE);
        }
        update(Population.slice(NAME, 0, first));
        return millis;
    }

    /** One of two endpoints goes, and comes back. */
    double[] removed() throws InterruptedException {
        installation.client().resource(Population.slice(NAME, 1, second)).create();
        double[] millis = new double[SAMPLES];
        for (int i = -WARM_UP; i < SAMPLES; i++) {
            try (Probe probe = new Probe(NAME)) {
                probe.until("/", answer -> answer.status() == 200, answer -> answer.isFrom("first"), POLL);
                probe.until("/", answer -> answer.status() == 200, answer -> answer.isFrom("second"), POLL);
            }
            double took = change(
                    Population.empty(NAME, 0, first.port()).withEndpoints().build(), "first", "second");
            if (i >= 0) {
                millis[i] = took;
            }
            update(Population.slice(NAME, 0, first));
            Thread.sleep(PAUSE);
        }
        return millis;
    }

    private String name(NamedBackend backend) {
        return backend == first ? "first" : "second";
    }

    private void update(EndpointSlice slice) {
        installation.client().resource(slice).update();
    }

    private double change(EndpointSlice slice, String gone, String stays) throws InterruptedException {
        Asking asking = new Asking(gone, stays);
        Thread asks = Thread.ofPlatform().start(asking);
        Thread.sleep(PAUSE);
        update(slice);
        long written = System.nanoTime();
        asking.written = true;
        asks.join();
        if (asking.failure != null) {
            throw new IllegalStateException("while endpoints change", asking.failure);
        }
        return Math.max(0, (asking.lastToGone - written) / 1e6);
    }

    /** Asks from before the change until it is long in force. */
    private static final class Asking implements Runnable {

        private final String gone;
        private final String stays;
        private volatile boolean written;
        private long lastToGone;
        private @Nullable RuntimeException failure;

        Asking(String gone, String stays) {
            this.gone = gone;
            this.stays = stays;
        }

        @Override
        public void run() {
            try (Probe probe = new Probe(NAME)) {
                int others = 0;
                while (!written || others < SETTLED) {
                    long begun = System.nanoTime();
                    Probe.Answer answer = probe.ask("/");
                    if (answer.isFrom(gone)) {
                        lastToGone = begun;
                        others = 0;
                    } else if (answer.isFrom(stays)) {
                        others++;
                    } else {
                        throw new IllegalStateException(answer + " is of neither state");
                    }
                    LockSupport.parkNanos(POLL.toNanos());
                }
            } catch (RuntimeException e) {
                failure = e;
            }
        }
    }

    @Override
    public void close() {
        var client = installation.client();
        client.resource(Population.ingress(NAME, NAME, "/")).delete();
        client.resource(Population.service(NAME)).delete();
        client.resource(Population.slice(NAME, 0, first)).delete();
        client.resource(Population.slice(NAME, 1, second)).delete();
        first.close();
        second.close();
    }
}
