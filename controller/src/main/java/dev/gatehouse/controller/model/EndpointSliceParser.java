package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads an EndpointSlice, as {@code discovery.k8s.io/v1} documents it: a missing {@code ready} is true, a missing
 * {@code serving} equals {@code ready}, a missing {@code terminating} is false; of several addresses the first counts.
 */
final class EndpointSliceParser {

    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String WEIGHT = "gatehouse.dev/weight";
    private static final int MAX_WEIGHT = 1_000;

    private EndpointSliceParser() {}

    static ResourceModel parse(Meta meta, EndpointSlice slice) {
        Map<String, String> labels = slice.getMetadata().getLabels();
        Optional<ObjectKey> service = labels == null || labels.get(SERVICE_NAME) == null
                ? Optional.empty()
                : Optional.of(ObjectKey.service(meta.key().namespace(), labels.get(SERVICE_NAME)));
        AddressFamily family = "IPv6".equals(slice.getAddressType()) ? AddressFamily.IPV6 : AddressFamily.IPV4;
        List<EndpointSliceModel.Endpoint> endpoints = new ArrayList<>();
        // Slices of type FQDN are deprecated and have no addresses to dial.
        if (!"FQDN".equals(slice.getAddressType())) {
            for (Endpoint endpoint : listed(slice.getEndpoints())) {
                endpoint(endpoint).ifPresent(endpoints::add);
            }
        }
        return new EndpointSliceModel(meta, service, family, ports(slice), List.copyOf(endpoints), weight(slice));
    }

    /** The API server writes an empty list of endpoints or ports as null: that of a Service whose last pod has gone. */
    private static <T> List<T> listed(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static List<EndpointSliceModel.Port> ports(EndpointSlice slice) {
        List<EndpointSliceModel.Port> ports = new ArrayList<>();
        for (EndpointPort port : listed(slice.getPorts())) {
            boolean tcp = port.getProtocol() == null || port.getProtocol().equals("TCP");
            if (tcp && port.getPort() != null) {
                ports.add(new EndpointSliceModel.Port(port.getName() == null ? "" : port.getName(), port.getPort()));
            }
        }
        return List.copyOf(ports);
    }

    private static Optional<EndpointSliceModel.Endpoint> endpoint(Endpoint endpoint) {
        Optional<EndpointConditions> conditions = Optional.ofNullable(endpoint.getConditions());
        boolean ready = conditions.map(EndpointConditions::getReady).orElse(true);
        boolean serving = conditions.map(EndpointConditions::getServing).orElse(ready);
        boolean terminating = conditions.map(EndpointConditions::getTerminating).orElse(false);
        boolean kept = ready || (serving && terminating);
        if (!kept || listed(endpoint.getAddresses()).isEmpty()) {
            return Optional.empty();
        }
        String zone = endpoint.getZone() == null ? "" : endpoint.getZone();
        return address(endpoint.getAddresses().getFirst())
                .map(address -> new EndpointSliceModel.Endpoint(address, ready, zone, forZones(endpoint)));
    }

    private static List<String> forZones(Endpoint endpoint) {
        return endpoint.getHints() == null
                ? List.of()
                : listed(endpoint.getHints().getForZones()).stream()
                        .map(ForZone::getName)
                        .distinct()
                        .sorted()
                        .toList();
    }

    /**
     * Slices have no field for it; who writes them by hand, for machines outside of the cluster, says it so. 0 if it cannot be
     * read.
     */
    private static int weight(EndpointSlice slice) {
        Map<String, String> annotations = slice.getMetadata().getAnnotations();
        String text = annotations == null
                ? "1"
                : annotations.getOrDefault(WEIGHT, "1").strip();
        int weight = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        return weight > MAX_WEIGHT ? 0 : weight;
    }

    private static Optional<ByteString> address(String literal) {
        try {
            return Optional.of(
                    ByteString.copyFrom(InetAddress.ofLiteral(literal).getAddress()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
