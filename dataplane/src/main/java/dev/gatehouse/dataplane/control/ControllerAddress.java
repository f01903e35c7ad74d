package dev.gatehouse.dataplane.control;

import java.nio.file.Path;

/**
 * How to reach and trust a controller.
 *
 * @param fleet {@code namespace/name} of the ProxyFleet this data plane serves
 * @param node names this data plane in the controller's status: the pod's name
 * @param token file with a ServiceAccount token; read anew for each connection, as it rotates
 * @param ca file with the certificates (PEM) the controller's is checked against
 */
public record ControllerAddress(String host, int port, String fleet, String node, Path token, Path ca) {}
