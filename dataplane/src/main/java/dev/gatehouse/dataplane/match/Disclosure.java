package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What may be told of a request and of rules: values that let somebody in are not. */
final class Disclosure {

    static final String HIDDEN = "(hidden)";

    private static final Set<String> CREDENTIALS =
            Set.of("authorization", "proxy-authorization", "cookie", "set-cookie", "proxy-authenticate");
    private static final Pattern SECRET = Pattern.compile("api-?key|token|secret|password|credential|session");

    private Disclosure() {}

    /** A value as it may be shown, by the name of what has it. */
    static String shown(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        return CREDENTIALS.contains(lower) || SECRET.matcher(lower).find() ? HIDDEN : value;
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
