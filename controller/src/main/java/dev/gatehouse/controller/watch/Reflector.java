package dev.gatehouse.controller.watch;

import dev.gatehouse.controller.watch.ResourceReader.Event;
import dev.gatehouse.controller.watch.ResourceReader.Page;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.parsetools.RecordParser;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists a collection and watches it from there on (Kubernetes API concepts, "Efficient detection of changes"). Remembers the version
 * of each object and nothing else of it. A watch that ends is taken up where it ended; one that the API server no longer can
 * take up (410 Gone) begins with a new listing, of which only what differs is passed on.
 *
 * <p>Lives on the event loop of its {@link ApiServer}: its sink is called there, and must not block. Failures are logged and tried
 * again until {@link #close()}.
 */
final class Reflector<T extends HasMetadata> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Reflector.class);
    private static final Duration ABSENT_RETRY = Duration.ofSeconds(30);
    private static final Duration LIST_SILENCE = Duration.ofSeconds(30);

    /** Bookmarks come every minute when nothing else does (KEP-956). */
    private static final Duration WATCH_SILENCE = Duration.ofSeconds(150);

    // As client-go does it: somewhere within, so that not all watches of a cluster are taken up at once.
    private static final int WATCH_SECONDS = 300;

    /** A watch that ends sooner than this is not taken up at once: whatever ends it would be asked without a pause. */
    private static final Duration BRIEF = Duration.ofSeconds(1);

    private static final int MAX_EVENT_BYTES = 16 * 1024 * 1024; // etcd takes objects of 1.5 MiB
    static final int TOO_MANY_REQUESTS = 429;

    private final ApiServer server;
    private final Source<T> source;
    private final ResourceReader<T> reader;
    private final Sink<T> sink;
    private final RandomGenerator random;
    private final Map<Name, String> versions = new HashMap<>();

    private String position = ""; // version of the collection that has been seen; empty: it is to be listed
    private boolean listed;
    private long watchBegan; // nanoseconds
    private int failures;
    private String lastProblem = "";
    private @Nullable HttpClientResponse answering;
    private volatile boolean watching;
    private volatile boolean closed;

    /** Takes what is seen. */
    interface Sink<T> {

        /** An object is there, or has a new version. It is the receiver's: nobody else keeps it. */
        void present(T object);

        void gone(String namespace, String name);

        /** Everything that there was has been passed on. Comes once. */
        void listed();
    }

    private record Name(String namespace, String name) {

        static Name of(ObjectMeta metadata) {
            return new Name(metadata.getNamespace() == null ? "" : metadata.getNamespace(), metadata.getName());
        }
    }

    /** Prepares; {@link #start()} begins. */
    Reflector(ApiServer server, Source<T> source, Sink<T> sink, RandomGenerator random) {
        this.server = server;
        this.source = source;
        this.reader = new ResourceReader<>(source.type());
        this.sink = sink;
        this.random = random;
    }

    /** Begins; returns at once. Any thread. */
    void start() {
        server.context().runOnContext(nothing -> list("", new HashSet<>()));
    }

    /** Whether nothing is missed at this moment: there is a live watch, or nothing to watch. Any thread. */
    boolean watching() {
        return watching;
    }

    /** Whether an object is there, as far as was seen. On the event loop. */
    boolean has(String namespace, String name) {
        return versions.containsKey(new Name(namespace, name));
    }

    private void list(String next, Set<Name> seen) {
        if (closed) {
            return;
        }
        ask(
                source.list(next),
                source.acceptOfList(),
                LIST_SILENCE,
                response -> response.body().onComplete((body, failure) -> {
                    if (failure != null) {
                        failed("a listing broke off: " + failure.getMessage());
                    } else {
                        guarded("a listing", () -> page(reader.page(body.getBytes()), seen));
                    }
                }));
    }

    private void page(Page<T> page, Set<Name> seen) {
        page.unreadable().forEach(metadata -> seen.add(Name.of(metadata)));
        for (T object : page.items()) {
            seen.add(Name.of(object.getMetadata()));
            present(object);
        }
        if (!page.next().isEmpty()) {
            list(page.next(), seen);
            return;
        }
        for (Name name : versions.keySet().stream()
                .filter(known -> !seen.contains(known))
                .toList()) {
            gone(name);
        }
        position = page.version();
        complete();
        watch();
    }

    private void complete() {
        if (!listed) {
            listed = true;
            sink.listed();
        }
    }

    private void present(T object) {
        String version = object.getMetadata().getResourceVersion();
        Name name = Name.of(object.getMetadata());
        if (!version.equals(versions.get(name))) {
            sink.present(object);
            versions.put(name, version);
        }
    }

    private void gone(Name name) {
        if (versions.remove(name) != null) {
            sink.gone(name.namespace(), name.name());
        }
    }

    private void watch() {
        if (closed) {
            return;
        }
        int seconds = WATCH_SECONDS + random.nextInt(WATCH_SECONDS);
        ask(source.watch(position, seconds), source.acceptOfWatch(), WATCH_SILENCE, response -> {
            RecordParser lines = RecordParser.newDelimited("\n", line -> event(response, line));
            lines.maxRecordSize(MAX_EVENT_BYTES);
            lines.exceptionHandler(e -> {
                position = "";
                ended(response, "an event is too large: " + e.getMessage());
            });
            answering = response;
            watching = true;
            watchBegan = System.nanoTime();
            recovered();
            response.handler(lines)
                    .endHandler(nothing -> ended(response, ""))
                    .exceptionHandler(e -> ended(response, "the watch broke off: " + e.getMessage()));
        });
    }

    private void event(HttpClientResponse from, Buffer line) {
        if (from.equals(answering)) {
            guarded("an event", () -> event(reader.event(line.getBytes())));
        }
    }

    private void event(Event<T> event) {
        switch (event.type()) {
            case "ADDED", "MODIFIED" -> {
                event.object().ifPresent(this::present);
                position = event.metadata().getResourceVersion();
            }
            case "DELETED" -> {
                gone(Name.of(event.metadata()));
                position = event.metadata().getResourceVersion();
            }
            case "BOOKMARK" -> position = event.metadata().getResourceVersion();
            case "ERROR" -> {
                HttpClientResponse response = answering;
                position = "";
                if (response != null) {
                    ended(response, event.code() == HttpURLConnection.HTTP_GONE ? "" : event.message());
                }
            }
            default -> LOG.debug("event=watch_event_unknown type={}", event.type());
        }
    }

    /** @param problem empty: it was to end, and is taken up at once unless it has only just begun */
    private void ended(HttpClientResponse response, String problem) {
        if (!response.equals(answering)) {
            return;
        }
        stopAnswer();
        if (!problem.isEmpty()) {
            failed(problem);
        } else if (System.nanoTime() - watchBegan < BRIEF.toNanos()) {
            retryIn(delay());
        } else {
            resume();
        }
    }

    private void stopAnswer() {
        HttpClientResponse response = answering;
        answering = null;
        watching = false;
        if (response != null) {
            response.request().reset();
        }
    }

    private void resume() {
        if (position.isEmpty()) {
            list("", new HashSet<>());
        } else {
            watch();
        }
    }

    /** What a sink throws, or what cannot be read at all, must not leave a watch dead: it begins anew. */
    private void guarded(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.error("event=watch_event_failed kind={}", source.type().getSimpleName(), e);
            position = "";
            stopAnswer();
            failed(what + " could not be taken: " + e.getMessage());
        }
    }

    private interface Answer {
        void take(HttpClientResponse response);
    }

    private void ask(String uri, String accept, Duration silence, Answer good) {
        server.get(uri, accept, silence).onComplete((response, failure) -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                failed(String.valueOf(failure.getMessage()));
            } else if (response.statusCode() == HttpURLConnection.HTTP_OK) {
                good.take(response);
            } else {
                response.body()
                        .onComplete(body -> refused(
                                response.statusCode(),
                                body.succeeded() ? body.result().toString() : ""));
            }
        });
    }

    private void refused(int status, String body) {
        if (status == HttpURLConnection.HTTP_GONE) {
            position = ""; // of the watch, or of a listing whose next page has expired
            retryIn(delay());
            return;
        }
        if (status == HttpURLConnection.HTTP_NOT_FOUND && source.optional()) {
            absent();
            return;
        }
        if (status < HttpURLConnection.HTTP_INTERNAL_ERROR && status != TOO_MANY_REQUESTS) {
            position = "";
        }
        failed(Refusals.explain(source, status, body));
    }

    private void absent() {
        List<Name> all = new ArrayList<>(versions.keySet());
        all.forEach(this::gone);
        position = "";
        recovered();
        watching = true;
        complete();
        retryIn(ABSENT_RETRY);
    }

    private void recovered() {
        if (!lastProblem.isEmpty()) {
            LOG.info("event=watch_restored kind={} attempts={}", source.type().getSimpleName(), failures);
        }
        failures = 0;
        lastProblem = "";
    }

    private void failed(String problem) {
        watching = false;
        if (!problem.equals(lastProblem)) { // once, not for each attempt
            LOG.warn("event=watch_failed kind={} reason=\"{}\"", source.type().getSimpleName(), problem);
            lastProblem = problem;
        }
        retryIn(delay());
    }

    private Duration delay() {
        return Retry.after(failures++);
    }

    private void retryIn(Duration delay) {
        if (!closed) {
            server.vertx().setTimer(delay.toMillis(), timer -> resume());
        }
    }

    /** Ends it: nothing is passed on any more after the event that is being passed on. Any thread. */
    @Override
    public void close() {
        closed = true;
        server.context().runOnContext(nothing -> stopAnswer());
    }
}
