package dev.gatehouse.dataplane.forward.tls;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Compares the names of a certificate with those that are expected (RFC 9525, 6.3 to 6.6): subject alternative names alone,
 * never the common name; a wildcard stands for exactly one label, the first, and only as a whole. Pure.
 */
final class CertificateNames {
    private static final int DNS = 2;
    private static final int URI = 6;
    private static final int ADDRESS = 7;

    private CertificateNames() {}

    /** Whether the certificate is made out to one of the names: DNS names, URIs or IP addresses. */
    static boolean anyOf(Set<String> expected, X509Certificate certificate) {
        for (List<?> name : alternatives(certificate)) {
            if (name.get(0) instanceof Integer type
                    && name.get(1) instanceof String presented
                    && expected.stream().anyMatch(one -> matches(type, presented, one))) {
                return true;
            }
        }
        return false;
    }

    /** All names that could be expected, as the certificate spells them. */
    static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        for (List<?> name : alternatives(certificate)) {
            if (name.get(1) instanceof String presented) {
                names.add(presented);
            }
        }
        return names;
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            return List.of(); // it is for nobody
        }
    }

    private static boolean matches(int type, String presented, String expected) {
        return switch (type) {
            case DNS -> !isUri(expected) && address(expected).isEmpty() && dns(lower(presented), lower(expected));
            case URI -> isUri(expected) && presented.equals(expected);
            case ADDRESS -> address(expected).isPresent() && address(expected).equals(address(presented));
            default -> false;
        };
    }

    private static boolean dns(String presented, String expected) {
        if (presented.equals(expected)) {
            return true;
        }
        int dot = expected.indexOf('.');
        return dot > 0 && presented.startsWith("*.") && presented.substring(1).equals(expected.substring(dot));
    }

    private static boolean isUri(String name) {
        return name.contains("://");
    }

    /** Both sides may spell an IPv6 address in many ways. Empty: it is a name. */
    private static Optional<InetAddress> address(String text) {
        if (text.indexOf(':') < 0 && !text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
