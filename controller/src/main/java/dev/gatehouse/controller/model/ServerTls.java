package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * What one object, or a fleet, says about TLS with clients. What is left out is decided further up.
 *
 * @param tls13Only empty: says nothing
 * @param cipherSuites for TLS 1.2, in order of preference; empty: says nothing
 * @param alpn in order of preference; empty: says nothing
 * @param clientCertificate what clients are asked for
 * @param hsts value of Strict-Transport-Security
 * @param problem what cannot be understood: as long as there is one, no handshake is done for the host
 */
public record ServerTls(
        Optional<Boolean> tls13Only,
        List<String> cipherSuites,
        List<String> alpn,
        Optional<ClientCertificate> clientCertificate,
        Optional<String> hsts,
        Optional<Finding> problem) {

    /** Says nothing. */
    public static final ServerTls NONE =
            new ServerTls(Optional.empty(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Certificates that clients are asked for.
     *
     * @param authorities in the order of the object
     */
    public record ClientCertificate(Mode mode, List<AuthorityRef> authorities, Forward forward) {}

    /**
     * Names who may issue them.
     *
     * @param object a ConfigMap or Secret
     * @param field where it is named
     */
    public record AuthorityRef(ObjectKey object, String field) {}

    /** What happens without a certificate that holds. */
    public enum Mode {
        REQUIRE,
        OPTIONAL,
        REQUEST
    }

    /** What the backend is told. */
    public enum Forward {
        SUMMARY,
        CERTIFICATE,
        NOTHING
    }
}
