package dev.gatehouse.controller.model;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a header may be called, and which ones only the proxy itself may write. */
final class HeaderNames {

    // RFC 9110, 5.6.2: token.
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}");

    // They frame the message or the connection (RFC 9110, 7.6.1; RFC 9112, 6): an edit would desynchronise the two
    // sides.
    private static final Set<String> FRAMING = Set.of(
            "connection",
            "content-length",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private HeaderNames() {}

    /** Why it cannot be a name; empty if it can. */
    static Optional<String> problem(String name) {
        return TOKEN.matcher(name).matches()
                ? Optional.empty()
                : Optional.of("'" + HostNames.shown(name) + "' is no header name; write one such as x-team");
    }

    static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Whether it is the proxy's alone. */
    static boolean isFraming(String lowerName) {
        return FRAMING.contains(lowerName);
    }

    /** Whether the text can be a value: RFC 9110, 5.5 without the obsolete forms; above all no line break. */
    static boolean isValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
                return false;
            }
        }
        return text.equals(text.strip());
    }
}
