package dev.gatehouse.dataplane.control;

import java.nio.file.Path;

/**
 * How to reach and trust a controller.
 *
 * @param fleet {@code namespace/name} of the ProxyFleet this data plane serves
 * @param node names this data plane in the controller's status if it is no pod; a pod is known by its token
 * @param token file with a ServiceAccount token; read anew each time it is shown, as it rotates
 * @param ca file with the certificates (PEM) the controller's is checked against
 */
public record ControllerAddress(String host, int port, String fleet, String node, Path token, Path ca) {}
