package dev.gatehouse.dataplane.observe;

import dev.gatehouse.dataplane.table.ServerCertificate;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * When each certificate ends, as of the table in force at the time of the scrape: nothing is to be registered or forgotten as
 * certificates come and go. Thread-safe.
 */
final class CertificateExpiries implements Collector {

    static final String NAME = "gatehouse_certificate_not_after_timestamp_seconds";

    private final Supplier<Collection<ServerCertificate>> certificates;

    CertificateExpiries(Supplier<Collection<ServerCertificate>> certificates) {
        this.certificates = certificates;
    }

    /** Those of everything that is said of a certificate. */
    static Labels labels(ServerCertificate one) {
        String name = one.id().name();
        int slash = name.indexOf('/');
        return Labels.of("namespace", name.substring(0, slash), "secret", name.substring(slash + 1));
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name(NAME)
                .help("When a certificate that is served ends, in seconds since 1970; less time() is what it has left");
        for (ServerCertificate one : certificates.get()) {
            gauge.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(labels(one))
                    .value((double) one.notAfter().getEpochSecond())
                    .build());
        }
        return gauge.build();
    }
}
