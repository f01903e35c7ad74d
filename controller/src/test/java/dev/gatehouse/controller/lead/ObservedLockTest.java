package dev.gatehouse.controller.lead;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ObservedLockTest {

    private static final ZonedDateTime THERE = ZonedDateTime.parse("2026-01-01T00:00:00Z");

    private final KubernetesClient unused = new KubernetesClientBuilder().build();
    private final Held held = new Held();
    private final MovedClock clock = new MovedClock();
    private final ObservedLock lock = new ObservedLock(held, clock);

    @AfterEach
    void close() {
        unused.close();
    }

    /** The time here, a minute ahead of the holder's. */
    private static final class MovedClock extends Clock {

        private Instant now = Instant.parse("2026-01-01T00:01:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** What stands in the Lease. */
    private static final class Held implements Lock {

        private @Nullable LeaderElectionRecord record;

        void renewed(String holder, ZonedDateTime at) {
            record = new LeaderElectionRecord(holder, Duration.ofSeconds(15), THERE, at, 0);
        }

        @Override
        public @Nullable LeaderElectionRecord get(KubernetesClient client) {
            return record;
        }

        @Override
        public void create(KubernetesClient client, LeaderElectionRecord next) {
            record = next;
        }

        @Override
        public void update(KubernetesClient client, LeaderElectionRecord next) {
            record = next;
        }

        @Override
        public String identity() {
            return "me";
        }

        @Override
        public String describe() {
            return "held";
        }
    }

    private Instant renewed() {
        LeaderElectionRecord record = lock.get(unused);
        assertThat(record).isNotNull();
        return record.getRenewTime().toInstant();
    }

    @Test
    void aHolderIsSilentSinceItWasLastSeenToWrite() {
        held.renewed("other", THERE);
        Instant seen = clock.now;
        assertThat(renewed()).isEqualTo(seen);
        clock.now = seen.plusSeconds(20);
        assertThat(renewed()).as("nothing new: silent for 20 s").isEqualTo(seen);

        held.renewed("other", THERE.plusSeconds(2));
        assertThat(renewed()).as("alive, whatever its clock says").isEqualTo(seen.plusSeconds(20));
        clock.now = seen.plusSeconds(25);
        held.renewed("third", THERE.plusSeconds(2));
        assertThat(renewed()).as("somebody else").isEqualTo(seen.plusSeconds(25));
    }
}
