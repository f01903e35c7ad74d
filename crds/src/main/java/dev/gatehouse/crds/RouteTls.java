package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS with the clients of a route's hosts: the Secrets (type kubernetes.io/tls, same namespace) that hold their certificates,
 * and how it is done. What is left out is as the fleet has it.
 *
 * @param redirect whether requests in clear text are led to https; absent: not
 */
@ApiType
@ValidationRule(
        value = "!(has(self.secretName) && has(self.secretNames))",
        message =
                "write either secretName: shop-tls, or secretNames: [shop-ecdsa, shop-rsa] for several certificates, not both")
@ValidationRule(
        value = "!has(self.cipherSuites) || !has(self.profile)",
        message = "write either a profile or cipherSuites: a profile is a list of cipher suites")
@ValidationRule(
        value = "!(has(self.passthrough) && self.passthrough) || !(has(self.secretName) || has(self.secretNames)"
                + " || has(self.minVersion) || has(self.profile) || has(self.cipherSuites) || has(self.alpn)"
                + " || has(self.clientCertificate) || has(self.hsts))",
        message = RouteTls.PASSTHROUGH_ALONE)
@ValidationRule(
        value = "!(has(self.passthrough) && self.passthrough) || !has(self.redirect) || self.redirect",
        message = RouteTls.PASSTHROUGH_REDIRECTS)
public record RouteTls(
        @JsonPropertyDescription("Name of a Secret of type kubernetes.io/tls in the route's namespace.")
        @Size(min = 1, max = 253)
        @Nullable
        String secretName,

        @JsonPropertyDescription(
                "Names of several such Secrets, for hosts with different certificates or with an ECDSA and an RSA one.")
        @Size(min = 1, max = 16)
        List<@Size(min = 1, max = 253) String> secretNames,

        @JsonPropertyDescription("Lowest version of TLS that is spoken. Absent: that of the fleet, 1.2 by default.")
        @Nullable
        TlsVersion minVersion,

        @JsonPropertyDescription(
                "Versions and cipher suites as Mozilla recommends them: modern is TLS 1.3 alone, intermediate adds TLS 1.2"
                        + " with forward secrecy. Absent: that of the fleet, intermediate by default.")
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

        @JsonPropertyDescription("Certificates that clients are asked for. Absent: none.") @Nullable
        RouteClientCertificate clientCertificate,

        @JsonPropertyDescription(
                "Tells browsers to use https alone from now on, by Strict-Transport-Security on every answer over TLS.")
        @Nullable
        RouteHsts hsts,

        @JsonPropertyDescription(
                "Whether requests in clear text are led to https by a redirect. Paths of ACME (/.well-known/acme-challenge/) are"
                        + " served as they are.")
        @Nullable
        @JsonProperty("redirect")
        Boolean redirect,

        @JsonPropertyDescription("Status of that redirect: 301, 302, 307 or 308. Absent: 308.")
        @ValidationRule(
                value = "self in [301, 302, 307, 308]",
                message = "a redirect has the status 301, 302, 307 or 308")
        @Nullable
        Integer redirectStatus,

        @JsonPropertyDescription(
                "Whether TLS is for the backends to end: connections go to them by server name (SNI), unread, with their"
                        + " certificates and their demands on clients. The route then has one rule with backends alone. Requests in"
                        + " clear text are led to https.")
        @Nullable
        Boolean passthrough) {

    /** What is wrong with certificates and options beside passthrough. */
    public static final String PASSTHROUGH_ALONE =
            "with passthrough: true the backends do TLS with their own certificates: write tls: {passthrough: true} without"
                    + " secretName, secretNames, minVersion, profile, cipherSuites, alpn, clientCertificate and hsts, and set"
                    + " these up at the backends; or write passthrough: false";

    /** What is wrong with switching the redirect off beside passthrough. */
    public static final String PASSTHROUGH_REDIRECTS =
            "with passthrough: true requests in clear text are always led to https, for the backends wait for TLS: remove"
                    + " redirect: false";

    public RouteTls {
        secretNames = Absent.list(secretNames);
        cipherSuites = Absent.list(cipherSuites);
        alpn = Absent.list(alpn);
    }

    /** Certificates and nothing else. */
    public static RouteTls of(@Nullable String secretName, List<String> secretNames) {
        return new RouteTls(secretName, secretNames, null, null, List.of(), List.of(), null, null, null, null, null);
    }

    /** Whether the backends end TLS. */
    public boolean passesThrough() {
        return passthrough != null && passthrough;
    }

    /** Whether it says anything that is nobody's business if the backends end TLS. */
    public boolean endsTls() {
        return !secrets().isEmpty()
                || minVersion != null
                || profile != null
                || !cipherSuites.isEmpty()
                || !alpn.isEmpty()
                || clientCertificate != null
                || hsts != null;
    }

    /** Every Secret named, in the order of the object. */
    public List<String> secrets() {
        if (secretName == null || secretName.isEmpty()) {
            return secretNames;
        }
        List<String> all = new ArrayList<>(secretNames.size() + 1);
        all.add(secretName);
        all.addAll(secretNames);
        return List.copyOf(all);
    }
}
