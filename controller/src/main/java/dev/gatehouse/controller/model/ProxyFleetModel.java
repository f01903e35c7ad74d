package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A ProxyFleet, as far as it concerns what its data planes serve.
 *
 * @param settings of its listeners
 * @param defaultCertificate answers for names that no other certificate covers
 * @param releaseHold whatever it says: another value than before lets go what is held back
 */
public record ProxyFleetModel(
        Meta meta,
        ListenerSettings settings,
        Optional<HostRules.CertificateRef> defaultCertificate,
        Optional<String> releaseHold,
        List<Finding> findings)
        implements ResourceModel {

    /** Annotation that lets go what is held back. */
    public static final String RELEASE_HOLD = "gatehouse.dev/release-hold";

    public FleetKey fleet() {
        return new FleetKey(key().namespace(), key().name());
    }

    /** Whether it lets go what is held back: its annotation says something else than before. */
    public boolean releases(Optional<ResourceModel> before) {
        Optional<String> last =
                before.flatMap(model -> model instanceof ProxyFleetModel fleet ? fleet.releaseHold : Optional.empty());
        return releaseHold.isPresent() && !releaseHold.equals(last);
    }

    @Override
    public Set<ObjectKey> references() {
        return defaultCertificate.map(c -> Set.of(c.secret())).orElse(Set.of());
    }
}
