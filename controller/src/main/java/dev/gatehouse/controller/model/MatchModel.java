package dev.gatehouse.controller.model;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which requests of a host a rule takes. Two equal matches take the same requests.
 *
 * @param type how the path is compared
 * @param path starts with a slash unless it is a regular expression; a prefix has no slash at its end, but for the root
 * @param headers all must hold; sorted by name
 * @param methods any of them; sorted; empty for every method
 * @param queryParams all must hold; sorted by name
 * @param cookies all must hold; sorted by name
 * @param sources CIDRs, any of them; sorted; empty for every client
 */
public record MatchModel(
        PathType type,
        String path,
        List<ValueCondition> headers,
        List<String> methods,
        List<ValueCondition> queryParams,
        List<ValueCondition> cookies,
        List<String> sources) {

    /** Takes every request. */
    public static final MatchModel ANY = ofPath(PathType.PREFIX, "/");

    /** How a path is compared; in the order in which rules are tried. */
    public enum PathType {
        EXACT,
        /** Element by element: {@code /foo} takes {@code /foo/bar}, not {@code /foobar}. */
        PREFIX,
        /** RE2 syntax, whole path. */
        REGEX
    }

    /**
     * A condition on the first value of a header, query parameter or cookie.
     *
     * @param name that of a header in lower case
     * @param value empty for {@link ValueTest#PRESENT} and {@link ValueTest#ABSENT}
     */
    public record ValueCondition(String name, ValueTest test, String value) {

        static final Comparator<ValueCondition> BY_NAME = Comparator.comparing(ValueCondition::name)
                .thenComparing(ValueCondition::test)
                .thenComparing(ValueCondition::value);
    }

    /** How a value is compared. */
    public enum ValueTest {
        EXACT,
        REGEX,
        PRESENT,
        ABSENT
    }

    /** A condition on the path alone. */
    static MatchModel ofPath(PathType type, String path) {
        return new MatchModel(type, path, List.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** The same with one condition more. */
    MatchModel withHeader(ValueCondition header) {
        return new MatchModel(type, path, and(headers, header), methods, queryParams, cookies, sources);
    }

    /** The same with one condition more. */
    MatchModel withCookie(ValueCondition cookie) {
        return new MatchModel(type, path, headers, methods, queryParams, and(cookies, cookie), sources);
    }

    private static List<ValueCondition> and(List<ValueCondition> conditions, ValueCondition one) {
        return Stream.concat(conditions.stream(), Stream.of(one))
                .sorted(ValueCondition.BY_NAME)
                .toList();
    }

    /** Conditions beyond the path: one for each header, query parameter and cookie, one for the methods, one for the sources. */
    public int furtherConditions() {
        return headers.size()
                + queryParams.size()
                + cookies.size()
                + (methods.isEmpty() ? 0 : 1)
                + (sources.isEmpty() ? 0 : 1);
    }

    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder(type == PathType.EXACT ? "exact " : type == PathType.PREFIX ? "prefix " : "regex ");
        text.append(path);
        headers.forEach(header -> text.append(", header ").append(header.name()));
        queryParams.forEach(param -> text.append(", query parameter ").append(param.name()));
        cookies.forEach(cookie -> text.append(", cookie ").append(cookie.name()));
        if (!methods.isEmpty()) {
            text.append(", method ").append(String.join("|", methods));
        }
        if (!sources.isEmpty()) {
            text.append(", from ").append(String.join("|", sources));
        }
        return text.toString();
    }
}
