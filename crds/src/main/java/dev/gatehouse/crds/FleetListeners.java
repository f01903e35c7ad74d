package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;

/**
 * The two listeners of a data plane, {@code http} and {@code https}. Ports are the container's; limits hold for both.
 *
 * @param trustedProxies networks whose X-Forwarded-*, Forwarded and PROXY headers are believed, as CIDRs
 * @param proxyProtocol whether every connection must begin with a PROXY header
 * @param http2Cleartext whether clear-text clients may speak HTTP/2 by prior knowledge
 */
@ApiType
@ValidationRule(
        value =
                "!has(self.proxyProtocol) || !self.proxyProtocol || (has(self.trustedProxies) && size(self.trustedProxies) > 0)",
        message = "proxyProtocol needs trustedProxies: name the networks of the load balancers that send the header")
@ValidationRule(
        value = "!has(self.httpPort) || !has(self.httpsPort) || self.httpPort != self.httpsPort",
        message = "httpPort and httpsPort are the same: give each listener its own port")
public record FleetListeners(
        @JsonPropertyDescription("Container port for clear-text HTTP.") @Default("8080") @Min(1024) @Max(65535)
        Integer httpPort,

        @JsonPropertyDescription("Container port for HTTPS.") @Default("8443") @Min(1024) @Max(65535)
        Integer httpsPort,

        @JsonPropertyDescription(
                "Networks (CIDR) of proxies and load balancers in front of the fleet whose X-Forwarded-* and Forwarded headers"
                        + " are believed. Empty: nobody's.")
        @Size(max = 64)
        @ValidationRule(
                value = "self.all(c, isCIDR(c))",
                message = "a trusted proxy is a network: write 10.0.0.0/8, or 192.0.2.7/32 for one address")
        List<@Size(min = 1, max = 64) String> trustedProxies,

        @JsonPropertyDescription(
                "Whether every connection begins with a header of the PROXY protocol, version 1 or 2, that names the client."
                        + " Connections from outside of trustedProxies, and those without the header, are closed.")
        @Default("false")
        Boolean proxyProtocol,

        @JsonPropertyDescription(
                "Whether clients of the clear-text port may speak HTTP/2 without TLS, by prior knowledge (h2c).")
        @Default("false")
        Boolean http2Cleartext,

        @JsonPropertyDescription("TLS with clients, for hosts that say nothing else.")
        FleetTls tls,

        @JsonPropertyDescription("Bounds on what a client may send and on connections to backends.")
        FleetLimits limits,

        @JsonPropertyDescription("How long the data plane waits for what.")
        FleetTimeouts timeouts) {

    static final FleetListeners DEFAULTS = new FleetListeners(
            8080, 8443, List.of(), false, false, FleetTls.DEFAULTS, FleetLimits.NONE, FleetTimeouts.NONE);

    public FleetListeners {
        httpPort = Objects.requireNonNullElse(httpPort, 8080);
        httpsPort = Objects.requireNonNullElse(httpsPort, 8443);
        trustedProxies = Absent.list(trustedProxies);
        proxyProtocol = Objects.requireNonNullElse(proxyProtocol, false);
        http2Cleartext = Objects.requireNonNullElse(http2Cleartext, false);
        tls = Objects.requireNonNullElse(tls, FleetTls.DEFAULTS);
        limits = Objects.requireNonNullElse(limits, FleetLimits.NONE);
        timeouts = Objects.requireNonNullElse(timeouts, FleetTimeouts.NONE);
    }
}
