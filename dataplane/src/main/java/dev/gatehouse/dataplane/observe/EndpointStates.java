package dev.gatehouse.dataplane.observe;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.balance.Upstreams;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.Predicate;

/**
 * How many endpoints are left out, and why, at the time of the scrape; of the upstreams whose rules ask for something that can leave
 * them out, so that thousands of others cost nothing. Thread-safe.
 */
final class EndpointStates implements MultiCollector {

    private final Upstreams upstreams;

    EndpointStates(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public MetricSnapshots collect() {
        List<Upstream> watched = upstreams.all().stream()
                .filter(one -> one.healthCheck().isPresent()
                        || one.outliers().policy().isOn()
                        || one.limits().isOn())
                .toList();
        return new MetricSnapshots(
                gauge("gatehouse_upstream_endpoints", "Endpoints that there are", watched, endpoint -> true),
                gauge(
                        "gatehouse_upstream_endpoints_unhealthy",
                        "Endpoints whose health checks fail",
                        watched,
                        endpoint -> endpoint.is(Endpoint.Absence.UNHEALTHY)),
                gauge(
                        "gatehouse_upstream_endpoints_ejected",
                        "Endpoints that are left out for a while because their answers have failed",
                        watched,
                        endpoint -> endpoint.is(Endpoint.Absence.EJECTED)),
                gauge(
                        "gatehouse_upstream_circuits_open",
                        "Endpoints that have as many requests as their circuit breaker lets them have",
                        watched,
                        Endpoint::isFull));
    }

    private static GaugeSnapshot gauge(String name, String help, List<Upstream> watched, Predicate<Endpoint> counted) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (Upstream one : watched) {
            gauge.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("upstream", UpstreamMetrics.label(one.id())))
                    .value((double) one.endpoints().stream().filter(counted).count())
                    .build());
        }
        return gauge.build();
    }
}
