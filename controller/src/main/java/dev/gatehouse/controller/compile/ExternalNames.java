package dev.gatehouse.controller.compile;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which external names may be dialled. In a cluster none that leads to the data plane's own host or to link-local addresses
 * (metadata services): whoever may create a Service must not reach those through the proxy.
 */
final class ExternalNames {

    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\\.?");

    private ExternalNames() {}

    /** Why it may not be dialled; empty if it may. */
    static Optional<String> problem(String name, boolean standalone) {
        Optional<InetAddress> literal = literal(name);
        if (literal.isEmpty() && (name.length() > 253 || !NAME.matcher(name).matches())) {
            return Optional.of("is no DNS name; write one such as api.example.com");
        }
        if (standalone) {
            return Optional.empty();
        }
        String lower = name.toLowerCase(Locale.ROOT);
        String bare = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
        boolean own = bare.equals("localhost")
                || bare.endsWith(".localhost")
                || literal.map(ExternalNames::isOwn).orElse(false);
        return own
                ? Optional.of("leads to the proxy's own machine or to a link-local address; name a host outside")
                : Optional.empty();
    }

    private static boolean isOwn(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress();
    }

    private static Optional<InetAddress> literal(String name) {
        try {
            return Optional.of(InetAddress.ofLiteral(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
