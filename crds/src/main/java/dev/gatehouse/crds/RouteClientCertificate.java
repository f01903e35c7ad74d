package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Certificates that clients are asked for.
 *
 * @param mode null in an object that did not pass an API server
 */
@ApiType
public record RouteClientCertificate(
        @JsonPropertyDescription(
                "Require: no connection without a certificate that holds. Optional: a client may have none, but not a bad one."
                        + " Request: whatever the client has is let in, and the backend is told whether it holds.")
        @Required
        @Nullable
        Mode mode,

        @JsonPropertyDescription("Where the authorities stand that may have issued the clients' certificates.")
        @Required
        @Size(min = 1, max = 16)
        List<RouteAuthority> ca,

        @JsonPropertyDescription(
                "What the backend is told in the headers ssl-client-* and X-Forwarded-Client-Cert: Summary, Certificate (that"
                        + " and the certificate itself) or Nothing. Default Summary.")
        @Nullable
        Forward forward) {

    public RouteClientCertificate {
        ca = Absent.list(ca);
        forward = Objects.requireNonNullElse(forward, Forward.Summary);
    }

    /** What happens without a certificate that holds. */
    public enum Mode {
        Require,
        Optional,
        Request
    }

    /** What the backend is told. */
    public enum Forward {
        Summary,
        Certificate,
        Nothing
    }
}
