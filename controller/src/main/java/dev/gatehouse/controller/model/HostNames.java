package dev.gatehouse.controller.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** What a host may look like: RFC 1123 names in lower case, or such a name behind one {@code *} label. */
final class HostNames {

    /** The host of rules that name none: every host. */
    static final String ANY = "*";

    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

    private HostNames() {}

    /** Why {@code host} cannot be one; empty if it can. */
    static Optional<String> problem(String host) {
        String name = host.startsWith("*.") ? host.substring(2) : host;
        if (host.length() <= 253 && NAME.matcher(name).matches()) {
            return IPV4.matcher(name).matches()
                    ? Optional.of(
                            "'" + host + "' is an address; write a DNS name, or leave the host out to take every host")
                    : Optional.empty();
        }
        return Optional.of("'" + shown(host) + "' is no host: write a DNS name in lower case such as shop.example.com,"
                + " with at most one * as its whole first label such as *.example.com");
    }

    /** Whether it is a name of RFC 1123, as objects and hosts have them. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    static boolean looksLikeIpv4(String text) {
        return IPV4.matcher(text).matches();
    }

    /** What of a value is shown in a message: a bad value may be of any length. */
    static String shown(String value) {
        return value.length() <= 80 ? value : value.substring(0, 77) + "...";
    }
}
