package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/**
 * Names a certificate.
 *
 * @param secretName a Secret of type kubernetes.io/tls in the fleet's namespace; "" when the object leaves it out
 */
@ApiType
public record FleetCertificate(
        @JsonPropertyDescription("Name of a Secret of type kubernetes.io/tls in the fleet's namespace.")
        @Required
        @Size(min = 1, max = 253)
        String secretName) {

    public FleetCertificate {
        secretName = Absent.text(secretName);
    }
}
