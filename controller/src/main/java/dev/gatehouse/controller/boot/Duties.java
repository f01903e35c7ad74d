package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.FleetUpdate;
import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.fleet.FleetOperator;
import dev.gatehouse.controller.fleet.FleetSettings;
import dev.gatehouse.controller.lead.Leadership;
import dev.gatehouse.controller.ocsp.StatusKeeper;
import dev.gatehouse.controller.status.StatusBoard;
import dev.gatehouse.snapshot.Shard;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the leader does beyond what every replica does. Called on one thread. */
final class Duties implements Leadership.Duty {

    private final KubernetesClient client;
    private final FleetSettings fleets;
    private final StatusBoard board;
    private final Supplier<StatusKeeper> asking;
    private Optional<FleetOperator> operator = Optional.empty();
    private volatile Optional<StatusKeeper> keeper = Optional.empty();

    /** @param asking begins to ask issuers about certificates */
    Duties(KubernetesClient client, FleetSettings fleets, StatusBoard board, Supplier<StatusKeeper> asking) {
        this.asking = asking;
        this.client = client;
        this.fleets = fleets;
        this.board = board;
    }

    @Override
    public void takeUp() {
        board.lookAtAll();
        keeper = Optional.of(asking.get());
        operator = Optional.of(FleetOperator.start(client, fleets));
    }

    /** Other certificates may be served than before: then issuers are asked about those. Any thread. */
    void compiled(Outcome outcome) {
        if (outcome.fleets().values().stream().anyMatch(Duties::concernsCertificates)) {
            keeper.ifPresent(StatusKeeper::look);
        }
    }

    /** A look costs as much as there are shards, and most changes are of endpoints. */
    private static boolean concernsCertificates(FleetUpdate update) {
        return Stream.concat(update.updates().stream().map(Shard::id), update.removed().stream())
                .anyMatch(id -> switch (id.kind()) {
                    case CERTIFICATE, LISTENER -> true; // a listener says whether its certificates are stapled
                    case GLOBAL, HOST, UPSTREAM, ENDPOINTS, TICKETS, STAPLE, UNKNOWN -> false;
                });
    }

    @Override
    public void layDown() {
        keeper.ifPresent(StatusKeeper::close);
        keeper = Optional.empty();
        operator.ifPresent(FleetOperator::close);
        operator = Optional.empty();
    }
}
