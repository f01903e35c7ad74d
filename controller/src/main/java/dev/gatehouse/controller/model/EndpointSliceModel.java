package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An EndpointSlice: a part of who stands behind a Service.
 *
 * @param service the Service of its label {@code kubernetes.io/service-name}
 * @param family of all its addresses
 * @param ports its TCP ports with a number
 * @param endpoints those that serve, ready or going away; the others are not kept
 * @param weight of each of its endpoints, relative to those of the Service's other slices, 1 to 1,000; 0 if what is written is
 *     no such number: it counts as 1
 */
public record EndpointSliceModel(
        Meta meta,
        Optional<ObjectKey> service,
        AddressFamily family,
        List<Port> ports,
        List<Endpoint> endpoints,
        int weight)
        implements ResourceModel {

    /**
     * One port.
     *
     * @param name the name of the Service's port; empty if that has none
     */
    public record Port(String name, int number) {}

    /**
     * One backend.
     *
     * @param address 4 or 16 bytes, network order
     * @param ready whether it takes new connections; if not, it is terminating and still serves
     * @param zone empty if not known
     * @param forZones that it is to serve first ({@code hints.forZones}), sorted; empty: no hint
     */
    public record Endpoint(ByteString address, boolean ready, String zone, List<String> forZones) {}

    @Override
    public Set<ObjectKey> references() {
        return service.map(Set::of).orElse(Set.of());
    }
}
