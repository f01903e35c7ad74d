package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Service.
 *
 * @param externalName the DNS name of a Service of type ExternalName
 * @param ports its TCP ports, in the order of the object
 * @param primaryFamily the first of {@code spec.ipFamilies}
 * @param proxyProtocol with which header connections to its endpoints begin
 * @param tls for those of its ports that speak TLS
 */
public record ServiceModel(
        Meta meta,
        Optional<String> externalName,
        List<Port> ports,
        Optional<AddressFamily> primaryFamily,
        ProxyProtocol proxyProtocol,
        BackendTls tls,
        List<Finding> findings)
        implements ResourceModel {

    /**
     * One port.
     *
     * @param name empty if it has none; EndpointSlices name their ports alike
     * @param number what clients of the Service dial
     * @param targetPort the backend's port where it is given by number, else 0; matters to ExternalName alone, since
     *     EndpointSlices name the backend's port for the others
     * @param appProtocol what the backend speaks (KEP-1422, KEP-3726); empty if the object does not say
     */
    public record Port(String name, int number, int targetPort, String appProtocol) {

        /** Whether its endpoints speak TLS: IANA's {@code https}, in any case, or KEP-3726's WebSocket over TLS. */
        public boolean isTls() {
            return appProtocol.equalsIgnoreCase("https") || appProtocol.equals("kubernetes.io/wss");
        }
    }

    @Override
    public Set<ObjectKey> references() {
        return Stream.of(tls.authority(), tls.clientCertificate())
                .flatMap(Optional::stream)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The port that {@code ref} means. */
    public Optional<Port> port(PortRef ref) {
        for (Port port : ports) {
            boolean same = switch (ref) {
                case PortRef.ByNumber(int number) -> port.number == number;
                case PortRef.ByName(String name) -> port.name.equals(name);
            };
            if (same) {
                return Optional.of(port);
            }
        }
        return Optional.empty();
    }
}
