package dev.gatehouse.controller.model;

import java.time.Instant;
import java.util.Optional;

/**
 * A ConfigMap, as far as it concerns TLS, or what is served instead of what is asked for.
 *
 * @param authorities in its key {@code ca.crt}
 * @param status of a certificate, if it is a {@link StatusConfigMap}; to be believed only in the controller's own namespace
 * @param rollback if it is a {@link RollbackConfigMap}; to be believed only there, too
 */
public record ConfigMapModel(
        Meta meta, Authorities authorities, Optional<CertificateStatus> status, Optional<Rollback> rollback)
        implements ResourceModel {

    /** One that holds the status of a certificate, and was made by this process itself. */
    public static ConfigMapModel of(ObjectKey key, CertificateStatus status) {
        return new ConfigMapModel(
                new Meta(key, "", 0, Instant.EPOCH), Authorities.read("", ""), Optional.of(status), Optional.empty());
    }
}
