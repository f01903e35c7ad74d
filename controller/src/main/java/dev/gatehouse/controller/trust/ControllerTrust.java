package dev.gatehouse.controller.trust;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this replica shows to data planes and what they are to trust, kept fresh: follows the shared Secret, rotates the
 * authority when it is due, and mints a new server certificate when half of the old one's life is over. The server key
 * never leaves this process. Works on a thread of its own; may be read from any.
 */
public final class ControllerTrust implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControllerTrust.class);
    private static final Duration CHECK_INTERVAL = Duration.ofMinutes(10);
    private static final Duration RENEW_BEFORE_END = Duration.ofDays(15);

    private final AuthoritySecret secret;
    private final ServerNames names;
    private final Clock clock;
    private final List<Consumer<TrustMaterial>> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("controller-trust").daemon().factory());
    private volatile TrustMaterial material;
    private volatile AutoCloseable watch = () -> {};

    private ControllerTrust(AuthoritySecret secret, ServerNames names, Clock clock) {
        this.secret = secret;
        this.names = names;
        this.clock = clock;
        this.material = mint();
    }

    /**
     * Reads or makes the authority and begins to follow it. Blocks.
     *
     * @throws IllegalStateException if the Secret is there but cannot be used; it says what to do
     */
    public static ControllerTrust start(AuthoritySecret secret, ServerNames names, Clock clock) {
        ControllerTrust trust = new ControllerTrust(secret, names, clock);
        trust.watch = secret.watch(trust::checkSoon);
        var _ = trust.thread.scheduleWithFixedDelay(
                trust::check, CHECK_INTERVAL.toMillis(), CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return trust;
    }

    public TrustMaterial material() {
        return material;
    }

    /** Calls {@code listener} with new material, on a thread where it may block. */
    public void onChange(Consumer<TrustMaterial> listener) {
        listeners.add(listener);
    }

    private TrustMaterial mint() {
        AuthoritySecret.Held held = secret.load();
        return TrustMaterial.of(held.authority(), held.trusted(), names, clock.instant());
    }

    private void checkSoon() {
        try {
            thread.execute(this::check);
        } catch (RejectedExecutionException e) {
            LOG.debug("event=trust_closed");
        }
    }

    private void check() {
        try {
            AuthoritySecret.Held held = secret.load();
            Instant now = clock.instant();
            boolean ageing = now.isAfter(material.identity().notAfter().minus(RENEW_BEFORE_END));
            if (!ageing && held.trusted().equals(material.trusted())) {
                return;
            }
            material = TrustMaterial.of(held.authority(), held.trusted(), names, now);
            LOG.info(
                    "event=server_certificate_issued not_after={}",
                    material.identity().notAfter());
            for (Consumer<TrustMaterial> listener : listeners) {
                listener.accept(material);
            }
        } catch (KubernetesClientException e) {
            LOG.warn("event=authority_not_read reason=\"{}\" action=\"the last one stays in force\"", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("event=authority_not_usable reason=\"{}\"", e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            watch.close();
        } catch (Exception e) {
            LOG.debug("event=trust_watch_not_closed", e);
        }
    }
}
