package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.AddressFamily;
import dev.gatehouse.controller.model.EndpointSliceModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.PortRef;
import dev.gatehouse.controller.model.ServiceModel;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Endpoint;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Merges the slices of a Service into the endpoints of one of its ports.
 *
 * <p>A slice's port is the Service's port of the same name. An address that stands in several slices, as it does while the
 * endpoint slice controller moves it, counts once, and as ready if any of them says so. A Service with two address families
 * has every pod twice: only the Service's first family is used, as long as it has any endpoint.
 */
final class EndpointsCompiler {

    private record Address(ByteString bytes, int port) implements Comparable<Address> {

        private static final Comparator<Address> ORDER = Comparator.comparing(
                        Address::bytes, ByteString.unsignedLexicographicalComparator())
                .thenComparingInt(Address::port);

        @Override
        public int compareTo(Address other) {
            return ORDER.compare(this, other);
        }
    }

    private record Found(EndpointSliceModel.Endpoint endpoint, int weight) {}

    private EndpointsCompiler() {}

    static Shard compile(ServiceModel service, int port, Collection<EndpointSliceModel> slices) {
        ObjectKey key = service.key();
        TreeMap<Address, Found> found = new TreeMap<>();
        Optional<ServiceModel.Port> servicePort = service.port(new PortRef.ByNumber(port));
        if (servicePort.isPresent()) {
            String name = servicePort.get().name();
            service.primaryFamily().ifPresent(family -> collect(slices, name, Optional.of(family), found));
            if (found.isEmpty()) {
                collect(slices, name, Optional.empty(), found);
            }
        }
        Endpoints.Builder endpoints = Endpoints.newBuilder();
        found.forEach((address, one) -> endpoints.addEndpoints(Endpoint.newBuilder()
                .setAddress(address.bytes)
                .setPort(address.port)
                .setState(one.endpoint.ready() ? Endpoint.State.READY : Endpoint.State.TERMINATING)
                .setZone(one.endpoint.zone())
                .setWeight(one.weight <= 1 ? 0 : one.weight)
                .addAllForZones(one.endpoint.forZones())));
        return Shard.of(
                ShardId.endpoints(key.namespace(), key.name(), port),
                ShardBody.newBuilder().setEndpoints(endpoints).build());
    }

    private static void collect(
            Collection<EndpointSliceModel> slices,
            String portName,
            Optional<AddressFamily> family,
            Map<Address, Found> into) {
        for (EndpointSliceModel slice : slices) {
            if (family.isPresent() && family.get() != slice.family()) {
                continue;
            }
            for (EndpointSliceModel.Port port : slice.ports()) {
                if (port.name().equals(portName)) {
                    for (EndpointSliceModel.Endpoint endpoint : slice.endpoints()) {
                        into.merge(
                                new Address(endpoint.address(), port.number()),
                                new Found(endpoint, slice.weight()),
                                (first, second) -> second.endpoint.ready() && !first.endpoint.ready() ? second : first);
                    }
                }
            }
        }
    }
}
