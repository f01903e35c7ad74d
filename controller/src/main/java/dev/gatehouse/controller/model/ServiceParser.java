package dev.gatehouse.controller.model;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a Service. */
final class ServiceParser {

    private static final String PROXY_PROTOCOL = "gatehouse.dev/proxy-protocol";

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
                String appProtocol = port.getAppProtocol() == null ? "" : port.getAppProtocol();
                ports.add(new ServiceModel.Port(name, port.getPort(), target == null ? 0 : target, appProtocol));
            }
        }
        boolean external = "ExternalName".equals(spec.getType());
        Optional<String> externalName =
                external ? Optional.of(spec.getExternalName() == null ? "" : spec.getExternalName()) : Optional.empty();
        Map<String, String> written = service.getMetadata().getAnnotations();
        Map<String, String> annotations = written == null ? Map.of() : written;
        List<Finding> findings = new ArrayList<>();
        ProxyProtocol proxyProtocol = proxyProtocol(annotations, findings);
        if (BackendTlsParser.any(annotations) && ports.stream().noneMatch(ServiceModel.Port::isTls)) {
            findings.add(Finding.warning(
                    Reasons.BACKEND_TLS_INVALID,
                    "metadata.annotations",
                    "says how to verify TLS, but no port has appProtocol: https; without it requests are sent in clear"
                            + " text"));
        }
        return new ServiceModel(
                meta,
                externalName,
                List.copyOf(ports),
                primaryFamily(spec),
                proxyProtocol,
                BackendTlsParser.parse(meta.key().namespace(), annotations),
                List.copyOf(findings));
    }

    private static ProxyProtocol proxyProtocol(Map<String, String> annotations, List<Finding> findings) {
        String value = annotations.get(PROXY_PROTOCOL);
        return switch (value) {
            case null -> ProxyProtocol.OFF;
            case "v1" -> ProxyProtocol.V1;
            case "v2" -> ProxyProtocol.V2;
            default -> {
                findings.add(Finding.error(
                        Reasons.INVALID_VALUE,
                        "metadata.annotations['" + PROXY_PROTOCOL + "']",
                        "is '" + HostNames.shown(value)
                                + "'; write v1 or v2, or leave it out. Until then no header is sent"));
                yield ProxyProtocol.OFF;
            }
        };
    }

    private static Optional<AddressFamily> primaryFamily(ServiceSpec spec) {
        List<String> families = spec.getIpFamilies();
        if (families == null || families.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(families.getFirst().equals("IPv6") ? AddressFamily.IPV6 : AddressFamily.IPV4);
    }
}
