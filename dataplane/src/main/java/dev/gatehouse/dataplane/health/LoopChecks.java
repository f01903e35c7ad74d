package dev.gatehouse.dataplane.health;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The checks of one event loop, of which so many run at a time and the others wait for their turn. Event loop only. */
final class LoopChecks {
    /** Enough for thousands of endpoints every few seconds, and no burst that anybody feels. */
    private static final int MAX_RUNNING = 32;

    private final Worker worker;
    private final Map<Upstream, Map<Endpoint, Checkup>> checkups = new HashMap<>();
    private final ArrayDeque<Checkup> due = new ArrayDeque<>();
    private int running;
    private boolean closed;

    LoopChecks(Worker worker) {
        this.worker = worker;
    }

    Worker worker() {
        return worker;
    }

    /** Checks the endpoints that the upstream has now, in the way that it asks for now. */
    void follow(Upstream upstream) {
        HealthCheck wanted = upstream.healthCheck().orElse(null);
        if (wanted == null || closed) {
            Map<Endpoint, Checkup> stopped = checkups.remove(upstream);
            if (stopped != null) {
                stopped.forEach((endpoint, checkup) -> {
                    checkup.stop();
                    acquit(endpoint);
                });
            }
            return;
        }
        Map<Endpoint, Checkup> known = checkups.computeIfAbsent(upstream, any -> new HashMap<>());
        List<Endpoint> endpoints = upstream.endpoints();
        for (Iterator<Checkup> all = known.values().iterator(); all.hasNext(); ) {
            Checkup checkup = all.next();
            if (!endpoints.contains(checkup.endpoint()) || !checkup.check().equals(wanted)) {
                checkup.stop();
                all.remove();
            }
        }
        for (Endpoint endpoint : endpoints) {
            known.computeIfAbsent(endpoint, any -> {
                Checkup checkup = new Checkup(this, upstream, endpoint, wanted);
                checkup.start();
                return checkup;
            });
        }
    }

    /** Who is not checked is not unhealthy. */
    private static void acquit(Endpoint endpoint) {
        endpoint.health().forget();
        endpoint.set(Endpoint.Absence.UNHEALTHY, false);
    }

    /** It is time for a check: now, or as soon as fewer are running. */
    void due(Checkup checkup) {
        if (running < MAX_RUNNING) {
            running++;
            checkup.run();
        } else {
            due.add(checkup);
        }
    }

    /** It waits no longer. */
    void forget(Checkup checkup) {
        due.remove(checkup);
    }

    /** A check that was running is over. */
    void ended() {
        running--;
        Checkup next = due.poll();
        if (next != null) {
            running++;
            next.run();
        }
    }

    void close() {
        closed = true;
        due.clear();
        checkups.values().forEach(all -> all.values().forEach(Checkup::stop));
        checkups.clear();
    }
}
