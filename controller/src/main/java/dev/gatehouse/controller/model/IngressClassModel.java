package dev.gatehouse.controller.model;

import java.util.Optional;
import java.util.Set;

/**
 * An IngressClass.
 *
 * @param controller who serves it
 * @param isDefault whether it takes the Ingresses that name no class
 * @param parameters what {@code spec.parameters} names
 */
public record IngressClassModel(Meta meta, String controller, boolean isDefault, Optional<Parameters> parameters)
        implements ResourceModel {

    /**
     * The reference of {@code spec.parameters}.
     *
     * @param scope {@code Cluster} or {@code Namespace}
     * @param namespace empty if not given
     */
    public record Parameters(String apiGroup, String kind, String scope, String namespace, String name) {

        /** Whether it names a ProxyFleet in a namespace, which is where ProxyFleets live. */
        public boolean isFleet() {
            return apiGroup.equals("gatehouse.dev")
                    && kind.equals("ProxyFleet")
                    && scope.equals("Namespace")
                    && !namespace.isEmpty();
        }

        public FleetKey fleet() {
            return new FleetKey(namespace, name);
        }
    }

    @Override
    public Set<ObjectKey> references() {
        return parameters
                .filter(Parameters::isFleet)
                .map(p -> Set.of(p.fleet().object()))
                .orElse(Set.of());
    }
}
