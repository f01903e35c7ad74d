package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.BackendModel.ServiceBackend;
import dev.gatehouse.controller.model.BackendModel.Unserved;
import dev.gatehouse.crds.RouteBackend;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a backend of a custom resource. One that cannot be is told, and its requests answer 503. Stateless. */
final class BackendParser {

    private BackendParser() {}

    /**
     * A backend.
     *
     * @param namespace of the object
     * @param field where it stands
     * @param object takes findings, and the reference
     */
    static BackendModel parse(RouteBackend backend, String namespace, String field, RouteBuilder object) {
        int weight = backend.weight();
        if (backend.service().isEmpty()) {
            object.find(Finding.error(Reasons.INVALID_BACKEND, field + ".service", "is missing; name a Service"));
            return new Unserved("backend-missing", Math.max(weight, 0));
        }
        if (weight < 0) {
            object.find(
                    Finding.error(Reasons.INVALID_BACKEND, field + ".weight", "is " + weight + "; write 0 or more"));
            return new Unserved("backend-invalid", 0);
        }
        Optional<PortRef> port = port(backend.port());
        if (port.isEmpty()) {
            object.find(Finding.error(
                    Reasons.INVALID_BACKEND,
                    field + ".port",
                    "is no port; write the name or the number, 1 to 65535, of a port of the Service"));
            return new Unserved("backend-invalid", weight);
        }
        ObjectKey service =
                ObjectKey.service(backend.namespace() == null ? namespace : backend.namespace(), backend.service());
        object.refer(service);
        return new ServiceBackend(service, port.get(), weight, field + ".service", field + ".port");
    }

    private static Optional<PortRef> port(@Nullable IntOrString port) {
        if (port == null) {
            return Optional.empty();
        }
        if (port.getIntVal() != null) {
            int number = port.getIntVal();
            return number >= 1 && number <= 65535 ? Optional.of(new PortRef.ByNumber(number)) : Optional.empty();
        }
        String name = port.getStrVal();
        return name == null || name.isEmpty() ? Optional.empty() : Optional.of(new PortRef.ByName(name));
    }
}
