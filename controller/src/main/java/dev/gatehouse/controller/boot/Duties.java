package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.fleet.FleetOperator;
import dev.gatehouse.controller.fleet.FleetSettings;
import dev.gatehouse.controller.lead.Leadership;
import dev.gatehouse.controller.status.StatusBoard;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;

/** What the leader does beyond what every replica does. Called on one thread. */
final class Duties implements Leadership.Duty {

    private final KubernetesClient client;
    private final FleetSettings fleets;
    private final StatusBoard board;
    private Optional<FleetOperator> operator = Optional.empty();

    Duties(KubernetesClient client, FleetSettings fleets, StatusBoard board) {
        this.client = client;
        this.fleets = fleets;
        this.board = board;
    }

    @Override
    public void takeUp() {
        board.lookAtAll();
        operator = Optional.of(FleetOperator.start(client, fleets));
    }

    @Override
    public void layDown() {
        operator.ifPresent(FleetOperator::close);
        operator = Optional.empty();
    }
}
