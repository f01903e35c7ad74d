package dev.gatehouse.controller.model;

/**
 * Something that the author of an object should know.
 *
 * @param severity whether the named part is served
 * @param reason what it is, for programs: one of {@link Reasons}
 * @param field JSON path within the object, such as {@code spec.rules[0].host}
 * @param message a sentence for people: what was found, what was expected, what to do
 */
public record Finding(Severity severity, String reason, String field, String message) {

    public static Finding error(String reason, String field, String message) {
        return new Finding(Severity.ERROR, reason, field, message);
    }

    public static Finding warning(String reason, String field, String message) {
        return new Finding(Severity.WARNING, reason, field, message);
    }
}
