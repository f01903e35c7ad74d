package dev.gatehouse.dataplane.match;

import dev.gatehouse.snapshot.proto.Filter;
import java.nio.charset.StandardCharsets;

/** Makes compiled filters of a shard's. Pure. */
public final class Filters {

    private Filters() {}

    /** @throws IllegalArgumentException if it is of no kind this node knows; the rule's required features say so before */
    public static CompiledFilter of(Filter filter) {
        return switch (filter.getFilterCase()) {
            case REQUEST_HEADERS -> new CompiledFilter.RequestHeaders(HeaderEdits.of(filter.getRequestHeaders()));
            case RESPONSE_HEADERS -> new CompiledFilter.ResponseHeaders(HeaderEdits.of(filter.getResponseHeaders()));
            case REWRITE_PREFIX ->
                new CompiledFilter.RewritePrefix(
                        CompiledHost.elements(filter.getRewritePrefix().getPrefix())
                                .getBytes(StandardCharsets.UTF_8));
            case FILTER_NOT_SET -> throw new IllegalArgumentException("a filter of unknown kind");
        };
    }
}
