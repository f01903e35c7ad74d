package dev.gatehouse.controller.status;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what objects show into line with what is known of them, one by one, on a thread and with a client of its own.
 * Writes only while leading and only what differs, and no faster than it is allowed to.
 */
public final class StatusWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);
    private static final Duration LOOK_AGAIN = Duration.ofHours(1); // for certificates that come close to their end
    private static final long RETRY_MILLIS = 1_000;
    private static final int BUSY = 50;

    private final StatusBoard board;
    private final Publisher publisher;
    private final ReplicaReceipts receipts;
    private final StatusSettings settings;
    private final Clock clock;
    private final BooleanSupplier leading;
    private final StatusClient client;
    private final EventWriter events;
    private final LiveNews news = new LiveNews();
    private final Thread thread;
    private final LongAdder writes = new LongAdder();

    /** @param client blocks; nobody else should have to wait for it */
    public StatusWriter(
            KubernetesClient client,
            StatusBoard board,
            Publisher publisher,
            ReplicaReceipts receipts,
            StatusSettings settings,
            BooleanSupplier leading,
            Clock clock) {
        this.board = board;
        this.publisher = publisher;
        this.receipts = receipts;
        this.settings = settings;
        this.leading = leading;
        this.clock = clock;
        Pace pace = new Pace(settings.writesPerSecond());
        this.client = new StatusClient(client, pace);
        this.events = new EventWriter(client, pace, settings.identity(), clock);
        this.thread = Thread.ofPlatform().name("gatehouse-status").daemon(true).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Statuses written since the start. */
    public long writes() {
        return writes.sum();
    }

    private void run() {
        try {
            long lookAgain = System.nanoTime() + LOOK_AGAIN.toNanos();
            while (true) {
                long now = System.nanoTime();
                if (now - lookAgain >= 0) {
                    board.lookAtAll();
                    lookAgain = now + LOOK_AGAIN.toNanos();
                }
                news.due(now).ifPresent(this::tellAgain);
                long patience = Math.min(lookAgain - now, news.untilDue(now));
                Optional<ObjectKey> next = board.next(Duration.ofNanos(patience));
                if (next.isPresent() && leading.getAsBoolean()) {
                    tell(next.get());
                } else if (next.isPresent()) {
                    board.programmed(next.get(), true); // not ours to tell: who leads next looks at everything
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("event=status_stopped");
        }
    }

    private void tellAgain(ObjectKey key) {
        board.programmed(key, false);
        board.look(key);
    }

    private void tell(ObjectKey key) throws InterruptedException {
        Optional<Told> found = board.told(key);
        Optional<Verdict> verdict = found.flatMap(Told::verdict);
        if (found.isEmpty() || verdict.isEmpty()) {
            return;
        }
        try {
            tell(key, found.get(), verdict.get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return; // deleted meanwhile: its watch will say so
            }
            LOG.warn("event=status_not_written object=\"{}\" reason=\"{}\"", key, e.getMessage());
            Thread.sleep(RETRY_MILLIS);
            board.look(key);
        } catch (RuntimeException e) {
            LOG.error("event=status_failed object=\"{}\"", key, e);
        }
    }

    private void tell(ObjectKey key, Told told, Verdict verdict) throws InterruptedException {
        Instant now = clock.instant();
        Optional<Shown> wanted = wanted(key, told, verdict, now);
        if (wanted.isPresent() && !wanted.equals(told.shown())) {
            client.write(key, wanted.get());
            writes.increment();
            board.written(key, told.uid(), wanted.get());
        }
        tellLive(key, told, verdict);
        if (verdict.ours()) {
            List<Finding> findings = new ArrayList<>(verdict.findings());
            findings.addAll(CertificateEnds.findings(told.secrets(), board::certificateEnd, now));
            events.tell(key, told.uid(), findings);
        }
    }

    /** Empty: nothing of this object is ours to write. */
    private Optional<Shown> wanted(ObjectKey key, Told told, Verdict verdict, Instant now) {
        if (key.kind() == Kind.PROXY_FLEET) {
            FleetKey fleet = new FleetKey(key.namespace(), key.name());
            List<Condition> before = told.shown()
                    .map(shown -> ((Shown.Fleet) shown).conditions())
                    .orElse(List.of());
            return Optional.of(new Shown.Fleet(RouteConditions.ofFleet(
                    verdict,
                    Programming.ofFleet(publisher.snapshot(fleet).orElse(Snapshot.empty()), receipts.all(fleet)),
                    settings.rollbackProblem().apply(fleet),
                    before,
                    now)));
        }
        if (key.kind() == Kind.INGRESS) {
            List<String> addresses = verdict.ours() && verdict.accepted()
                    ? verdict.fleet().map(this::addresses).orElse(List.of())
                    : List.of();
            return verdict.ours() || told.mine() ? Optional.of(new Shown.Addresses(addresses)) : Optional.empty();
        }
        if (key.kind() == Kind.PROXY_POLICY) {
            var before = told.shown()
                    .map(shown -> ((Shown.Policy) shown).conditions())
                    .orElse(List.of());
            return Optional.of(new Shown.Policy(RouteConditions.ofPolicy(verdict, before, now), verdict.users()));
        }
        if (key.kind() == Kind.PROXY_ROUTE) {
            if (!verdict.ours()) {
                return told.mine() ? Optional.of(Shown.Conditions.NONE) : Optional.empty();
            }
            Programming progress = progress(verdict);
            board.programmed(key, progress.done());
            Shown.Conditions before =
                    told.shown().map(Shown.Conditions.class::cast).orElse(Shown.Conditions.NONE);
            return Optional.of(new Shown.Conditions(
                    RouteConditions.of(verdict, progress, before.conditions(), now),
                    RouteConditions.ofRules(verdict, before.rules(), now)));
        }
        return Optional.empty();
    }

    private Programming progress(Verdict verdict) {
        return verdict.fleet()
                .map(fleet -> Programming.of(
                        verdict, publisher.snapshot(fleet).orElse(Snapshot.empty()), receipts.all(fleet)))
                .orElse(new Programming(Snapshot.empty().root(), 0, 0, Duration.ZERO, List.of()));
    }

    /**
     * An Ingress has no conditions, so an Event says that a change of it is live. Where changes come faster than they can be told,
     * statuses go first.
     */
    private void tellLive(ObjectKey key, Told told, Verdict verdict) throws InterruptedException {
        if (key.kind() != Kind.INGRESS || !board.isUnprogrammed(key)) {
            return;
        }
        Programming progress = progress(verdict);
        if (!verdict.ours() || !verdict.accepted()) {
            board.programmed(key, true);
        } else if (progress.done() && progress.refusals().isEmpty() && !isServedInstead(verdict)) {
            board.programmed(key, true);
            if (board.waiting() < BUSY && news.now(key, System.nanoTime())) {
                events.live(key, told.uid(), verdict.generation(), progress.text());
            }
        }
    }

    private static boolean isServedInstead(Verdict verdict) {
        return verdict.findings().stream()
                .map(Finding::reason)
                .anyMatch(reason -> reason.equals(Reasons.HELD)
                        || reason.equals(Reasons.ROLLED_BACK)
                        || reason.equals(Reasons.NOT_COMPILED));
    }

    private List<String> addresses(FleetKey fleet) {
        return settings.addresses().isEmpty() ? board.addresses(fleet) : settings.addresses();
    }

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
