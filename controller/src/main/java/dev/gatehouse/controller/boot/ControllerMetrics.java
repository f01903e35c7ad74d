package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.ocsp.StatusKeeper;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.status.StatusBoard;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;

/** The controller's meters, named {@code gatehouse_controller_*}. Thread-safe. */
final class ControllerMetrics implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbage = new JvmGcMetrics();
    private final Timer compile = Timer.builder("gatehouse.controller.compile")
            .description("From an object being seen to the publication of what came of it")
            .serviceLevelObjectives(
                    Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(25), Duration.ofMillis(100))
            .register(registry);
    private final Counter changes = Counter.builder("gatehouse.controller.changes")
            .description("Versions of objects that were compiled")
            .register(registry);
    private final Counter publications = Counter.builder("gatehouse.controller.publications")
            .description("Snapshots that were published")
            .register(registry);

    ControllerMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        garbage.bindTo(registry);
    }

    void compiled(int objects, int snapshots, long nanos) {
        compile.record(Duration.ofNanos(nanos));
        changes.increment(objects);
        publications.increment(snapshots);
    }

    /** Shows the state of the parts. */
    void watch(Pipeline pipeline, Publisher publisher, StatusBoard board) {
        gauge("gatehouse.controller.queue", "Objects seen and not yet compiled", pipeline::queued);
        gauge(
                "gatehouse.controller.held.hosts",
                "Hosts that a change would take away and that are held back",
                pipeline::heldHosts);
        gauge(
                "gatehouse.controller.unread.secrets",
                "Secrets that have to be read before hosts that refer to them can change",
                pipeline::unreadSecrets);
        gauge(
                "gatehouse.controller.kept.back.shards",
                "Shards that every data plane refuses, or that are too long to be sent; their last good version stays",
                () -> publisher.fleets().stream()
                        .mapToInt(fleet -> publisher.keptBack(fleet).size())
                        .sum());
        gauge("gatehouse.controller.status.queue", "Objects whose status is to be looked at", board::waiting);
        gauge(
                "gatehouse.controller.nodes",
                "Data planes connected to this replica",
                () -> publisher.fleets().stream().mapToInt(publisher::connected).sum());
        gauge(
                "gatehouse.controller.nodes.refusing",
                "Data planes connected to this replica that refuse a shard or lack a feature",
                () -> publisher.fleets().stream()
                        .flatMap(fleet -> publisher.receipts(fleet).stream())
                        .filter(receipt -> !receipt.refused().isEmpty()
                                || !receipt.program().lacking().isEmpty())
                        .count());
        gauge(
                "gatehouse.controller.push.bytes",
                "Bytes of snapshots sent",
                () -> publisher.counters().bytes());
        gauge(
                "gatehouse.controller.push.shards",
                "Shards sent",
                () -> publisher.counters().shards());
        gauge(
                "gatehouse.controller.push.denied",
                "Calls of data planes turned away for want of a good token or certificate",
                () -> publisher.counters().denied());
        gauge(
                "gatehouse.controller.nodes.enrolled",
                "Certificates given to data planes for a token",
                () -> publisher.counters().enrolments());
        gauge(
                "gatehouse.controller.nodes.renewed",
                "Certificates given to data planes for an earlier one",
                () -> publisher.counters().renewals());
    }

    /** Shows what issuers answered when they were asked about certificates. */
    void watch(StatusKeeper.Counts asked) {
        gauge("gatehouse.controller.ocsp.good", "Answers of issuers that a certificate holds", asked.good()::sum);
        gauge(
                "gatehouse.controller.ocsp.revoked",
                "Answers of issuers that a certificate was revoked",
                asked.revoked()::sum);
        gauge(
                "gatehouse.controller.ocsp.failed",
                "Attempts to ask issuers that gave no good answer",
                asked.failed()::sum);
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** In Prometheus' text form. */
    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        garbage.close();
        registry.close();
    }
}
