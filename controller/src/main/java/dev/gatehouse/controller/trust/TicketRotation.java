package dev.gatehouse.controller.trust;

import dev.gatehouse.controller.model.TicketKeys;
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
 * Follows the shared keys of session tickets, and goes on to the next ones when it is time. Without keys there are no tickets and
 * everything else works: nothing here keeps a controller from serving. Works on a thread of its own.
 */
public final class TicketRotation implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TicketRotation.class);
    private static final Duration CHECK_INTERVAL = Duration.ofMinutes(10);

    private final TicketSecret secret;
    private final Consumer<TicketKeys> renewed;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("session-tickets").daemon().factory());
    private volatile AutoCloseable watch = () -> {};
    private Optional<TicketKeys> last = Optional.empty();

    private TicketRotation(TicketSecret secret, Consumer<TicketKeys> renewed) {
        this.secret = secret;
        this.renewed = renewed;
    }

    /**
     * Reads or makes the keys and begins to follow them. Blocks until they were asked for once.
     *
     * @param renewed takes them, now and whenever they change
     */
    public static TicketRotation start(TicketSecret secret, Consumer<TicketKeys> renewed) {
        TicketRotation rotation = new TicketRotation(secret, renewed);
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
            LOG.debug("event=session_tickets_closed");
        }
    }

    private synchronized void check() {
        try {
            Optional<TicketKeys> now = Optional.of(secret.load());
            if (!now.equals(last)) {
                last = now;
                now.ifPresent(renewed);
                LOG.info("event=session_ticket_keys_taken");
            }
        } catch (KubernetesClientException e) {
            LOG.warn(
                    "event=session_ticket_keys_not_read reason=\"{}\" action=\"the last ones stay in force\"",
                    e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("event=session_ticket_keys_not_usable reason=\"{}\"", e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            watch.close();
        } catch (Exception e) {
            LOG.debug("event=session_tickets_watch_not_closed", e);
        }
    }
}
