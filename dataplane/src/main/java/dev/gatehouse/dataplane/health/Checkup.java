package dev.gatehouse.dataplane.health;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Health;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.forward.Probe;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checks of one endpoint, one after another until it is stopped. Event loop only. */
final class Checkup {
    private static final Logger LOG = LoggerFactory.getLogger(Checkup.class);

    /** Until the first check of an endpoint at most: nobody should wait for the interval to be known as dead. */
    private static final int FIRST_MILLIS = 1_000;

    private final LoopChecks checks;
    private final Worker worker;
    private final Upstream upstream;
    private final Endpoint endpoint;
    private final HealthCheck check;
    private final Probe probe;
    private Future<?> next = CompletableFuture.completedFuture(null);
    private boolean running;
    private boolean stopped;
    private long beganNanos;

    Checkup(LoopChecks checks, Upstream upstream, Endpoint endpoint, HealthCheck check) {
        this.checks = checks;
        this.worker = checks.worker();
        this.upstream = upstream;
        this.endpoint = endpoint;
        this.check = check;
        this.probe = Probe.of(worker, upstream.id(), endpoint, check);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    HealthCheck check() {
        return check;
    }

    /** Whatever was found in another way counts no longer, once the first check has ended. */
    void start() {
        endpoint.health().forget();
        after(worker.random().nextInt(Math.min(check.intervalMillis(), FIRST_MILLIS)));
    }

    private void after(long millis) {
        next = worker.loop().schedule(() -> checks.due(this), millis, TimeUnit.MILLISECONDS);
    }

    /** Checks now. */
    void run() {
        running = true;
        beganNanos = System.nanoTime();
        probe.begin(this::ended);
    }

    private void ended(String problem) {
        running = false;
        worker.observer().checked(upstream.id(), problem.isEmpty());
        boolean turned = endpoint.health().observe(problem, check);
        boolean unhealthy = endpoint.health().verdict() == Health.Verdict.UNHEALTHY;
        endpoint.set(Endpoint.Absence.UNHEALTHY, unhealthy);
        if (turned) {
            tell(unhealthy, problem);
        }
        // Others that are due come before what is planned here.
        long spread = check.intervalMillis() / 10;
        long planned =
                check.intervalMillis() + (spread == 0 ? 0 : worker.random().nextLong(-spread, spread + 1));
        after(Math.max(0, planned - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos)));
        checks.ended();
    }

    private void tell(boolean unhealthy, String problem) {
        if (unhealthy) {
            LOG.warn("event=endpoint_unhealthy upstream={} endpoint={} reason={}", upstream, endpoint, problem);
        } else {
            LOG.info("event=endpoint_healthy upstream={} endpoint={}", upstream, endpoint);
        }
    }

    /** Checks no more; what was found stays. */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        next.cancel(false);
        checks.forget(this);
        probe.close();
        if (running) {
            running = false;
            checks.ended();
        }
    }
}
