package dev.gatehouse.dataplane.match;

/** What a rule does to the messages it carries. */
public sealed interface CompiledFilter {

    /** Edits the head that goes to the backend. */
    record RequestHeaders(HeaderEdits edits) implements CompiledFilter {}

    /** Edits the head that goes to the client. */
    record ResponseHeaders(HeaderEdits edits) implements CompiledFilter {}

    /**
     * Replaces the prefix that the rule matched.
     *
     * @param prefix without trailing slash: the root is empty
     */
    @SuppressWarnings("ArrayRecordComponent") // copied to the wire as it is; never compared
    record RewritePrefix(byte[] prefix) implements CompiledFilter {}
}
