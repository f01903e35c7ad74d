package dev.gatehouse.bench;

import dev.gatehouse.bench.Figures.Value;
import dev.gatehouse.testkit.NamedBackend;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests to a route that nobody touches, on kept connections, while 1,000 others change; each changed route is asked until it is
 * served in its new state. Counts answers that are wrong and connections that are reset.
 */
final class SteadyTraffic {

    private static final int CHANGES = 1_000;
    private static final int ROUTES = 50; // that change in turns
    private static final int CLIENTS = 2;
    private static final String STEADY = "steady";
    private static final Duration POLL = Duration.ofMillis(2);

    private final Installation installation;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger wrong = new AtomicInteger();
    private final AtomicInteger resets = new AtomicInteger();
    private volatile boolean over;

    SteadyTraffic(Installation installation) {
        this.installation = installation;
    }

    void measure(Figures figures, int present) throws InterruptedException {
        try (NamedBackend other = new NamedBackend("other")) {
            installation.apply(other.serviceYaml(Population.NAMESPACE, "other"));
            installation
                    .client()
                    .resource(Population.ingress(STEADY, Installation.BACKEND, "/"))
                    .create();
            for (int i = 0; i < ROUTES; i++) {
                installation
                        .client()
                        .resource(Population.ingress(name(i), Installation.BACKEND, "/"))
                        .create();
            }
            awaitServed(name(ROUTES - 1));
            Thread[] clients = new Thread[CLIENTS];
            for (int i = 0; i < CLIENTS; i++) {
                clients[i] = Thread.ofPlatform().start(this::ask);
            }
            for (int i = 0; i < CHANGES; i++) {
                boolean back = i / ROUTES % 2 == 1;
                change(name(i % ROUTES), back ? "other" : Installation.BACKEND, back ? Installation.BACKEND : "other");
            }
            over = true;
            for (Thread client : clients) {
                client.join();
            }
            for (int i = 0; i < ROUTES; i++) {
                installation
                        .client()
                        .resource(Population.ingress(name(i), Installation.BACKEND, "/"))
                        .delete();
            }
            installation
                    .client()
                    .resource(Population.ingress(STEADY, Installation.BACKEND, "/"))
                    .delete();
            installation
                    .load(other.serviceYaml(Population.NAMESPACE, "other"))
                    .forEach(one -> installation.client().resource(one).delete());
        }
        figures.add(
                "traffic during " + CHANGES + " changes, each of them probed: " + requests + " requests",
                present,
                "",
                Value.of("wrong answers", wrong.get(), 0),
                Value.of("resets", resets.get(), 0));
    }

    private static String name(int i) {
        return "changing-" + i;
    }

    private static void awaitServed(String name) {
        try (Probe probe = new Probe(name)) {
            probe.until("/", answer -> answer.status() == 404, answer -> answer.status() == 200, POLL);
        }
    }

    private void change(String name, String from, String to) {
        try (Probe probe = new Probe(name)) {
            installation.client().resource(Population.ingress(name, to, "/")).update();
            probe.until(
                    "/",
                    answer -> {
                        if (!answer.isFrom(from)) {
                            wrong.incrementAndGet();
                        }
                        return true;
                    },
                    answer -> answer.isFrom(to),
                    POLL);
        } catch (java.io.UncheckedIOException e) {
            resets.incrementAndGet();
        }
    }

    private void ask() {
        while (!over) {
            try (Probe probe = new Probe(STEADY)) {
                while (!over) {
                    requests.incrementAndGet();
                    if (!probe.ask("/").isFrom(Installation.BACKEND)) {
                        wrong.incrementAndGet();
                    }
                    LockSupport.parkNanos(POLL.toNanos());
                }
            } catch (java.io.UncheckedIOException | IllegalStateException e) {
                resets.incrementAndGet();
            }
        }
    }
}
