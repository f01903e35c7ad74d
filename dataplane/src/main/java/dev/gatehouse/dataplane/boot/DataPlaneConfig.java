package dev.gatehouse.dataplane.boot;

import dev.gatehouse.dataplane.control.ControllerAddress;
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
        String zone) {}
