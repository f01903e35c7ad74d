package dev.gatehouse.dataplane.observe;

import dev.gatehouse.dataplane.balance.Upstreams;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.table.ServerCertificate;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.ShardKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Prometheus metrics of a data plane. Labels are bounded: listener, the route's object, status class, reason code. Meters
 * are looked up by nested maps whose keys exist already, so that an exchange allocates nothing here. Thread-safe.
 */
public final class Metrics implements ExchangeObserver {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, PerListener> listeners = new ConcurrentHashMap<>();
    private final Map<String, PerObject> objects = new ConcurrentHashMap<>();
    private final Map<String, Counter> mirrors = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Map<String, PerObject>>> variants = new ConcurrentHashMap<>();
    private final Map<String, Counter> reasons = new ConcurrentHashMap<>();
    private final Map<String, Handshakes> handshakes = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Counter>> refusals = new ConcurrentHashMap<>();

    private final UpstreamMetrics upstreams = new UpstreamMetrics(registry);
    private final PassthroughMetrics passthrough = new PassthroughMetrics(registry);

    private record PerListener(AtomicInteger open, Counter opened, Timer duration, Counter bytesIn, Counter bytesOut) {}

    private record Handshakes(Counter full, Counter resumed) {}

    /** Counters by hundreds of the status; index 0: the client was gone. */
    private record PerObject(List<Counter> byClass) {}

    public Metrics() {
        new ProcessorMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
    }

    /** Adds what there is to know of the snapshot in force. */
    public void watch(SnapshotReceiver receiver) {
        for (ShardKind kind : EnumSet.complementOf(EnumSet.of(ShardKind.UNKNOWN))) {
            Gauge.builder("gatehouse_snapshot_shards", receiver, r -> count(r, kind))
                    .description("Shards of the snapshot in force")
                    .tag("kind", kind.prefix())
                    .register(registry);
        }
        Gauge.builder(
                        "gatehouse_snapshot_refused_shards",
                        receiver,
                        r -> r.refused().size())
                .description("Shards served in an older version because the newest cannot be used")
                .register(registry);
        Gauge.builder("gatehouse_snapshot_stale", receiver, r -> r.stale() ? 1 : 0)
                .description("1 while a snapshot kept from an earlier run is served and no controller has confirmed it")
                .register(registry);
        Gauge.builder("gatehouse_snapshot_synchronised", receiver, r -> r.synchronisedOnce() ? 1 : 0)
                .description("1 once a version that was current after the start is in force")
                .register(registry);
    }

    /** Adds whether a controller is connected. */
    public void watchController(BooleanSupplier connected) {
        Gauge.builder("gatehouse_controller_connected", connected, c -> c.getAsBoolean() ? 1 : 0)
                .description("1 while a controller is connected; without one, what is served does not change")
                .strongReference(true)
                .register(registry);
    }

    /**
     * Adds when the certificates of the table in force end, and what issuers say of them.
     *
     * @param stapled whether clients can be shown anything along with a certificate
     */
    public void watchCertificates(Tables tables, Predicate<ServerCertificate> stapled) {
        registry.getPrometheusRegistry().register(new Staples(tables::current, stapled, InstantSource.system()));
        registry.getPrometheusRegistry()
                .register(new CertificateExpiries(
                        () -> tables.current().certificates().all()));
    }

    /** Adds how the endpoints of upstreams fare. */
    public void watchEndpoints(Upstreams all) {
        registry.getPrometheusRegistry().register(new EndpointStates(all));
    }

    private static double count(SnapshotReceiver receiver, ShardKind kind) {
        int[] count = new int[1];
        receiver.held().forEach(shard -> count[0] += shard.id().kind() == kind ? 1 : 0);
        return count[0];
    }

    /** In Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void connectionOpened(String listener) {
        PerListener one = listener(listener);
        one.open.incrementAndGet();
        one.opened.increment();
    }

    @Override
    public void connectionClosed(String listener) {
        listener(listener).open.decrementAndGet();
    }

    @Override
    public void connectionRefused(String listener, String reason) {
        refusals.computeIfAbsent(listener, name -> new ConcurrentHashMap<>())
                .computeIfAbsent(
                        reason,
                        code -> Counter.builder("gatehouse_connections_refused")
                                .description("Client connections closed before they began, by reason")
                                .tag("listener", listener)
                                .tag("reason", code)
                                .register(registry))
                .increment();
    }

    @Override
    public void handshakeDone(String listener, boolean resumed) {
        Handshakes both = handshakes.computeIfAbsent(
                listener, name -> new Handshakes(handshakes(name, false), handshakes(name, true)));
        (resumed ? both.resumed : both.full).increment();
    }

    private Counter handshakes(String listener, boolean resumed) {
        return Counter.builder("gatehouse_tls_handshakes")
                .description("TLS handshakes done with clients, and whether they resumed an earlier session")
                .tag("listener", listener)
                .tag("resumed", Boolean.toString(resumed))
                .register(registry);
    }

    @Override
    public void retried(String upstream, String condition) {
        upstreams.retried(upstream, condition);
    }

    @Override
    public void ejected(String upstream) {
        upstreams.ejected(upstream);
    }

    @Override
    public void circuitOpen(String upstream, String limit) {
        upstreams.circuitOpen(upstream, limit);
    }

    @Override
    public void checked(String upstream, boolean passed) {
        upstreams.checked(upstream, passed);
    }

    @Override
    public void retryRefused(String upstream) {
        upstreams.retryRefused(upstream);
    }

    @Override
    public void mirrored(String outcome) {
        mirrors.computeIfAbsent(
                        outcome,
                        code -> Counter.builder("gatehouse_mirrored_requests")
                                .description("Copies of requests that went to a mirror, by what became of them")
                                .tag("outcome", code)
                                .register(registry))
                .increment();
    }

    @Override
    public void passing(String listener) {
        passthrough.passing(listener);
    }

    @Override
    public void passed(
            String listener, String object, PassthroughEnd end, long durationNanos, long bytesIn, long bytesOut) {
        passthrough.passed(listener, object, end, durationNanos, bytesIn, bytesOut);
    }

    @Override
    public void done(
            String listener,
            String object,
            int status,
            String reason,
            long durationNanos,
            long bytesIn,
            long bytesOut) {
        PerListener one = listener(listener);
        one.duration.record(durationNanos, TimeUnit.NANOSECONDS);
        one.bytesIn.increment((double) bytesIn);
        one.bytesOut.increment((double) bytesOut);
        object(object).byClass.get(Math.clamp(status / 100, 0, 5)).increment();
        if (!reason.isEmpty()) {
            reason(reason).increment();
        }
    }

    @Override
    public void assigned(String ruleId, String experiment, String variant, int status) {
        variant(ruleId, experiment, variant)
                .byClass
                .get(Math.clamp(status / 100, 0, 5))
                .increment();
    }

    private PerObject variant(String ruleId, String experiment, String variant) {
        Map<String, Map<String, PerObject>> ofRule = variants.get(ruleId);
        Map<String, PerObject> ofExperiment = ofRule == null ? null : ofRule.get(experiment);
        PerObject known = ofExperiment == null ? null : ofExperiment.get(variant);
        return known != null
                ? known
                : variants.computeIfAbsent(ruleId, rule -> new ConcurrentHashMap<>())
                        .computeIfAbsent(experiment, name -> new ConcurrentHashMap<>())
                        .computeIfAbsent(variant, name -> newVariant(ruleId, experiment, name));
    }

    private PerObject newVariant(String ruleId, String experiment, String variant) {
        List<Counter> byClass = new ArrayList<>();
        for (int i = 0; i <= 5; i++) {
            byClass.add(Counter.builder("gatehouse_split_requests")
                    .description("Exchanges by the variant of an experiment")
                    .tag("route", ruleId)
                    .tag("split", experiment)
                    .tag("variant", variant)
                    .tag("status", i == 0 ? "gone" : i + "xx")
                    .register(registry));
        }
        return new PerObject(List.copyOf(byClass));
    }

    private PerListener listener(String name) {
        PerListener known = listeners.get(name);
        return known != null ? known : listeners.computeIfAbsent(name, this::newListener);
    }

    private PerListener newListener(String name) {
        AtomicInteger open = new AtomicInteger();
        Gauge.builder("gatehouse_connections_open", open, AtomicInteger::get)
                .description("Client connections now")
                .tag("listener", name)
                .register(registry);
        return new PerListener(
                open,
                Counter.builder("gatehouse_connections")
                        .description("Client connections accepted")
                        .tag("listener", name)
                        .register(registry),
                Timer.builder("gatehouse_request_duration")
                        .description("From the first byte of a request to the last of its response")
                        .tag("listener", name)
                        .serviceLevelObjectives(buckets())
                        .register(registry),
                Counter.builder("gatehouse_request_body_bytes")
                        .tag("listener", name)
                        .register(registry),
                Counter.builder("gatehouse_response_body_bytes")
                        .tag("listener", name)
                        .register(registry));
    }

    private static Duration[] buckets() {
        int[] millis = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000};
        Duration[] all = new Duration[millis.length];
        for (int i = 0; i < millis.length; i++) {
            all[i] = Duration.ofMillis(millis[i]);
        }
        return all;
    }

    private PerObject object(String name) {
        PerObject known = objects.get(name);
        return known != null ? known : objects.computeIfAbsent(name, this::newObject);
    }

    private PerObject newObject(String name) {
        List<Counter> byClass = new ArrayList<>();
        for (int i = 0; i <= 5; i++) {
            byClass.add(Counter.builder("gatehouse_requests")
                    .description("Exchanges by the object that routed them")
                    .tag("route", name)
                    .tag("status", i == 0 ? "gone" : i + "xx")
                    .register(registry));
        }
        return new PerObject(List.copyOf(byClass));
    }

    private Counter reason(String reason) {
        Counter known = reasons.get(reason);
        return known != null
                ? known
                : reasons.computeIfAbsent(
                        reason,
                        code -> Counter.builder("gatehouse_own_answers")
                                .description("Answers that Gatehouse made itself, by reason")
                                .tag("reason", code)
                                .register(registry));
    }
}
