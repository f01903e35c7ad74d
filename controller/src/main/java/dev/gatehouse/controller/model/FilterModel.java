package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/** Something done to a request or its response. */
public sealed interface FilterModel {

    /** Edits the request's headers. */
    record RequestHeaders(HeaderEdits edits) implements FilterModel {}

    /** Edits the response's headers. */
    record ResponseHeaders(HeaderEdits edits) implements FilterModel {}

    /** Replaces the prefix that the rule matched. */
    record RewritePrefix(String prefix) implements FilterModel {}

    /** Replaces the whole path. */
    record RewritePath(String path) implements FilterModel {}

    /** Replaces what of the path a pattern matches, as {@link dev.gatehouse.snapshot.Substitution} has it. */
    record RewriteRegex(String pattern, String substitution) implements FilterModel {}

    /** Replaces the host that the backend sees; in lower case, with or without port. */
    record RewriteHost(String host) implements FilterModel {}

    /**
     * Leads the client elsewhere.
     *
     * @param scheme empty: that of the request
     * @param host empty: that of the request
     * @param port 0: none said
     * @param path a {@link RewritePath} or {@link RewritePrefix}; empty: that of the request
     */
    record Redirect(int status, String scheme, String host, int port, Optional<FilterModel> path)
            implements FilterModel {}

    /**
     * Answers.
     *
     * @param headers sorted by name
     */
    record Respond(int status, String contentType, String body, List<Header> headers) implements FilterModel {}

    /**
     * Cross-origin resource sharing. Lists are sorted; names of headers are lower case.
     *
     * @param maxAgeSeconds 0: none said
     */
    record Cors(
            List<String> allowOrigins,
            List<String> allowMethods,
            List<String> allowHeaders,
            List<String> exposeHeaders,
            boolean allowCredentials,
            int maxAgeSeconds)
            implements FilterModel {}

    /** Bodies in the place of those of errors; the first page that fits is taken. */
    record ErrorPages(List<ErrorPageModel> pages) implements FilterModel {}

    /**
     * One of them.
     *
     * @param statuses ranges, both ends included
     * @param backend whether of backends' answers, too
     */
    record ErrorPageModel(List<StatusRange> statuses, String contentType, String body, boolean backend) {}

    /** From 400 to 599, both included. */
    record StatusRange(int from, int to) {}

    /**
     * Copies requests to another backend.
     *
     * @param backend its weight means nothing
     * @param percent 1 to 100
     */
    record Mirror(BackendModel backend, int percent) implements FilterModel {}

    /** Whether it answers requests, so that they need no backend. */
    default boolean answers() {
        return this instanceof Redirect || this instanceof Respond;
    }

    /** Whether a rule can have only one of the two. */
    default boolean excludes(FilterModel other) {
        boolean many = this instanceof RequestHeaders || this instanceof ResponseHeaders;
        return (changesPath() && other.changesPath())
                || (answers() && other.answers())
                || (!many && getClass() == other.getClass());
    }

    /** Whether it changes the path that goes to the backend. */
    default boolean changesPath() {
        return this instanceof RewritePrefix || this instanceof RewritePath || this instanceof RewriteRegex;
    }

    /** Whether it needs a prefix that the rule matched. */
    default boolean needsPrefix() {
        return this instanceof RewritePrefix
                || (this instanceof Redirect redirect
                        && redirect.path().filter(FilterModel::needsPrefix).isPresent());
    }

    /**
     * Edits, applied in the order remove, set, add. Names are lower case; each list is sorted by name.
     */
    record HeaderEdits(List<Header> set, List<Header> add, List<String> remove) {}

    /** One header. */
    record Header(String name, HeaderText value) {}
}
