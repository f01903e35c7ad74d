package dev.gatehouse.controller.boot;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Steps of a start or a stop, each of which is waited for with a bound. */
final class Steps {

    /** For each step. */
    static final Duration BOUND = Duration.ofSeconds(10);

    private Steps() {}

    /** The port that is bound; says what is in the way if none is. */
    static int bind(String name, int port, Future<Integer> bound) {
        try {
            return await(name, bound);
        } catch (Exception e) { // Vert.x throws the cause as it is, checked or not
            throw new IllegalStateException(name + " cannot listen on port " + port + ": " + e.getMessage(), e);
        }
    }

    static <T extends @Nullable Object> T await(String what, Future<T> future) {
        try {
            return future.await(BOUND.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(what + " took longer than " + BOUND, e);
        }
    }
}
