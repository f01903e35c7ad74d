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
    private static final int WARM_UP = 1_000;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration IDLE = Duration.ofSeconds(4);

    private final Process controller;
    private final Process dataPlane;

    Costs(Process controller, Process dataPlane) {
        this.controller = controller;
        this.dataPlane = dataPlane;
    }

    /** Makes changes and tells what each one costs, in milliseconds: soon after the start, and warm; returns the latter's sum of both programs. */
    double measure(Figures figures, String what, int present, double bar, IntConsumer change)
            throws InterruptedException {
        double[] cold = each(0, change);
        for (int i = CHANGES; i < CHANGES + WARM_UP; i++) {
            change.accept(i);
            Thread.sleep(PAUSE);
        }
        Thread.sleep(IDLE.dividedBy(4));
        double[] warm = each(CHANGES + WARM_UP, change);
        figures.add(
                what + ": CPU each, the first " + CHANGES + " of them",
                present,
                "ms",
                Value.of("both", cold[0] + cold[1]),
                Value.of("controller", cold[0]),
                Value.of("data plane", cold[1]));
        figures.add(
                what + ": CPU each, " + CHANGES + " after " + (CHANGES + WARM_UP),
                present,
                "ms",
                Value.of("both", warm[0] + warm[1], bar),
                Value.of("controller", warm[0]),
                Value.of("data plane", warm[1]));
        return warm[0] + warm[1];
    }

    /** CPU time of each of so many changes: the controller's, the data plane's. */
    private double[] each(int first, IntConsumer change) throws InterruptedException {
        Duration controllerBefore = Usage.cpu(controller);
        Duration dataPlaneBefore = Usage.cpu(dataPlane);
        for (int i = first; i < first + CHANGES; i++) {
            change.accept(i);
            Thread.sleep(PAUSE);
        }
        Thread.sleep(PAUSE.multipliedBy(10));
        return new double[] {
            millis(Usage.cpu(controller).minus(controllerBefore)) / CHANGES,
            millis(Usage.cpu(dataPlane).minus(dataPlaneBefore)) / CHANGES
        };
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
