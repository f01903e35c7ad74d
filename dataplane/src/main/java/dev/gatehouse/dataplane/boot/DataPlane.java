package dev.gatehouse.dataplane.boot;

import dev.gatehouse.dataplane.admin.AdminServer;
import dev.gatehouse.dataplane.control.ControlClient;
import dev.gatehouse.dataplane.control.SnapshotKeeper;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.health.HealthChecks;
import dev.gatehouse.dataplane.listen.HttpListeners;
import dev.gatehouse.dataplane.listen.ListenerBind;
import dev.gatehouse.dataplane.listen.tls.TlsContexts;
import dev.gatehouse.dataplane.loop.EventLoops;
import dev.gatehouse.dataplane.observe.Metrics;
import dev.gatehouse.dataplane.table.Tables;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running data plane. Listeners are bound once the first snapshot is in force: before that there is nothing a client
 * could be told but a lie.
 */
public final class DataPlane implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

    private final DataPlaneConfig config;
    private final Vertx vertx;
    private final Metrics metrics = new Metrics();
    private final Tables tables = new Tables();
    private final SnapshotReceiver receiver;
    private final AdminServer admin;
    private final Optional<ControlClient> control;
    private final Optional<SnapshotKeeper> keeper;
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private volatile Optional<HttpListeners> listeners = Optional.empty();
    private volatile Optional<HealthChecks> checks = Optional.empty();
    private volatile boolean draining;

    private DataPlane(DataPlaneConfig config) {
        this.config = config;
        this.receiver = new SnapshotReceiver(tables, BackendTls.maker(), config.zone());
        VertxOptions options = new VertxOptions().setPreferNativeTransport(true);
        if (config.eventLoops() > 0) {
            options.setEventLoopPoolSize(config.eventLoops());
        }
        this.vertx = Vertx.vertx(options);
        this.admin = new AdminServer(vertx, this::notReady, this::remark, receiver, metrics, tables);
        this.keeper = config.keep()
                .flatMap(keep -> config.controller()
                        .flatMap(address -> SnapshotKeeper.open(keep.folder(), address.fleet(), receiver)));
        this.control = config.controller()
                .map(address -> new ControlClient(vertx, address, receiver, RandomGenerator.getDefault()));
    }

    /**
     * Begins, on a thread of its own, with what takes long at every start whatever the settings are. Whoever needs it before it
     * is done waits for it.
     */
    public static void prepare() {
        Thread.ofPlatform().name("prepare").daemon().start(TlsContexts::prepare);
    }

    /**
     * Starts one; blocks until the admin port is bound. The listeners follow with the first snapshot: see {@link
     * #awaitListening}.
     *
     * @throws IllegalStateException if the admin port cannot be bound
     */
    public static DataPlane start(DataPlaneConfig config) {
        DataPlane plane = new DataPlane(config);
        try {
            plane.control.ifPresent(ControlClient::start); // connects while the rest is made
            plane.metrics.watch(plane.receiver);
            plane.metrics.watchEndpoints(plane.tables.upstreams());
            plane.control.ifPresent(
                    client -> plane.metrics.watchController(() -> client.lost().isEmpty()));
            plane.metrics.watchCertificates(plane.tables, TlsContexts::staples);
            plane.ports.put("admin", plane.bindAdmin());
            return plane;
        } catch (RuntimeException e) {
            plane.close();
            throw e;
        }
    }

    private int bindAdmin() {
        try {
            return await(admin.start(config.bindHost(), config.adminPort()));
        } catch (Exception e) { // Vert.x throws the cause as it is, checked or not
            throw new IllegalStateException(
                    "admin cannot listen on " + config.bindHost() + ":" + config.adminPort() + ": " + e.getMessage(),
                    e);
        }
    }

    /** Takes snapshots: of the controller's stream, or of a compiler in the same process. */
    public SnapshotReceiver receiver() {
        return receiver;
    }

    /**
     * Waits for the first snapshot and binds the listeners. Call once.
     *
     * @throws IllegalStateException if a port cannot be bound; it names the listener and the address
     */
    public synchronized void awaitListening() throws InterruptedException {
        receiver.awaitServable(config.keep().map(DataPlaneConfig.Keep::patience).orElse(Duration.ZERO));
        if (receiver.stale()) {
            LOG.warn("event=serving_kept_snapshot note=\"{}\"", remark().orElse(""));
        }
        HttpListeners bound = HttpListeners.start(
                new EventLoops(vertx),
                tables,
                metrics,
                List.of(
                        new ListenerBind("http", config.bindHost(), config.httpPort(), false),
                        new ListenerBind("https", config.bindHost(), config.httpsPort(), true)));
        checks = Optional.of(HealthChecks.start(tables.upstreams(), bound.workers()));
        ports.putAll(bound.boundPorts());
        listeners = Optional.of(bound);
        LOG.info(
                "event=listening ports={} root={} tls={}",
                ports,
                receiver.held().root(),
                bound.tlsProvider());
    }

    /** The bound ports by name: {@code admin}, and {@code http}, {@code https} once they listen. */
    public synchronized Map<String, Integer> ports() {
        return Map.copyOf(ports);
    }

    /**
     * One bound port.
     *
     * @throws IllegalStateException if it is not bound
     */
    public synchronized int port(String name) {
        Integer port = ports.get(name);
        if (port == null) {
            throw new IllegalStateException(name + " does not listen");
        }
        return port;
    }

    /** Whether it should get new traffic. */
    public boolean ready() {
        return notReady().isEmpty();
    }

    private Optional<String> notReady() {
        if (draining) {
            return Optional.of("draining");
        }
        return listeners.isPresent() ? Optional.empty() : Optional.of("no snapshot of the controller is in force yet");
    }

    /** What whoever asks should know though it is ready: that what is served may be old. */
    private Optional<String> remark() {
        if (receiver.stale()) {
            return Optional.of("stale: serves the snapshot "
                    + receiver.held().root() + ", kept at "
                    + keeper.flatMap(SnapshotKeeper::restored)
                            .map(Instant::toString)
                            .orElse("an earlier time")
                    + "; no controller has answered since the start");
        }
        return control.flatMap(ControlClient::lost)
                .map(since ->
                        "no controller is connected since " + since + ": what is served does not change until one is");
    }

    /**
     * Turns not ready, goes on accepting until nobody sends new connections any more, finishes what is in progress, closes
     * the rest. Blocks for as long as the two durations of the configuration at most.
     */
    public void drain() throws InterruptedException {
        draining = true;
        LOG.info("event=draining delay={} timeout={}", config.propagationDelay(), config.drainTimeout());
        // Nothing is ever put into this queue: it is a wait that an interrupt ends.
        new SynchronousQueue<>().poll(config.propagationDelay().toMillis(), TimeUnit.MILLISECONDS);
        if (listeners.isPresent()) {
            try {
                listeners
                        .get()
                        .drain(config.drainTimeout())
                        .get(config.drainTimeout().plus(CLOSE_BOUND).toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("event=drain_incomplete reason=\"{}\"", e.getMessage());
            }
        }
        LOG.info("event=drained");
    }

    @Override
    public void close() {
        control.ifPresent(ControlClient::close);
        checks.ifPresent(HealthChecks::close);
        keeper.ifPresent(SnapshotKeeper::close);
        listeners.ifPresent(HttpListeners::close);
        await(vertx.close());
    }

    private static <T extends @Nullable Object> T await(Future<T> future) {
        try {
            return future.await(CLOSE_BOUND.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("it took longer than " + CLOSE_BOUND, e);
        }
    }
}
