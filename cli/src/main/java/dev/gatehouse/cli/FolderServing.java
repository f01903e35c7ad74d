package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderProblem;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.TicketKeys;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.control.ApplyResult;
import dev.gatehouse.snapshot.Snapshot;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Compiles what a folder holds for the data plane of the same process, and says what is wrong. Thread-safe. */
final class FolderServing implements AutoCloseable {
    private final World world;
    private final FleetKey fleet;
    private final DataPlane plane;
    private final PrintWriter err;
    private final SecureRandom random = new SecureRandom();
    private final ScheduledExecutorService rotation = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("session-tickets").daemon().factory());

    /** For nobody but this process, and as long as it lives. */
    private TicketKeys tickets = TicketKeys.create(random);

    /** @param err where problems are told */
    FolderServing(DataPlane plane, PrintWriter err) {
        WorldOptions surroundings = WorldOptions.folder();
        this.world = new World(surroundings);
        this.fleet = surroundings.defaultFleet();
        this.plane = plane;
        this.err = err;
        world.renew(tickets);
        long period = TicketKeys.PERIOD.toSeconds();
        var _ = rotation.scheduleAtFixedRate(this::rotateTickets, period, period, TimeUnit.SECONDS);
    }

    private synchronized void rotateTickets() {
        tickets = tickets.successor(random);
        show(world.renew(tickets));
    }

    /** Compiles a batch and puts it in force. Whether anything served has changed. */
    synchronized boolean take(FolderBatch batch) {
        for (FolderProblem problem : batch.problems()) {
            err.println(problem);
        }
        return show(world.apply(batch.changes()));
    }

    private boolean show(Outcome outcome) {
        outcome.verdicts()
                .forEach((object, verdict) -> verdict.findings()
                        .forEach(finding -> err.println(object + ": " + finding.field() + ": " + finding.message()
                                + " (" + finding.reason() + ")")));
        err.flush();
        if (outcome.fleet(fleet).isEmpty() && plane.receiver().synchronisedOnce()) {
            return false;
        }
        Snapshot next = world.snapshot(fleet);
        Snapshot.Difference difference = plane.receiver().announced().differenceTo(next);
        ApplyResult result = plane.receiver().apply(difference.updates(), difference.removed(), next.root());
        result.refused().forEach(refused -> err.println("refused: " + refused.reason()));
        result.error().ifPresent(error -> err.println("not applied: " + error));
        err.flush();
        return result.error().isEmpty();
    }

    @Override
    public void close() {
        rotation.shutdownNow();
    }
}
