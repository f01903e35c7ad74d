package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.fleet.FleetOperator;
import dev.gatehouse.controller.fleet.FleetSettings;
import dev.gatehouse.controller.lead.Leadership;
import dev.gatehouse.controller.ocsp.StatusKeeper;
import dev.gatehouse.controller.status.StatusBoard;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.function.Supplier;

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

    /** Other certificates are served than before. Any thread. */
    void published() {
        keeper.ifPresent(StatusKeeper::look);
    }

    @Override
    public void layDown() {
        keeper.ifPresent(StatusKeeper::close);
        keeper = Optional.empty();
        operator.ifPresent(FleetOperator::close);
        operator = Optional.empty();
    }
}
