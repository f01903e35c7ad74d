package dev.gatehouse.controller.lead;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in the election by a Lease of the controller's namespace, again and again for as long as it is open: who lost it
 * stands again. The duty is taken up and laid down on a thread of its own, one after the other.
 */
public final class Leadership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
    private static final long LAY_DOWN_SECONDS = 5;

    private final KubernetesClient client;
    private final Seat seat;
    private final Duty duty;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("gatehouse-lead").daemon().factory());
    private volatile boolean leading;
    private volatile boolean closed;
    private volatile String leader = "";
    private volatile CompletableFuture<?> candidacy = CompletableFuture.completedFuture(null);

    /**
     * What is stood for.
     *
     * @param namespace of the Lease
     * @param name of the Lease
     * @param identity of this candidate: unique among them
     * @param owners with whom the Lease is to go
     * @param duration others take over when the holder was silent for this long
     * @param renewDeadline the holder gives up when it could not renew for this long; less than {@code duration}
     * @param retryPeriod between two attempts
     */
    public record Seat(
            String namespace,
            String name,
            String identity,
            List<OwnerReference> owners,
            Duration duration,
            Duration renewDeadline,
            Duration retryPeriod) {}

    /** What a leader does. May block: calls never overlap. */
    public interface Duty {

        void takeUp();

        void layDown();
    }

    private Leadership(KubernetesClient client, Seat seat, Duty duty) {
        this.client = client;
        this.seat = seat;
        this.duty = duty;
    }

    /** Stands for election; returns at once. */
    public static Leadership start(KubernetesClient client, Seat seat, Duty duty) {
        Leadership leadership = new Leadership(client, seat, duty);
        leadership.stand();
        return leadership;
    }

    /** Whether this replica holds the Lease, as far as it knows. */
    public boolean leading() {
        return leading;
    }

    /** Who was last seen to hold the Lease; empty before anybody was. */
    public String leader() {
        return leader;
    }

    private void stand() {
        var config = new LeaderElectionConfigBuilder()
                .withName(seat.name)
                .withLock(new ObservedLock(new LeaseLock(metadata(), seat.identity), Clock.systemUTC()))
                .withLeaseDuration(seat.duration)
                .withRenewDeadline(seat.renewDeadline)
                .withRetryPeriod(seat.retryPeriod)
                .withReleaseOnCancel(true)
                .withLeaderCallbacks(new LeaderCallbacks(this::gained, this::lost, this::seen))
                .build();
        CompletableFuture<?> term =
                client.leaderElector().withConfig(config).build().start();
        candidacy = term;
        var _ = term.whenComplete((nothing, failure) -> {
            if (!closed) {
                LOG.warn("event=election_again lease={}/{}", seat.namespace, seat.name, failure);
                CompletableFuture.delayedExecutor(seat.retryPeriod.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(this::stand);
            }
        });
        if (closed) {
            term.cancel(true);
        }
    }

    private ObjectMeta metadata() {
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace(seat.namespace);
        metadata.setName(seat.name);
        metadata.setOwnerReferences(seat.owners);
        return metadata;
    }

    private void gained() {
        leading = true;
        LOG.info("event=leadership_gained identity={}", seat.identity);
        run(duty::takeUp);
    }

    private void lost() {
        boolean did = leading;
        leading = false;
        if (did) {
            LOG.info("event=leadership_lost identity={}", seat.identity);
            run(duty::layDown);
        }
    }

    private void seen(String identity) {
        leader = identity;
    }

    private void run(Runnable step) {
        try {
            thread.execute(() -> {
                try {
                    step.run();
                } catch (RuntimeException e) {
                    LOG.error("event=duty_failed identity={}", seat.identity, e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("event=duty_closed");
        }
    }

    /** Gives the Lease back, so that another takes over at once, and lays the duty down. Blocks for some seconds at most. */
    @Override
    public void close() {
        closed = true;
        candidacy.cancel(true);
        lost();
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LAY_DOWN_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
