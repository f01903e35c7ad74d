package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.controller.publish.History;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.watch.ClusterSink;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which what was seen becomes what is published: parse, compile, publish, then tell the status. It takes
 * whatever has queued up as one batch, so it starts at once when idle and merges more the busier it is. Nothing is
 * published before the {@link FirstView} is complete. Between batches it looks at what waits for time to pass.
 */
final class Pipeline implements ClusterSink, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final long TICK_MILLIS = 500;

    /** Hosts that go within this time of each other go together: whoever deletes many objects deletes them one by one. */
    private static final Duration TOGETHER = Duration.ofSeconds(10);

    static final Duration SECRETS_PATIENCE = Duration.ofSeconds(5);

    private final World world;
    private final Publisher publisher;
    private final PipelineListener listener;
    private final History history;
    private final Waiting waiting;
    private final BooleanSupplier watching;
    private final Consumer<Set<ObjectKey>> secrets;
    private final BlockingQueue<Item> queue = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> compiled = new CompletableFuture<>();
    private final Thread thread;
    private final FirstView first;
    private volatile Set<ObjectKey> wanted = Set.of();
    private volatile boolean failed;
    private volatile Map<FleetKey, List<String>> held = Map.of();
    private long windowBegan = System.nanoTime();

    /**
     * One for a controller.
     *
     * @param history is told what is published, and why
     * @param waiting for how long what is held back or kept waits
     * @param watching whether what was seen of the cluster is how it is now
     * @param secrets has Secrets read of which only the metadata was seen
     * @param secretsPatience for how long the first publication waits for them
     */
    Pipeline(
            World world,
            Publisher publisher,
            PipelineListener listener,
            History history,
            Waiting waiting,
            BooleanSupplier watching,
            Consumer<Set<ObjectKey>> secrets,
            Duration secretsPatience) {
        this.history = history;
        this.waiting = waiting;
        this.watching = watching;
        this.secrets = secrets;
        this.first = new FirstView(secretsPatience);
        this.world = world;
        this.publisher = publisher;
        this.listener = listener;
        this.thread =
                Thread.ofPlatform().name("gatehouse-pipeline").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Completes on the pipeline's thread when the first complete view is published. */
    CompletableFuture<Void> compiled() {
        return compiled;
    }

    /**
     * Waits for {@link #compiled()}, and says what is missing each time that {@code patience} is over.
     *
     * @throws IllegalStateException if it could not be compiled
     */
    void awaitFirstView(Duration patience) throws InterruptedException {
        while (true) {
            try {
                compiled.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                LOG.warn("event=waiting_for_the_cluster missing=\"{}\"", missing());
            } catch (ExecutionException e) {
                throw new IllegalStateException("the first view of the cluster could not be compiled", e.getCause());
            }
        }
    }

    /** What was not seen yet, in words. */
    String missing() {
        return first.missing();
    }

    /** How many objects wait to be compiled. */
    int queued() {
        return queue.size();
    }

    /** False once a batch failed in a way that leaves the state in doubt: only a restart helps. */
    boolean healthy() {
        return !failed;
    }

    @Override
    public void present(HasMetadata object) {
        queue.add(new Item.Present(object, System.nanoTime()));
    }

    @Override
    public void presentUnread(ObjectMeta secret) {
        queue.add(new Item.PresentUnread(secret, System.nanoTime()));
    }

    @Override
    public void unreadable(ObjectKey secret, String why) {
        queue.add(new Item.Unreadable(secret, why));
    }

    @Override
    public boolean isWanted(ObjectKey secret) {
        return wanted.contains(secret);
    }

    @Override
    public void gone(ObjectKey key) {
        queue.add(new Item.Gone(key, System.nanoTime()));
    }

    @Override
    public void listed(Kind kind) {
        queue.add(new Item.Listed(kind));
    }

    /** Something is made with other keys from now on. Any thread. */
    void renewed(SharedKeys keys) {
        queue.add(new Item.Renewed(keys));
    }

    private void run() {
        List<Item> batch = new ArrayList<>();
        try {
            while (true) {
                Optional<Item> next = Optional.ofNullable(
                        waiting.anything() || !compiled.isDone()
                                ? queue.poll(TICK_MILLIS, TimeUnit.MILLISECONDS)
                                : queue.take());
                if (next.isPresent()) {
                    batch.add(next.get());
                    queue.drainTo(batch);
                    process(batch);
                    batch.clear();
                }
                tick(System.nanoTime());
            }
        } catch (InterruptedException e) {
            LOG.debug("event=pipeline_stopped");
        } catch (RuntimeException e) {
            failed = true;
            compiled.completeExceptionally(e);
            LOG.error(
                    "event=pipeline_failed batch=\"{}\" note=\"data planes keep what they have\"",
                    batch.stream().map(Item::text).toList(),
                    e);
        }
    }

    private void process(List<Item> batch) {
        List<Change> changes = new ArrayList<>(batch.size());
        long oldest = Long.MAX_VALUE;
        for (Item item : batch) {
            switch (item) {
                case Item.Present(HasMetadata object, long nanos) -> {
                    oldest = Math.min(oldest, nanos);
                    parse(object).ifPresent(model -> changes.add(new Change.Upsert(model)));
                }
                case Item.PresentUnread(ObjectMeta secret, long nanos) -> {
                    oldest = Math.min(oldest, nanos);
                    changes.add(new Change.Upsert(ModelParser.unreadSecret(secret)));
                }
                case Item.Unreadable(ObjectKey secret, String why) -> {
                    oldest = Math.min(oldest, System.nanoTime());
                    changes.add(new Change.Refuse(secret, why));
                }
                case Item.Gone(ObjectKey key, long nanos) -> {
                    oldest = Math.min(oldest, nanos);
                    listener.gone(key);
                    changes.add(new Change.Delete(key));
                }
                case Item.Listed(Kind kind) -> first.listed(kind);
                case Item.Renewed(SharedKeys keys) -> renew(keys);
            }
        }
        if (compiled.isDone()) {
            if (!changes.isEmpty()) {
                long now = System.nanoTime();
                if (now - windowBegan > TOGETHER.toNanos()) {
                    world.forgetLosses();
                    windowBegan = now;
                }
                Outcome outcome = settled(world.apply(changes));
                publish(outcome, Causes.of(changes));
                listener.compiled(outcome, changes.size(), System.nanoTime() - oldest);
            }
            return;
        }
        first.add(changes);
        if (first.isListed()) {
            settled(world.apply(first.take(System.nanoTime())));
        }
    }

    /** Has read what is to be read, and tells of mistakes of ours. */
    private Outcome settled(Outcome outcome) {
        wanted = world.wanted();
        if (!outcome.unread().isEmpty()) {
            secrets.accept(outcome.unread());
        }
        outcome.failures()
                .forEach((host, failure) -> LOG.error(
                        "event=host_not_compiled fleet={} host={} note=\"what it served stays\"",
                        host.fleet(),
                        host.host(),
                        failure));
        return outcome;
    }

    private void renew(SharedKeys keys) {
        long begin = System.nanoTime();
        Outcome outcome = settled(world.renew(keys));
        if (compiled.isDone()) {
            publish(outcome, List.of("keys were rotated"));
            listener.compiled(outcome, 0, System.nanoTime() - begin);
        }
    }

    /** Looks at what waits, and lets go what has waited for long enough. */
    private void tick(long now) {
        if (!compiled.isDone()) {
            if (first.readsSecrets() && (world.pending().isEmpty() || first.isOver(now))) {
                publishFirst();
            }
            return;
        }
        Map<FleetKey, List<String>> heldNow = new HashMap<>();
        world.fleets().forEach(fleet -> heldNow.put(fleet, world.held(fleet)));
        for (FleetKey fleet : waiting.look(heldNow, world.quarantined(), now)) {
            Waiting.tell(fleet, heldNow.getOrDefault(fleet, List.of()));
        }
        held = Map.copyOf(heldNow);
        for (FleetKey fleet : waiting.agreed(now)) {
            if (watching.getAsBoolean()) {
                LOG.warn("event=hold_ended fleet={} reason=\"it still stands after the hold time\"", fleet);
                settle(world.release(fleet), "a change that was held back and still stands after the hold time", now);
            }
        }
        List<ObjectKey> expired = waiting.expired(now);
        if (!expired.isEmpty()) {
            LOG.warn("event=last_good_version_dropped objects=\"{}\"", expired);
            settle(
                    world.apply(expired.stream().<Change>map(Change.Expire::new).toList()),
                    "the last good version of " + expired + " was kept for long enough",
                    now);
        }
    }

    private void settle(Outcome outcome, String cause, long begin) {
        settled(outcome);
        publish(outcome, List.of(cause));
        listener.compiled(outcome, 0, System.nanoTime() - begin);
    }

    /** The hosts of a fleet that a change would take away and that are held back. Any thread. */
    List<String> held(FleetKey fleet) {
        return held.getOrDefault(fleet, List.of());
    }

    /** How many there are of all fleets. Any thread. */
    int heldHosts() {
        return held.values().stream().mapToInt(List::size).sum();
    }

    /** How many Secrets are to be read before hosts that refer to them can change. Any thread. */
    int unreadSecrets() {
        return wanted.size();
    }

    private void publishFirst() {
        world.fleets().forEach(fleet -> {
            history.record(
                    fleet,
                    Instant.now(),
                    Snapshot.empty(),
                    world.snapshot(fleet),
                    List.of("the start of this replica"));
            publisher.publish(fleet, world.snapshot(fleet));
        });
        long nanos = System.nanoTime() - first.began();
        LOG.info(
                "event=first_view_compiled objects={} fleets={} millis={}",
                first.objects(),
                world.fleets().size(),
                nanos / 1_000_000);
        if (!world.pending().isEmpty()) {
            LOG.warn(
                    "event=first_view_incomplete hosts={} reason=\"Secrets that they refer to could not be read yet\"",
                    world.pending().size());
        }
        listener.compiled(world.everything(), first.objects(), nanos);
        compiled.complete(null);
    }

    private void publish(Outcome outcome, List<String> causes) {
        outcome.fleets().forEach((fleet, update) -> publisher.publish(fleet, update.after()));
        // Nobody waits for what people may want to know.
        outcome.fleets()
                .forEach((fleet, update) ->
                        history.record(fleet, Instant.now(), update.before(), update.after(), causes));
        for (FleetKey fleet : outcome.removedFleets()) {
            publisher.remove(fleet);
            history.remove(fleet);
        }
    }

    /** A mistake of ours in one object's parser is no reason to stop for the others: its last good version stays. */
    private Optional<ResourceModel> parse(HasMetadata object) {
        try {
            ResourceModel model = ModelParser.parse(object);
            listener.seen(object, model);
            return Optional.of(model);
        } catch (RuntimeException e) {
            LOG.error(
                    "event=parser_failed kind={} object={}/{}",
                    object.getKind(),
                    object.getMetadata().getNamespace(),
                    object.getMetadata().getName(),
                    e);
            return Optional.empty();
        }
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
