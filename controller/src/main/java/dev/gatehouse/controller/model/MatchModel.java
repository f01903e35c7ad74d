package dev.gatehouse.controller.model;

import java.util.List;

/**
 * Which requests of a host a rule takes. Two equal matches take the same requests.
 *
 * @param type how the path is compared
 * @param path starts with a slash unless it is a regular expression; a prefix has no slash at its end, but for the root
 * @param headers all must hold; sorted by name
 * @param methods any of them; sorted; empty for every method
 */
public record MatchModel(PathType type, String path, List<HeaderCondition> headers, List<String> methods) {

    /** Takes every request. */
    public static final MatchModel ANY = new MatchModel(PathType.PREFIX, "/", List.of(), List.of());

    /** How a path is compared; in the order in which rules are tried. */
    public enum PathType {
        EXACT,
        /** Element by element: {@code /foo} takes {@code /foo/bar}, not {@code /foobar}. */
        PREFIX,
        /** RE2 syntax, whole path. */
        REGEX
    }

    /**
     * A condition on the first value of a header.
     *
     * @param name lower case
     * @param value empty for {@link HeaderTest#PRESENT} and {@link HeaderTest#ABSENT}
     */
    public record HeaderCondition(String name, HeaderTest test, String value) {}

    /** How a header's value is compared. */
    public enum HeaderTest {
        EXACT,
        REGEX,
        PRESENT,
        ABSENT
    }

    /** Conditions beyond the path: one for each header, one for the methods. */
    public int furtherConditions() {
        return headers.size() + (methods.isEmpty() ? 0 : 1);
    }

    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder(type == PathType.EXACT ? "exact " : type == PathType.PREFIX ? "prefix " : "regex ");
        text.append(path);
        for (HeaderCondition header : headers) {
            text.append(", header ").append(header.name());
        }
        if (!methods.isEmpty()) {
            text.append(", method ").append(String.join("|", methods));
        }
        return text.toString();
    }
}
