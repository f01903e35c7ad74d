package dev.gatehouse.controller.model;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a Service. */
final class ServiceParser {

    private ServiceParser() {}

    static ResourceModel parse(Meta meta, Service service) {
        ServiceSpec spec = service.getSpec();
        if (spec == null) {
            return ModelParser.unreadable(meta, "spec", "is missing; a Service has at least spec.ports");
        }
        List<ServiceModel.Port> ports = new ArrayList<>();
        for (ServicePort port : spec.getPorts()) {
            boolean tcp = port.getProtocol() == null || port.getProtocol().equals("TCP");
            if (tcp && port.getPort() != null) {
                Integer target = port.getTargetPort() == null
                        ? null
                        : port.getTargetPort().getIntVal();
                String name = port.getName() == null ? "" : port.getName();
                ports.add(new ServiceModel.Port(name, port.getPort(), target == null ? 0 : target));
            }
        }
        boolean external = "ExternalName".equals(spec.getType());
        Optional<String> externalName =
                external ? Optional.of(spec.getExternalName() == null ? "" : spec.getExternalName()) : Optional.empty();
        return new ServiceModel(meta, externalName, List.copyOf(ports), primaryFamily(spec));
    }

    private static Optional<AddressFamily> primaryFamily(ServiceSpec spec) {
        List<String> families = spec.getIpFamilies();
        if (families == null || families.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(families.getFirst().equals("IPv6") ? AddressFamily.IPV6 : AddressFamily.IPV4);
    }
}
