package dev.gatehouse.controller.lead;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * A lock whose holder counts as silent since this replica last saw it write, whatever time it wrote: the clocks of machines differ, and
 * a replica whose clock is ahead would otherwise take the lock from a holder that is alive, again and again. As the leader election
 * of Kubernetes' own controllers has it.
 */
final class ObservedLock implements Lock {

    private final Lock lock;
    private final Clock clock;
    private Optional<Seen> seen = Optional.empty();

    /** Who held the lock at which version, and when that was news here. */
    private record Seen(String holder, ZonedDateTime written, ZonedDateTime here) {}

    ObservedLock(Lock lock, Clock clock) {
        this.lock = lock;
        this.clock = clock;
    }

    @Override
    public synchronized LeaderElectionRecord get(KubernetesClient client) {
        LeaderElectionRecord found = lock.get(client);
        if (found == null || found.getRenewTime() == null) {
            return found;
        }
        String holder = String.valueOf(found.getHolderIdentity());
        ZonedDateTime written = found.getRenewTime();
        Seen last = seen.filter(before -> before.holder.equals(holder) && before.written.isEqual(written))
                .orElseGet(() -> new Seen(holder, written, clock.instant().atZone(ZoneOffset.UTC)));
        seen = Optional.of(last);
        return found.toBuilder().renewTime(last.here).build();
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
        lock.create(client, record);
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
        lock.update(client, record);
    }

    @Override
    public String identity() {
        return lock.identity();
    }

    @Override
    public String describe() {
        return lock.describe();
    }
}
