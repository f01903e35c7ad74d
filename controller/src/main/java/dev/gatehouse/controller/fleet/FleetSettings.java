package dev.gatehouse.controller.fleet;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the controller knows and a ProxyFleet does not.
 *
 * @param controllerAddress HOST:PORT under which data planes reach the snapshot port
 * @param image of fleets that name none; empty: such a fleet is refused
 * @param imagePullPolicy of fleets that name none; empty: the cluster's default
 * @param namespaces whose fleets are kept; empty: all
 * @param caCertificates PEM that data planes are to trust, now
 */
public record FleetSettings(
        String controllerAddress,
        Optional<String> image,
        Optional<String> imagePullPolicy,
        List<String> namespaces,
        Supplier<String> caCertificates) {

    /** The label that leads from an object or a pod to its fleet. */
    public static final String FLEET_LABEL = "gatehouse.dev/fleet";
}
