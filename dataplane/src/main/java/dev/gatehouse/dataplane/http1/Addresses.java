package dev.gatehouse.dataplane.http1;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Addresses as the fields of proxies have them. Pure. */
final class Addresses {
    private Addresses() {}

    /** The elements of a list of them (RFC 9110, 5.6.1); empty ones are none. */
    static List<String> list(byte[] b, int from, int end) {
        List<String> elements = new ArrayList<>();
        for (String element : new String(b, from, end - from, StandardCharsets.ISO_8859_1).split(",")) {
            String text = element.strip();
            if (!text.isEmpty()) {
                elements.add(text);
            }
        }
        return elements;
    }

    /**
     * {@code 192.0.2.7}, {@code 192.0.2.7:4711}, {@code 2001:db8::7}, {@code [2001:db8::7]:4711}; empty for anything else.
     *
     * @return 4 or 16 bytes in network order; 4 for an IPv4 address in the form of an IPv6 address
     */
    static Optional<byte[]> parse(String text) {
        String address = withoutPort(text);
        // The shorter forms of IPv4 (RFC 6943, 3.1.1) are read in more than one way.
        boolean whole = address.indexOf(':') >= 0
                || address.chars().filter(c -> c == '.').count() == 3;
        try {
            return whole ? Optional.of(InetAddress.ofLiteral(address).getAddress()) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String withoutPort(String text) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            return end < 0 ? "" : text.substring(1, end);
        }
        int colon = text.indexOf(':');
        return colon >= 0 && text.indexOf('.') >= 0 && text.lastIndexOf(':') == colon ? text.substring(0, colon) : text;
    }
}
