package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A ProxyFleet, as far as it concerns what its data planes serve.
 *
 * @param settings of its listeners
 * @param defaultCertificate answers for names that no other certificate covers
 */
public record ProxyFleetModel(
        Meta meta,
        ListenerSettings settings,
        Optional<HostRules.CertificateRef> defaultCertificate,
        List<Finding> findings)
        implements ResourceModel {

    public FleetKey fleet() {
        return new FleetKey(key().namespace(), key().name());
    }

    @Override
    public Set<ObjectKey> references() {
        return defaultCertificate.map(c -> Set.of(c.secret())).orElse(Set.of());
    }
}
