package dev.gatehouse.controller.ocsp;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the answers about all certificates that are served fresh, for as long as it is open. Whoever leads has one; the answers are
 * read by all replicas where they are kept, so that all compile the same. Works on a thread of its own.
 */
public final class StatusKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusKeeper.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
    private static final int AT_ONCE = 8;

    private final Supplier<Collection<Snapshot>> snapshots;
    private final StatusStore store;
    private final OcspSettings settings;
    private final Counts counts;
    private final Semaphore news = new Semaphore(0);
    private final Thread thread;
    private final Map<Digest, Optional<Subject>> subjects = new HashMap<>();
    private final Map<String, CertificateStatus> kept = new HashMap<>();
    private final Map<String, Appointment> appointments = new HashMap<>();

    /** What came of asking, since the start of the process. */
    public record Counts(LongAdder good, LongAdder revoked, LongAdder failed) {

        public Counts() {
            this(new LongAdder(), new LongAdder(), new LongAdder());
        }
    }

    private StatusKeeper(
            Supplier<Collection<Snapshot>> snapshots, StatusStore store, OcspSettings settings, Counts counts) {
        this.snapshots = snapshots;
        this.store = store;
        this.settings = settings;
        this.counts = counts;
        this.thread = Thread.ofPlatform().name("gatehouse-ocsp").daemon(true).unstarted(this::run);
    }

    /**
     * Begins; returns at once.
     *
     * @param snapshots of all fleets, whose certificates are asked about
     */
    public static StatusKeeper start(
            Supplier<Collection<Snapshot>> snapshots, StatusStore store, OcspSettings settings, Counts counts) {
        StatusKeeper keeper = new StatusKeeper(snapshots, store, settings, counts);
        keeper.thread.start();
        return keeper;
    }

    /** There may be other certificates than before. Any thread; does not block. */
    public void look() {
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    private void run() {
        boolean loaded = false;
        try (ExecutorService callers = Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofVirtual().name("gatehouse-ocsp-", 0).factory())) {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    if (!loaded) {
                        kept.putAll(store.load());
                        kept.forEach((name, status) -> appointments.put(
                                name,
                                Appointment.taking(status, settings.clock().instant())));
                        loaded = true;
                    }
                    round(callers);
                } catch (RuntimeException e) {
                    LOG.warn("event=ocsp_round_failed reason=\"{}\" action=\"tried again\"", e.getMessage());
                    Thread.sleep(LOOK_AGAIN);
                }
                var _ = news.tryAcquire(untilNext().toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("event=ocsp_stopped");
        }
    }

    /** Until somebody is to be asked; bounded, since clocks are set. */
    private Duration untilNext() {
        Instant now = settings.clock().instant();
        Duration next = appointments.values().stream()
                .map(one -> Duration.between(now, one.due()))
                .min(Duration::compareTo)
                .orElse(LOOK_AGAIN);
        return next.isNegative() ? Duration.ofMillis(1) : next.compareTo(LOOK_AGAIN) < 0 ? next : LOOK_AGAIN;
    }

    private void round(ExecutorService callers) throws InterruptedException {
        Map<String, Subject> served = served();
        for (String gone : List.copyOf(kept.keySet())) {
            if (!served.containsKey(gone)) {
                store.remove(gone);
                kept.remove(gone);
            }
        }
        appointments.keySet().retainAll(served.keySet());
        Instant now = settings.clock().instant();
        Map<String, Future<CertificateStatus>> asked = new HashMap<>();
        served.forEach((name, subject) -> {
            if (!appointments
                    .computeIfAbsent(name, n -> Appointment.now(now))
                    .due()
                    .isAfter(now)) {
                Callable<CertificateStatus> call = () -> ask(subject);
                asked.put(name, callers.submit(call));
            }
        });
        for (Map.Entry<String, Future<CertificateStatus>> entry : asked.entrySet()) {
            String name = entry.getKey();
            try {
                take(name, entry.getValue().get());
            } catch (ExecutionException e) {
                appointments.computeIfPresent(
                        name, (n, last) -> last.afterFailure(settings.clock().instant(), settings.retry()));
                counts.failed.increment();
                LOG.warn(
                        "event=ocsp_failed certificate=\"{}\" responder={} reason=\"{}\"",
                        Optional.ofNullable(served.get(name))
                                .map(one -> one.leaf().getSubject())
                                .orElseThrow(),
                        Optional.ofNullable(served.get(name))
                                .map(Subject::responder)
                                .orElseThrow(),
                        e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
            }
        }
    }

    private CertificateStatus ask(Subject subject) throws OcspException {
        byte[] answer = new ResponderCall(settings.patience())
                .post(
                        subject.responder(),
                        new ResponderAddress(settings.internalResponders()).of(subject.responder()),
                        OcspAnswer.request(subject));
        return OcspAnswer.judge(answer, subject, settings.clock().instant());
    }

    private void take(String name, CertificateStatus status) {
        (status instanceof CertificateStatus.Good ? counts.good : counts.revoked).increment();
        Appointment next = Appointment.after(status, settings.clock().instant());
        if (!status.equals(kept.get(name))) {
            store.put(name, status);
            kept.put(name, status);
        }
        appointments.put(name, next);
    }

    /** The certificates of fleets that staple, by the name under which answers are kept. */
    private Map<String, Subject> served() {
        Map<String, Subject> served = new HashMap<>();
        Map<Digest, Optional<Subject>> seen = new HashMap<>();
        for (Snapshot snapshot : snapshots.get()) {
            if (staples(snapshot)) {
                snapshot.forEach(shard -> {
                    if (shard.id().kind() == ShardKind.CERTIFICATE) {
                        Optional<Subject> subject = subjects.computeIfAbsent(shard.digest(), d -> subject(shard));
                        seen.put(shard.digest(), subject);
                        subject.ifPresent(one -> served.put(one.name(), one));
                    }
                });
            }
        }
        subjects.keySet().retainAll(seen.keySet());
        return served;
    }

    private static boolean staples(Snapshot snapshot) {
        try {
            Optional<Shard> listener = snapshot.get(ShardId.listener("https"));
            return listener.isPresent() && !listener.get().body().getListener().getOcspStaplingOff();
        } catch (CorruptShardException e) {
            throw new IllegalStateException("a snapshot of our own cannot be read", e);
        }
    }

    private static Optional<Subject> subject(Shard shard) {
        try {
            List<ByteString> chain =
                    new ArrayList<>(shard.body().getCertificate().getChainList());
            return Subject.of(chain);
        } catch (CorruptShardException e) {
            throw new IllegalStateException("a snapshot of our own cannot be read", e);
        }
    }

    /** Stops; what is kept stays. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
