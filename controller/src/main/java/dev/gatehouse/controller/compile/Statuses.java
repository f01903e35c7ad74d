package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.ConfigMapModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SecretModel.Usable;
import dev.gatehouse.controller.model.StatusConfigMap;
import java.util.Optional;

/** Finds what issuers say of certificates. */
final class Statuses {

    private final Objects objects;
    private final String namespace;

    /** @param namespace whose ConfigMaps are believed */
    Statuses(Objects objects, String namespace) {
        this.objects = objects;
        this.namespace = namespace;
    }

    /** Where it would stand; empty for a certificate that nobody can be asked about. */
    Optional<ObjectKey> key(Usable certificate) {
        return certificate.hasResponder()
                ? Optional.of(ObjectKey.configMap(
                        namespace, StatusConfigMap.name(certificate.chain().getFirst())))
                : Optional.empty();
    }

    /** What is said of it; empty if nothing is known. */
    Optional<CertificateStatus> of(Usable certificate) {
        return key(certificate)
                .flatMap(objects::get)
                .flatMap(found -> found instanceof ConfigMapModel config ? config.status() : Optional.empty());
    }
}
