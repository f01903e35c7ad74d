package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderBatch;
import dev.gatehouse.controller.folder.FolderProblem;
import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.ConfigMapModel;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.controller.ocsp.OcspSettings;
import dev.gatehouse.controller.ocsp.StatusKeeper;
import dev.gatehouse.controller.ocsp.StatusStore;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.control.ApplyResult;
import dev.gatehouse.snapshot.Snapshot;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
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
    private SharedKeys tickets = SharedKeys.create(KeyPurpose.SESSION_TICKETS, random);

    private final StatusKeeper issuers;

    /**
     * One of a data plane.
     *
     * @param err where problems are told
     * @param asking how issuers are asked about certificates
     */
    FolderServing(DataPlane plane, PrintWriter err, OcspSettings asking) {
        WorldOptions surroundings = WorldOptions.folder();
        this.world = new World(surroundings);
        this.fleet = surroundings.defaultFleet();
        this.plane = plane;
        this.err = err;
        world.renew(tickets);
        world.renew(SharedKeys.create(KeyPurpose.STICKY_SESSIONS, random));
        issuers = StatusKeeper.start(() -> List.of(snapshot()), new Answers(), asking, new StatusKeeper.Counts());
        long period = KeyPurpose.SESSION_TICKETS.period().toSeconds();
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
        boolean changed = show(world.apply(batch.changes()));
        issuers.look();
        return changed;
    }

    private synchronized Snapshot snapshot() {
        return world.snapshot(fleet);
    }

    private synchronized void apply(Change change) {
        show(world.apply(List.of(change)));
    }

    /** What issuers say goes into the world as if it stood in a ConfigMap, and nowhere else. */
    private final class Answers implements StatusStore {
        private ObjectKey key(String name) {
            return ObjectKey.configMap(WorldOptions.folder().namespace(), name);
        }

        @Override
        public Map<String, CertificateStatus> load() {
            return Map.of();
        }

        @Override
        public void put(String name, CertificateStatus status) {
            apply(new Change.Upsert(ConfigMapModel.of(key(name), status)));
        }

        @Override
        public void remove(String name) {
            apply(new Change.Delete(key(name)));
        }
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
        issuers.close();
    }
}
