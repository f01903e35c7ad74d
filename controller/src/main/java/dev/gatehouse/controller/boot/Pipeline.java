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
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.watch.ClusterSink;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which what was seen becomes what is published: parse, compile, publish, then tell the status. It takes
 * whatever has queued up as one batch, so it starts at once when idle and merges more the busier it is. Nothing is
 * published before every kind was listed once.
 */
final class Pipeline implements ClusterSink, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private final World world;
    private final Publisher publisher;
    private final PipelineListener listener;
    private final BlockingQueue<Item> queue = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> compiled = new CompletableFuture<>();
    private final Thread thread;
    private volatile Set<Kind> awaited = EnumSet.allOf(Kind.class);
    private volatile boolean failed;
    private List<Change> first = new ArrayList<>();

    private sealed interface Item {

        record Present(HasMetadata object, long nanos) implements Item {}

        record Gone(ObjectKey key, long nanos) implements Item {}

        record Listed(Kind kind) implements Item {}

        record Renewed(SharedKeys keys) implements Item {}
    }

    Pipeline(World world, Publisher publisher, PipelineListener listener) {
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

    /** How many objects wait to be compiled. */
    int queued() {
        return queue.size();
    }

    /** The kinds that were not listed yet. */
    Set<Kind> awaited() {
        return awaited;
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
                batch.add(queue.take());
                queue.drainTo(batch);
                process(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            LOG.debug("event=pipeline_stopped");
        } catch (RuntimeException e) {
            failed = true;
            compiled.completeExceptionally(e);
            LOG.error("event=pipeline_failed batch=\"{}\" note=\"data planes keep what they have\"", names(batch), e);
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
                case Item.Gone(ObjectKey key, long nanos) -> {
                    oldest = Math.min(oldest, nanos);
                    listener.gone(key);
                    changes.add(new Change.Delete(key));
                }
                case Item.Listed(Kind kind) -> listedOnce(kind);
                case Item.Renewed(SharedKeys keys) -> renew(keys);
            }
        }
        if (compiled.isDone()) {
            if (!changes.isEmpty()) {
                Outcome outcome = world.apply(changes);
                publish(outcome);
                listener.compiled(outcome, changes.size(), System.nanoTime() - oldest);
            }
            return;
        }
        first.addAll(changes);
        if (awaited.isEmpty()) {
            compileFirst();
        }
    }

    private void renew(SharedKeys keys) {
        long begin = System.nanoTime();
        Outcome outcome = world.renew(keys);
        if (compiled.isDone()) {
            publish(outcome);
            listener.compiled(outcome, 0, System.nanoTime() - begin);
        }
    }

    private void listedOnce(Kind kind) {
        if (awaited.contains(kind)) {
            Set<Kind> rest = EnumSet.copyOf(awaited);
            rest.remove(kind);
            awaited = rest;
        }
    }

    private void compileFirst() {
        long begin = System.nanoTime();
        Outcome outcome = world.apply(first);
        int objects = first.size();
        first = List.of();
        world.fleets().forEach(fleet -> publisher.publish(fleet, world.snapshot(fleet)));
        long nanos = System.nanoTime() - begin;
        LOG.info(
                "event=first_view_compiled objects={} fleets={} millis={}",
                objects,
                world.fleets().size(),
                nanos / 1_000_000);
        listener.compiled(outcome, objects, nanos);
        compiled.complete(null);
    }

    private void publish(Outcome outcome) {
        outcome.fleets().forEach((fleet, update) -> publisher.publish(fleet, update.after()));
        for (FleetKey fleet : outcome.removedFleets()) {
            publisher.remove(fleet);
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

    private static List<String> names(List<Item> batch) {
        return batch.stream()
                .map(item -> switch (item) {
                    case Item.Present(HasMetadata object, long nanos) ->
                        object.getKind() + " " + object.getMetadata().getNamespace() + "/"
                                + object.getMetadata().getName();
                    case Item.Gone(ObjectKey key, long nanos) -> "delete of " + key;
                    case Item.Listed(Kind kind) -> "listing of " + kind.text();
                    case Item.Renewed(SharedKeys keys) -> keys.toString();
                })
                .toList();
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
