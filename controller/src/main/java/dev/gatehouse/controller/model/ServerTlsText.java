package dev.gatehouse.controller.model;

import dev.gatehouse.crds.TlsNames;
import java.util.List;
import java.util.Set;

/** Values and words that custom resources and annotations share. */
final class ServerTlsText {

    /** Mozilla's profile 5.7, without the suites of finite-field key exchange, which BoringSSL does not have. */
    static final List<String> INTERMEDIATE = TlsNames.SUITES.subList(0, 6);

    /** Statuses that lead elsewhere. */
    static final Set<Integer> REDIRECTS = Set.of(301, 302, 307, 308);

    private ServerTlsText() {}

    static String unknownSuite(String found) {
        return "is '" + HostNames.shown(found) + "'; write IANA names out of " + String.join(", ", TlsNames.SUITES)
                + "; those of TLS 1.3 are always on";
    }

    static String unknownProtocol(String found) {
        return "is '" + HostNames.shown(found) + "'; write h2, http/1.1 or both";
    }

    /** RFC 6797, 6.1. */
    static String hsts(long seconds, boolean includeSubDomains, boolean preload) {
        return "max-age=" + seconds + (includeSubDomains ? "; includeSubDomains" : "") + (preload ? "; preload" : "");
    }
}
