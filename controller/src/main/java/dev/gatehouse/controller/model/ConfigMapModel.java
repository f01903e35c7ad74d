package dev.gatehouse.controller.model;

import java.time.Instant;
import java.util.Optional;

/**
 * A ConfigMap, as far as it concerns TLS.
 *
 * @param authorities in its key {@code ca.crt}
 * @param status of a certificate, if it is a {@link StatusConfigMap}; to be believed only in the controller's own namespace
 */
public record ConfigMapModel(Meta meta, Authorities authorities, Optional<CertificateStatus> status)
        implements ResourceModel {

    /** One that holds the status of a certificate, and was made by this process itself. */
    public static ConfigMapModel of(ObjectKey key, CertificateStatus status) {
        return new ConfigMapModel(new Meta(key, "", 0, Instant.EPOCH), Authorities.read("", ""), Optional.of(status));
    }
}
