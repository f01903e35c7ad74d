package dev.gatehouse.dataplane.observe;

import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.time.InstantSource;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Until when what issuers say of certificates is shown, as of the table in force at the time of the scrape. Thread-safe. */
final class Staples implements Collector {
    private final Supplier<RoutingTable> table;
    private final Predicate<ServerCertificate> stapled;
    private final InstantSource clock;

    /** @param stapled whether clients can be shown anything along with a certificate */
    Staples(Supplier<RoutingTable> table, Predicate<ServerCertificate> stapled, InstantSource clock) {
        this.table = table;
        this.stapled = stapled;
        this.clock = clock;
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("gatehouse_certificate_staple_next_update_timestamp_seconds")
                .help(
                        "Until when the OCSP answer is good that clients are shown with a certificate, in seconds since 1970;"
                                + " missing where they are shown none");
        RoutingTable now = table.get();
        for (ServerCertificate one : now.certificates().all()) {
            now.staple(now.listener("https"), one)
                    .filter(staple -> staple.at(clock.instant()).isPresent() && stapled.test(one))
                    .ifPresent(staple -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(CertificateExpiries.labels(one))
                            .value((double) staple.nextUpdate().getEpochSecond())
                            .build()));
        }
        return gauge.build();
    }
}
