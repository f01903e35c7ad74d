package dev.gatehouse.controller.trust;

import dev.gatehouse.controller.model.SharedKeys;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows shared keys, and goes on to the next ones when it is time. Without keys there is nothing made with them, and everything else
 * works: nothing here keeps a controller from serving. Works on a thread of its own.
 */
public final class KeyRotation implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyRotation.class);
    private static final Duration CHECK_INTERVAL = Duration.ofMinutes(10);

    private final KeySecret secret;
    private final Consumer<SharedKeys> renewed;
    private final ScheduledExecutorService thread;
    private volatile AutoCloseable watch = () -> {};
    private Optional<SharedKeys> last = Optional.empty();

    private KeyRotation(KeySecret secret, Consumer<SharedKeys> renewed) {
        this.secret = secret;
        this.renewed = renewed;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(secret.purpose().code()).daemon().factory());
    }

    /**
     * Reads or makes the keys and begins to follow them. Blocks until they were asked for once.
     *
     * @param renewed takes them, now and whenever they change
     */
    public static KeyRotation start(KeySecret secret, Consumer<SharedKeys> renewed) {
        KeyRotation rotation = new KeyRotation(secret, renewed);
        rotation.check();
        rotation.watch = secret.watch(rotation::checkSoon);
        var _ = rotation.thread.scheduleWithFixedDelay(
                rotation::check, CHECK_INTERVAL.toMillis(), CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return rotation;
    }

    private void checkSoon() {
        try {
            thread.execute(this::check);
        } catch (RejectedExecutionException e) {
            LOG.debug("event=keys_closed purpose={}", secret.purpose().code());
        }
    }

    private synchronized void check() {
        try {
            Optional<SharedKeys> now = Optional.of(secret.load());
            if (!now.equals(last)) {
                last = now;
                now.ifPresent(renewed);
                LOG.info("event=keys_taken purpose={}", secret.purpose().code());
            }
        } catch (KubernetesClientException e) {
            LOG.warn(
                    "event=keys_not_read purpose={} reason=\"{}\" action=\"the last ones stay in force\"",
                    secret.purpose().code(),
                    e.getMessage());
        } catch (RuntimeException e) {
            LOG.error(
                    "event=keys_not_usable purpose={} reason=\"{}\"",
                    secret.purpose().code(),
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            watch.close();
        } catch (Exception e) {
            LOG.debug("event=keys_watch_not_closed", e);
        }
    }
}
