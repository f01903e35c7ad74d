package dev.gatehouse.controller.model;

import java.util.List;

/** Something done to a request or its response. */
public sealed interface FilterModel {

    /** Edits the request's headers. */
    record RequestHeaders(HeaderEdits edits) implements FilterModel {}

    /** Edits the response's headers. */
    record ResponseHeaders(HeaderEdits edits) implements FilterModel {}

    /** Replaces the prefix that the rule matched. */
    record RewritePrefix(String prefix) implements FilterModel {}

    /**
     * Edits, applied in the order remove, set, add. Names are lower case; each list is sorted by name.
     */
    record HeaderEdits(List<Header> set, List<Header> add, List<String> remove) {}

    /** One header. */
    record Header(String name, String value) {}
}
