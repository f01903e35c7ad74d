package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** TLS with the clients of a fleet, where their host says nothing else. */
@ApiType
@ValidationRule(
        value = "!has(self.cipherSuites) || !has(self.profile)",
        message = "write either a profile or cipherSuites: a profile is a list of cipher suites")
public record FleetTls(
        @JsonPropertyDescription("Lowest version of TLS that is spoken. Default 1.2.") @Nullable
        TlsVersion minVersion,

        @JsonPropertyDescription(
                "Versions and cipher suites as Mozilla recommends them: modern is TLS 1.3 alone, intermediate adds TLS 1.2"
                        + " with forward secrecy. Default intermediate.")
        @Nullable
        TlsProfile profile,

        @JsonPropertyDescription(
                "Cipher suites for TLS 1.2 by their IANA names, in order of preference, instead of a profile's. Those of"
                        + " TLS 1.3 are always on.")
        @Size(min = 1, max = 16)
        @ValidationRule(value = TlsNames.SUITES_CEL, message = TlsNames.SUITES_MESSAGE)
        List<@Size(min = 1, max = 64) String> cipherSuites,

        @JsonPropertyDescription("Protocols that are offered inside of TLS, in order of preference: h2, http/1.1.")
        @Size(min = 1, max = 2)
        @ValidationRule(value = TlsNames.ALPN_CEL, message = TlsNames.ALPN_MESSAGE)
        List<@Size(min = 1, max = 16) String> alpn,

        @JsonPropertyDescription(
                "What becomes of TLS clients that name a host which the fleet does not have, or none: they are shown the"
                        + " default certificate, or refused.")
        @Default("DefaultCertificate")
        UnknownName unknownName,

        @JsonPropertyDescription(
                "Whether clients are given session tickets, with which they come back at the cost of no signature, to whichever"
                        + " data plane of the fleet. Never where client certificates are asked for.")
        @Default("true")
        Boolean sessionTickets,

        @JsonPropertyDescription(
                "Whether issuers are asked, where their certificates say how, whether certificates were revoked (OCSP), and"
                        + " clients shown the answer.")
        @Default("true")
        Boolean ocspStapling) {

    static final FleetTls DEFAULTS =
            new FleetTls(null, null, List.of(), List.of(), UnknownName.DefaultCertificate, true, true);

    public FleetTls {
        cipherSuites = Absent.list(cipherSuites);
        alpn = Absent.list(alpn);
        unknownName = Objects.requireNonNullElse(unknownName, UnknownName.DefaultCertificate);
        sessionTickets = Objects.requireNonNullElse(sessionTickets, true);
        ocspStapling = Objects.requireNonNullElse(ocspStapling, true);
    }

    /** What becomes of clients that name an unknown host. */
    public enum UnknownName {
        DefaultCertificate,
        Refuse
    }
}
