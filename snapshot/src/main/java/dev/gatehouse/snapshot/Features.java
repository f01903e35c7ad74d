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

    /** Cross-origin resource sharing. */
    public static final String FILTER_CORS = "filter.cors";

    /** Bodies in the place of those of errors. */
    public static final String FILTER_ERROR_PAGES = "filter.error-pages";

    /** A rule's own limit of request bodies. */
    public static final String LIMIT_BODY = "limit.body";

    /** Edits of request or response headers. */
    public static final String FILTER_HEADERS = "filter.headers";

    /** Copies of requests to another backend. */
    public static final String FILTER_MIRROR = "filter.mirror";

    /** Variables in values of headers. */
    public static final String FILTER_HEADER_VARIABLES = "filter.header-variables";

    /** Rewrite of the matched prefix. */
    public static final String FILTER_REWRITE_PREFIX = "filter.rewrite-prefix";

    /** Rewrite of the whole path. */
    public static final String FILTER_REWRITE_PATH = "filter.rewrite-path";

    /** Rewrite of the path by regular expression. */
    public static final String FILTER_REWRITE_REGEX = "filter.rewrite-regex";

    /** Rewrite of the host. */
    public static final String FILTER_REWRITE_HOST = "filter.rewrite-host";

    /** Redirect by a rule. */
    public static final String FILTER_REDIRECT = "filter.redirect";

    /** Answer by a rule. */
    public static final String FILTER_RESPOND = "filter.respond";

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

    /** Limits of what endpoints of an upstream may have at a time. */
    public static final String UPSTREAM_CIRCUIT_BREAKER = "upstream.circuit-breaker";

    /** Endpoints of an upstream are asked now and then whether they are well. */
    public static final String UPSTREAM_HEALTH_CHECK = "upstream.health-check";

    /** Choosing endpoints in another way than in turn. */
    public static final String BALANCE_POLICIES = "balance.policies";

    /** Cookies that name a client's endpoint. */
    public static final String BALANCE_STICKY = "balance.sticky";

    /** Experiments over the backends of a rule. */
    public static final String SPLIT = "split";

    /** TLS of a host goes to the backend unread. */
    public static final String TLS_PASSTHROUGH = "tls.passthrough";

    private Features() {}

    /** All of them, sorted. */
    public static List<String> all() {
        return List.of(
                BALANCE_POLICIES,
                BALANCE_STICKY,
                FILTER_CORS,
                FILTER_ERROR_PAGES,
                FILTER_HEADER_VARIABLES,
                FILTER_HEADERS,
                FILTER_MIRROR,
                FILTER_REDIRECT,
                FILTER_RESPOND,
                FILTER_REWRITE_HOST,
                FILTER_REWRITE_PATH,
                FILTER_REWRITE_PREFIX,
                FILTER_REWRITE_REGEX,
                LIMIT_BODY,
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
                SPLIT,
                TLS_PASSTHROUGH,
                UPSTREAM_CIRCUIT_BREAKER,
                UPSTREAM_HEALTH_CHECK,
                UPSTREAM_OUTLIER,
                UPSTREAM_TLS);
    }
}
