package dev.gatehouse.snapshot;

import java.util.List;

/**
 * Names of what a rule may require of a node ({@code Rule.required_features}). A node that lacks one answers 503 for the
 * rule and never serves it without.
 */
public final class Features {

    /** Path by regular expression. */
    public static final String MATCH_REGEX = "match.regex";

    /** Conditions on request headers. */
    public static final String MATCH_HEADERS = "match.headers";

    /** Conditions on the method. */
    public static final String MATCH_METHODS = "match.methods";

    /** Conditions on query parameters. */
    public static final String MATCH_QUERY_PARAMS = "match.query-params";

    /** Conditions on cookies. */
    public static final String MATCH_COOKIES = "match.cookies";

    /** Conditions on the client's address. */
    public static final String MATCH_SOURCES = "match.sources";

    /** Edits of request or response headers. */
    public static final String FILTER_HEADERS = "filter.headers";

    /** Rewrite of the matched prefix. */
    public static final String FILTER_REWRITE_PREFIX = "filter.rewrite-prefix";

    /** TLS to the endpoints of an upstream. */
    public static final String UPSTREAM_TLS = "upstream.tls";

    /** TLS with clients as a host asks for it. */
    public static final String SERVER_TLS = "server.tls";

    /** Clear-text requests are led to https. */
    public static final String REDIRECT_HTTPS = "redirect.https";

    /** Time limits of a rule beyond that of the whole request. */
    public static final String RULE_TIMEOUTS = "rule.timeouts";

    /** Retries as a rule asks for them. */
    public static final String RULE_RETRIES = "rule.retries";

    /** Endpoints of an upstream that are ejected for a while when they fail. */
    public static final String UPSTREAM_OUTLIER = "upstream.outlier";

    private Features() {}

    /** All of them, sorted. */
    public static List<String> all() {
        return List.of(
                FILTER_HEADERS,
                FILTER_REWRITE_PREFIX,
                MATCH_COOKIES,
                MATCH_HEADERS,
                MATCH_METHODS,
                MATCH_QUERY_PARAMS,
                MATCH_REGEX,
                MATCH_SOURCES,
                REDIRECT_HTTPS,
                RULE_RETRIES,
                RULE_TIMEOUTS,
                SERVER_TLS,
                UPSTREAM_OUTLIER,
                UPSTREAM_TLS);
    }
}
