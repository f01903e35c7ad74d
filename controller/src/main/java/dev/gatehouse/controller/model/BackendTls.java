package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * What a Service says about TLS to its endpoints, by its annotations {@code gatehouse.dev/backend-*}.
 *
 * @param serverName lower case
 * @param names that the certificate may have instead of the server name; sorted
 * @param authority the ConfigMap or Secret with the issuers to trust; empty: the public ones
 * @param clientCertificate the Secret with the certificate that is shown
 * @param verified false: any certificate will do
 * @param errors what cannot be understood: as long as there is any, nothing may be sent
 */
public record BackendTls(
        Optional<String> serverName,
        List<String> names,
        Optional<ObjectKey> authority,
        Optional<ObjectKey> clientCertificate,
        boolean verified,
        List<Finding> errors) {

    /** Names the authority. */
    public static final String AUTHORITY = "gatehouse.dev/backend-ca";

    /** Names the client certificate. */
    public static final String CLIENT_CERTIFICATE = "gatehouse.dev/backend-client-certificate";

    /** Where an annotation stands. */
    public static String field(String annotation) {
        return "metadata.annotations['" + annotation + "']";
    }
}
