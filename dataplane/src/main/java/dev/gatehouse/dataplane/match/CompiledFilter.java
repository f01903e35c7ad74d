package dev.gatehouse.dataplane.match;

import dev.gatehouse.snapshot.proto.Filter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a rule does to the messages it carries. Immutable. */
public sealed interface CompiledFilter {

    /** What it does, in the terms of a ProxyRoute: for people, without values that let somebody in. */
    String inWords();

    /** Edits the head that goes to the backend. */
    record RequestHeaders(HeaderEdits edits) implements CompiledFilter {
        @Override
        public String inWords() {
            return "requestHeaders: " + edits.inWords();
        }
    }

    /** Edits the head that goes to the client. */
    record ResponseHeaders(HeaderEdits edits) implements CompiledFilter {
        @Override
        public String inWords() {
            return "responseHeaders: " + edits.inWords();
        }
    }

    /**
     * Replaces the prefix that the rule matched.
     *
     * @param prefix as the object has it, with or without trailing slash
     */
    @SuppressWarnings("ArrayRecordComponent") // copied to the wire as it is; never compared
    record RewritePrefix(byte[] prefix) implements CompiledFilter {
        @Override
        public String inWords() {
            return "rewrite: prefix " + Disclosure.text(prefix);
        }
    }

    /** Reads a shard's; empty if it is of a kind that this node does not know. */
    static Optional<CompiledFilter> of(Filter filter) {
        return switch (filter.getFilterCase()) {
            case REQUEST_HEADERS -> Optional.of(new RequestHeaders(HeaderEdits.of(filter.getRequestHeaders())));
            case RESPONSE_HEADERS -> Optional.of(new ResponseHeaders(HeaderEdits.of(filter.getResponseHeaders())));
            case REWRITE_PREFIX ->
                Optional.of(
                        new RewritePrefix(filter.getRewritePrefix().getPrefix().getBytes(StandardCharsets.UTF_8)));
            case FILTER_NOT_SET -> Optional.empty();
        };
    }
}
