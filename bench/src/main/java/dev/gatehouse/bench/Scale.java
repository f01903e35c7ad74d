package dev.gatehouse.bench;

import dev.gatehouse.bench.Figures.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures what many routes need. Controller and data plane are started anew at each size, as processes of their own against a real API
 * server: how long until the first answer, whether anything wrong is answered before, and what both hold when all is at rest.
 */
public final class Scale {

    private static final int ROUTES = 5_000;
    private static final int SLICES = 2;
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration BOUND = Duration.ofMinutes(1);
    private static final Duration REST = Duration.ofSeconds(10);
    private static final double KIB = 1024;
    private static final double MIB = KIB * KIB;

    private final Installation installation;
    private final Population population;
    private final Figures figures;

    private Scale(Installation installation, Figures figures) {
        this.installation = installation;
        this.population = new Population(installation.client(), installation.backend(), SLICES);
        this.figures = figures;
    }

    /** Arguments: the gatehouse program, the folder for the results, and how many Ingresses; then twice as many. */
    public static void main(String[] args) throws Exception {
        int routes = args.length > 2 ? Integer.parseInt(args[2]) : ROUTES;
        Figures figures = new Figures();
        Compiling.measure(figures, 2 * routes);
        try (Installation installation = new Installation(Path.of(args[0]))) {
            Scale scale = new Scale(installation, figures);
            long none = scale.measure(0, Bars.NONE);
            long some = scale.measure(routes, new Bars(300, 180, 5));
            long twice = scale.measure(2 * routes, new Bars(512, 250, 10));
            scale.slope((some - none) / routes, 0, routes);
            scale.slope((twice - some) / routes, routes, 2 * routes);
        }
        figures.write(Path.of(args[1]), "scale");
    }

    /** In MiB and seconds. */
    private record Bars(double controller, double dataPlane, double start) {
        static final Bars NONE = new Bars(Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE);
    }

    /** Returns the bytes of the data plane's live objects. */
    private long measure(int routes, Bars bars) throws IOException, InterruptedException {
        population.grow(routes);
        String last = routes == 0 ? Installation.BACKEND : Population.name(routes - 1);
        if (routes == 0) {
            installation.client().resource(Population.ingress(last, last, "/")).create();
        }
        long begun = System.nanoTime();
        Process controller = installation.launchController();
        double ready = awaitReady(begun);
        long joined = System.nanoTime();
        Process dataPlane = installation.startDataPlane();
        double served = awaitServed(last, joined);
        Installation.awaitStatuses();
        Thread.sleep(REST);
        if (routes > 0) {
            figures.add(
                    "cold start of the controller -> it serves its first snapshot",
                    routes,
                    "s",
                    Value.of("", ready, bars.start));
            figures.add("start of a data plane beside it -> first request served", routes, "s", Value.of("", served));
        }
        long controllerResident = Usage.resident(controller);
        long dataPlaneResident = Usage.resident(dataPlane);
        figures.add(
                "controller resident, with " + 2 * routes + " EndpointSlices",
                routes,
                "MiB",
                value("", controllerResident, bars.controller),
                Value.of("at most since its start", Usage.peak(controller) / MIB));
        figures.add(
                "data plane resident",
                routes,
                "MiB",
                value("", dataPlaneResident, bars.dataPlane),
                Value.of("at most since its start", Usage.peak(dataPlane) / MIB));
        long live = Usage.liveHeap(dataPlane);
        figures.add(
                "live heap after a collection",
                routes,
                "MiB",
                Value.of("controller", Usage.liveHeap(controller) / MIB),
                Value.of("data plane", live / MIB));
        Installation.end(dataPlane);
        Installation.end(controller);
        return live;
    }

    private static Value value(String name, long bytes, double bar) {
        return bar == Double.MAX_VALUE ? Value.of(name, bytes / MIB) : Value.of(name, bytes / MIB, bar);
    }

    private void slope(long bytesEach, int from, int to) {
        figures.add(
                "heap of the data plane for each further route, from " + from,
                to,
                "KiB",
                Value.of("", bytesEach / KIB, 4));
    }

    private static double awaitReady(long begun) {
        return await(
                "the controller never served snapshots",
                begun,
                () -> Installation.answers(Installation.CONTROLLER_ADMIN_PORT, "/readyz"));
    }

    /** Until then there may be no answer, but never a wrong one. */
    private static double awaitServed(String name, long begun) {
        return await("the data plane never served", begun, () -> {
            Probe.Answer answer;
            try (Probe probe = new Probe(name)) {
                answer = probe.ask("/");
            }
            if (!answer.isFrom(Installation.BACKEND)) {
                throw new WrongAnswerException(name + " was answered " + answer);
            }
            return true;
        });
    }

    private static final class WrongAnswerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WrongAnswerException(String message) {
            super(message);
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static double await(String otherwise, long begun, Condition condition) {
        while (true) {
            try {
                if (condition.holds()) {
                    return (System.nanoTime() - begun) / 1e9;
                }
            } catch (WrongAnswerException e) {
                throw e;
            } catch (RuntimeException | AssertionError e) {
                // nobody listens yet
            }
            if (System.nanoTime() - begun > BOUND.toNanos()) {
                throw new IllegalStateException(otherwise + "; see bench/target/*.log");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }
}
