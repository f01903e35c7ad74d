package dev.gatehouse.bench;

import dev.gatehouse.bench.Figures.Value;
import java.time.Duration;
import java.util.function.IntConsumer;

/**
 * CPU time of both programs for each change, each written when the one before is long served, so that none is merged with another.
 * Gross: what the programs use while nothing changes is in it, and told beside it.
 */
final class Costs {

    private static final int CHANGES = 400; // the kernel counts CPU time in hundredths of a second
    private static final int WARM_UP = 200;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration IDLE = Duration.ofSeconds(4);

    private final Process controller;
    private final Process dataPlane;

    Costs(Process controller, Process dataPlane) {
        this.controller = controller;
        this.dataPlane = dataPlane;
    }

    /** Makes changes and tells what each one costs, in milliseconds; returns the sum of both programs. */
    double measure(Figures figures, String what, int present, double bar, IntConsumer change)
            throws InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            change.accept(i);
            Thread.sleep(PAUSE);
        }
        Thread.sleep(IDLE.dividedBy(4));
        Duration controllerBefore = Usage.cpu(controller);
        Duration dataPlaneBefore = Usage.cpu(dataPlane);
        for (int i = WARM_UP; i < WARM_UP + CHANGES; i++) {
            change.accept(i);
            Thread.sleep(PAUSE);
        }
        Thread.sleep(PAUSE.multipliedBy(10));
        double ofController = millis(Usage.cpu(controller).minus(controllerBefore)) / CHANGES;
        double ofDataPlane = millis(Usage.cpu(dataPlane).minus(dataPlaneBefore)) / CHANGES;
        figures.add(
                what + ": CPU each, " + CHANGES + " times",
                present,
                "ms",
                Value.of("both", ofController + ofDataPlane, bar),
                Value.of("controller", ofController),
                Value.of("data plane", ofDataPlane));
        return ofController + ofDataPlane;
    }

    /** What both use in a second in which nothing happens, in milliseconds. */
    void idle(Figures figures, int present) throws InterruptedException {
        Duration controllerBefore = Usage.cpu(controller);
        Duration dataPlaneBefore = Usage.cpu(dataPlane);
        Thread.sleep(IDLE);
        figures.add(
                "nothing changes: CPU per second",
                present,
                "ms",
                Value.of("controller", millis(Usage.cpu(controller).minus(controllerBefore)) / IDLE.toSeconds()),
                Value.of("data plane", millis(Usage.cpu(dataPlane).minus(dataPlaneBefore)) / IDLE.toSeconds()));
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
