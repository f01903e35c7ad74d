package dev.gatehouse.controller.watch;

import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.vertx.core.buffer.Buffer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads single Secrets whose content is wanted. What it passes on is at least as new as every version that a watch told of before:
 * an answer to a question that was asked earlier is thrown away. Whether a Secret is there is for the watches alone to say.
 *
 * <p>Lives on the event loop of its {@link ApiServer}. Failures are tried again for as long as the Secret is wanted.
 */
final class SecretReader {

    private static final Logger LOG = LoggerFactory.getLogger(SecretReader.class);

    /** Many are wanted at once when a controller starts: each question holds a connection. */
    private static final int AT_ONCE = 8;

    private static final Duration SILENCE = Duration.ofSeconds(30);

    /** So many times in a row, for some 20 s, an API server may be in trouble before hosts that wait are told. */
    private static final int PATIENCE = 10;

    private final ApiServer server;
    private final ClusterSink sink;
    private final ResourceReader<Secret> reader = new ResourceReader<>(Secret.class);
    private final Map<ObjectKey, Reading> readings = new HashMap<>();
    private final ArrayDeque<Reading> line = new ArrayDeque<>();
    private int asking;
    private volatile boolean closed;

    /** One that is to be read, until it has been. */
    private static final class Reading {
        private final ObjectKey key;
        private final boolean wantedOrNot;
        private State state = State.IN_LINE;
        private boolean outdated;
        private long timer;
        private int failures;
        private String problem = "";
        private String told = "";

        private Reading(ObjectKey key, boolean wantedOrNot) {
            this.key = key;
            this.wantedOrNot = wantedOrNot;
        }
    }

    private enum State {
        IN_LINE,
        ASKED,
        PAUSED
    }

    private record Answer(int status, Buffer body) {}

    SecretReader(ApiServer server, ClusterSink sink) {
        this.server = server;
        this.sink = sink;
    }

    /** Reads them, if that is not going on anyway. Returns at once. Any thread. */
    void read(Collection<ObjectKey> secrets) {
        server.context().runOnContext(nothing -> {
            if (!closed) {
                secrets.forEach(key -> begin(key, false));
            }
        });
    }

    /** Reads one even if nobody wants it. */
    void verify(ObjectKey key) {
        drop(key);
        begin(key, true);
    }

    private void begin(ObjectKey key, boolean wantedOrNot) {
        Reading known = readings.get(key);
        if (known == null) {
            Reading reading = new Reading(key, wantedOrNot);
            readings.put(key, reading);
            line(reading);
        } else if (known.state == State.PAUSED) {
            stopWaiting(known);
            line(known);
        }
    }

    /** A watch tells of a new version. */
    void changed(ObjectKey key) {
        Reading known = readings.get(key);
        if (known != null) {
            known.outdated = true;
        }
    }

    /** A watch has brought what it holds, or says that it is gone. */
    void drop(ObjectKey key) {
        Reading known = readings.remove(key);
        if (known != null) {
            line.remove(known);
            stopWaiting(known);
        }
    }

    private void stopWaiting(Reading reading) {
        if (reading.state == State.PAUSED) {
            server.vertx().cancelTimer(reading.timer);
        }
    }

    /** Passes nothing on any more after what is being passed on. Any thread. */
    void close() {
        closed = true;
        server.context().runOnContext(nothing -> Set.copyOf(readings.keySet()).forEach(this::drop));
    }

    private void line(Reading reading) {
        reading.state = State.IN_LINE;
        line.add(reading);
        next();
    }

    private void next() {
        while (asking < AT_ONCE && !line.isEmpty()) {
            ask(line.remove());
        }
    }

    private void ask(Reading reading) {
        asking++;
        reading.state = State.ASKED;
        reading.outdated = false;
        String path = Source.of(Secret.class).in(reading.key.namespace()).one(reading.key.name());
        server.get(path, Source.WHOLE, SILENCE)
                .compose(response -> response.body().map(body -> new Answer(response.statusCode(), body)))
                .onComplete((answer, failure) -> {
                    asking--;
                    if (reading.equals(readings.get(reading.key))) {
                        if (closed) {
                            drop(reading.key);
                        } else if (failure != null) {
                            retry(reading, String.valueOf(failure.getMessage()));
                        } else {
                            answered(reading, answer);
                        }
                    }
                    next();
                });
    }

    private void answered(Reading reading, Answer answer) {
        int status = answer.status();
        if (reading.outdated) {
            line(reading);
        } else if (status == HttpURLConnection.HTTP_OK) {
            take(reading, answer.body());
        } else {
            String problem = Refusals.ofReading(status, answer.body().toString());
            boolean passes = status >= HttpURLConnection.HTTP_INTERNAL_ERROR
                    || status == HttpURLConnection.HTTP_CLIENT_TIMEOUT
                    || status == Reflector.TOO_MANY_REQUESTS;
            if (status != HttpURLConnection.HTTP_NOT_FOUND && (!passes || reading.failures >= PATIENCE)) {
                tell(reading, problem);
            }
            retry(reading, problem);
        }
    }

    private void take(Reading reading, Buffer body) {
        try {
            sink.present(reader.object(body.getBytes()));
            readings.remove(reading.key);
            if (!reading.problem.isEmpty()) {
                LOG.info("event=secret_read secret={} attempts={}", reading.key.path(), reading.failures + 1);
            }
        } catch (RuntimeException e) {
            LOG.error("event=secret_unreadable secret={}", reading.key.path(), e);
            tell(reading, "what the API server sends cannot be understood");
            retry(reading, "what the API server sends cannot be understood");
        }
    }

    private void tell(Reading reading, String problem) {
        if (!problem.equals(reading.told)) {
            reading.told = problem;
            sink.unreadable(reading.key, problem);
        }
    }

    private void retry(Reading reading, String problem) {
        if (!problem.equals(reading.problem)) { // once, not for each attempt
            LOG.warn("event=secret_not_read secret={} reason=\"{}\"", reading.key.path(), problem);
            reading.problem = problem;
        }
        reading.state = State.PAUSED;
        reading.timer = server.vertx().setTimer(Retry.after(reading.failures++).toMillis(), timer -> {
            if (reading.wantedOrNot || sink.isWanted(reading.key)) {
                line(reading);
            } else {
                readings.remove(reading.key);
            }
        });
    }
}
