package dev.gatehouse.controller.model;

/** What of a request says with which others it belongs together. */
public sealed interface RequestKey {

    /**
     * The first value of a header.
     *
     * @param name lower case
     */
    record Header(String name) implements RequestKey {}

    /** The first value of a cookie. */
    record Cookie(String name) implements RequestKey {}

    /** The client's address. */
    record Source() implements RequestKey {}

    /** The path. */
    record Path() implements RequestKey {}
}
