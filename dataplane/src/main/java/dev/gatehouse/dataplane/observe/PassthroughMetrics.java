package dev.gatehouse.dataplane.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What there is to count of TLS connections that are passed through to backends. Thread-safe. */
final class PassthroughMetrics {

    private final MeterRegistry registry;
    private final Map<String, PerListener> listeners = new ConcurrentHashMap<>();

    private record PerListener(AtomicInteger open, Timer duration, Counter bytesIn, Counter bytesOut) {}

    PassthroughMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void passing(String listener) {
        listener(listener).open.incrementAndGet();
    }

    void passed(String listener, String object, PassthroughEnd end, long durationNanos, long bytesIn, long bytesOut) {
        PerListener one = listener(listener);
        one.open.decrementAndGet();
        one.duration.record(durationNanos, TimeUnit.NANOSECONDS);
        one.bytesIn.increment((double) bytesIn);
        one.bytesOut.increment((double) bytesOut);
        Counter.builder("gatehouse_passthrough_connections")
                .description("TLS connections that were passed through to a backend, by how they ended")
                .tag("route", object)
                .tag("end", end.code())
                .register(registry) // the one that is there already
                .increment();
    }

    private PerListener listener(String listener) {
        return listeners.computeIfAbsent(listener, this::newListener);
    }

    private PerListener newListener(String name) {
        AtomicInteger open = new AtomicInteger();
        Gauge.builder("gatehouse_passthrough_connections_open", open, AtomicInteger::get)
                .description("TLS connections that are passed through now")
                .tag("listener", name)
                .register(registry);
        return new PerListener(
                open,
                Timer.builder("gatehouse_passthrough_duration")
                        .description("From a client's TLS hello to the end of the connection that was passed through")
                        .tag("listener", name)
                        .register(registry),
                Counter.builder("gatehouse_passthrough_received_bytes")
                        .description("From clients, of TLS connections that were passed through")
                        .tag("listener", name)
                        .register(registry),
                Counter.builder("gatehouse_passthrough_sent_bytes")
                        .description("To clients, of TLS connections that were passed through")
                        .tag("listener", name)
                        .register(registry));
    }
}
