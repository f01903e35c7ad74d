package dev.gatehouse.controller.publish;

import java.time.Instant;
import java.util.Optional;

/**
 * What a node's certificate says.
 *
 * @param identity of the node
 * @param enrolled when it last showed a token; kept by renewals
 * @param notAfter end of the certificate
 */
record NodeCredential(NodeIdentity identity, Instant enrolled, Instant notAfter) {

    private static final String ENROLLED = "?enrolled=";

    /** The name in a certificate of a node that enrolled then. */
    static String uri(NodeIdentity identity, Instant enrolled) {
        return identity.uri() + ENROLLED + enrolled.toEpochMilli();
    }

    /** Reads what {@link #uri} wrote; empty for anything else. */
    static Optional<NodeCredential> ofUri(String uri, Instant notAfter) {
        int at = uri.indexOf(ENROLLED);
        if (at < 0) {
            return Optional.empty();
        }
        String millis = uri.substring(at + ENROLLED.length());
        if (!millis.matches("[0-9]{1,15}")) {
            return Optional.empty();
        }
        return NodeIdentity.ofUri(uri.substring(0, at))
                .map(identity -> new NodeCredential(identity, Instant.ofEpochMilli(Long.parseLong(millis)), notAfter));
    }
}
