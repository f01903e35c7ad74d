package dev.gatehouse.dataplane.boot;

import dev.gatehouse.dataplane.control.ControllerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Everything a data plane is told at its start.
 *
 * @param bindHost address the listeners bind; {@code 0.0.0.0} or {@code ::} for all
 * @param httpPort of the listener {@code http}; 0 takes a free one
 * @param httpsPort of the listener {@code https}; 0 takes a free one
 * @param adminPort 0 takes a free one
 * @param eventLoops how many; 0: one per processor
 * @param controller where snapshots come from; empty: the receiver is fed in the same process
 * @param propagationDelay how long to keep accepting after turning not ready, until nobody sends new connections
 * @param drainTimeout how long answers in progress may take after that
 * @param zone where it runs, as nodes and EndpointSlices name it; empty: not known
 * @param keep where the snapshot is kept for the next start; empty: nowhere
 */
public record DataPlaneConfig(
        String bindHost,
        int httpPort,
        int httpsPort,
        int adminPort,
        int eventLoops,
        Optional<ControllerAddress> controller,
        Duration propagationDelay,
        Duration drainTimeout,
        String zone,
        Optional<Keep> keep) {

    /**
     * Where the snapshot is kept.
     *
     * @param folder in memory, for it holds private keys
     * @param patience how long a controller is waited for before what was kept is served
     */
    public record Keep(Path folder, Duration patience) {}
}
