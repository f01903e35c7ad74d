package dev.gatehouse.dataplane.http1;

/**
 * Why Gatehouse answered a request itself. The code goes into the {@code gatehouse-reason} header and the log; the sentence
 * is for the documentation. Rules that cannot be served bring codes of their own (status 503), made by the control plane.
 */
public enum Reason {
    NONE(200, "", "The backend answered."),
    HTTPS_REDIRECT(
            308, "https-redirect", "The host is served over https: the same address there is in the header Location."),
    REDIRECT(302, "redirect", "The rule leads to another address, which is in the header Location."),
    RESPOND(200, "respond", "The rule answers by itself, whatever the backends do."),
    CORS_PREFLIGHT(204, "cors-preflight", "A browser asked what scripts of another origin may do; the rule says it."),
    BAD_REQUEST_LINE(
            400, "bad-request-line", "The request line is not `METHOD SP target SP HTTP/1.x CRLF` (RFC 9112, 3)."),
    BAD_TARGET(
            400,
            "bad-target",
            "The request target has a character or percent-encoding that no URI may have, or a form other than"
                    + " origin-form, absolute-form with http or https, or `OPTIONS *` (RFC 9112, 3.2)."),
    DOT_SEGMENT(
            400,
            "dot-segment",
            "The path has a `.` or `..` segment, plain or percent-encoded, before a `;`, or beside an encoded slash or"
                    + " backslash. Clients resolve these before they send; a path that means something else to the backend"
                    + " than to the rule is not forwarded (RFC 3986, 3.3)."),
    BAD_REWRITE(
            400,
            "bad-rewrite",
            "What the rule's rewrite makes of the path is no normal path: it has a dot segment, does not begin with a slash, or"
                    + " has a character or percent-encoding that no path may have."),
    BAD_HOST(
            400,
            "bad-host",
            "The Host header is missing, repeated or not a host with an optional port (RFC 9112, 3.2)."),
    BAD_HEADER(
            400,
            "bad-header",
            "A header line has an invalid name, a space before the colon, a folded value, a control character, a bare CR or"
                    + " a bare LF (RFC 9112, 2.2 and 5)."),
    BAD_CONTENT_LENGTH(
            400,
            "bad-content-length",
            "Content-Length is repeated, a list, signed, empty or too large (RFC 9112, 6.3)."),
    AMBIGUOUS_FRAMING(
            400,
            "ambiguous-framing",
            "Both Content-Length and Transfer-Encoding are present, or Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)."),
    BAD_TRANSFER_ENCODING(
            400, "bad-transfer-encoding", "Transfer-Encoding is not exactly one final `chunked` (RFC 9112, 6.1)."),
    BAD_CHUNK(400, "bad-chunk", "The chunked body breaks the syntax of RFC 9112, 7.1."),
    BAD_GRPC_WEB(
            400, "bad-grpc-web", "The body of a gRPC-Web request that says it is text is not base64 (RFC 4648, 4)."),
    TLS_ENDED_ELSEWHERE(
            403,
            "tls-ended-elsewhere",
            "The host wants client certificates, or its backends end TLS, and the request came through a proxy that ended TLS"
                    + " itself."),
    CORS_ORIGIN_REFUSED(
            403,
            "cors-origin-refused",
            "A browser asked what scripts of another origin may do, and the rule does not let that origin in."),
    ERROR_PAGE(
            404,
            "error-page",
            "The backend has answered with this status, whichever it is, and the rule has a page that takes the place of its body."),
    NO_ROUTE(404, "no-route", "No rule matches the host and path of the request."),
    HEADER_TIMEOUT(408, "header-timeout", "The head of the request did not arrive in time."),
    BODY_TIMEOUT(408, "body-timeout", "The body of the request stopped arriving."),
    BODY_TOO_SLOW(
            408,
            "body-too-slow",
            "The body of the request arrived more slowly than the listener waits for, on average."),
    BODY_TOO_LARGE(413, "body-too-large", "The request body is larger than the rule, or the listener, allows."),
    URI_TOO_LONG(414, "uri-too-long", "The request target is longer than the listener allows."),
    MISDIRECTED(
            421,
            "misdirected-request",
            "TLS was opened for another host than the request is for, and that host has other TLS settings or another"
                    + " certificate, or wants other client certificates than it did then. Clients ask again on a connection of"
                    + " their own (RFC 9110, 15.5.20)."),
    HEAD_TOO_LARGE(431, "head-too-large", "The request head has more bytes or more headers than the listener allows."),
    METHOD_REFUSED(501, "method-refused", "CONNECT and TRACE are not served."),
    UNSUPPORTED_TRANSFER_ENCODING(
            501, "unsupported-transfer-encoding", "A transfer coding other than `chunked` was used (RFC 9112, 6.1)."),
    BACKEND_CLOSED(502, "backend-closed", "The backend closed the connection before it had answered."),
    BACKEND_RESET(
            502,
            "backend-reset",
            "The backend ended its HTTP/2 stream with an error before it had answered (RFC 9113, 6.4)."),
    BACKEND_CANCELLED(
            502,
            "backend-cancelled",
            "The backend cancelled its HTTP/2 stream (CANCEL): most often the deadline of a gRPC call was over."),
    BACKEND_REFUSED(
            502,
            "backend-refused",
            "The backend refused an HTTP/2 stream (REFUSED_STREAM), also when the request was sent again, or it could not be"
                    + " sent again."),
    BACKEND_CALMING(
            502,
            "backend-calming",
            "The backend ended its HTTP/2 stream because it gets too much of something (ENHANCE_YOUR_CALM)."),
    BACKEND_SECURITY(
            502,
            "backend-security",
            "The backend ended its HTTP/2 stream because the TLS of the connection is too weak for it (INADEQUATE_SECURITY)."),
    BACKEND_BAD_RESPONSE(502, "backend-bad-response", "The backend's answer is not valid HTTP."),
    CONNECT_FAILED(502, "connect-failed", "No connection to the backend could be opened."),
    BACKEND_CERTIFICATE_UNTRUSTED(
            502,
            "backend-certificate-untrusted",
            "The backend's certificate was not issued by an authority that its Service trusts (docs/backends.md)."),
    BACKEND_CERTIFICATE_NAME(
            502,
            "backend-certificate-name",
            "The backend's certificate is made out to none of the names that its Service expects (RFC 9525)."),
    BACKEND_CERTIFICATE_EXPIRED(
            502, "backend-certificate-expired", "The backend's certificate has expired or is not valid yet."),
    BACKEND_TLS_REFUSED(
            502,
            "backend-tls-refused",
            "The backend refused TLS with an alert: it wants a client certificate that it did not get or does not trust, or"
                    + " does not know the server name, or has no protocol in common."),
    BACKEND_TLS_FAILED(
            502,
            "backend-tls-failed",
            "TLS with the backend failed for another reason; most often it does not speak TLS on this port."),
    RESOLVE_FAILED(502, "resolve-failed", "The backend's DNS name has no address."),
    NO_ENDPOINT(503, "no-endpoint", "The Service has no ready endpoint."),
    CIRCUIT_OPEN(
            503,
            "circuit-open",
            "Every endpoint of the Service has as many requests, or requests that wait for a connection, as the rule's circuit"
                    + " breaker lets it have."),
    POOL_FULL(503, "pool-full", "Every allowed connection to the backend was busy, and none became free in time."),
    CONNECT_TIMEOUT(504, "connect-timeout", "The backend did not accept a connection in time."),
    REQUEST_TIMEOUT(
            504,
            "request-timeout",
            "The backend did not answer, or did not go on with its answer, in the time of the listener; or did not finish it in"
                    + " the time of the rule."),
    FIRST_BYTE_TIMEOUT(
            504,
            "first-byte-timeout",
            "The backend had the whole request and did not begin its answer in the time of the rule."),
    IDLE_TIMEOUT(
            504,
            "idle-timeout",
            "The backend stopped in the middle, of its answer or of taking the request, for longer than the rule allows."),
    TRY_TIMEOUT(
            504,
            "try-timeout",
            "The backend did not begin its answer in the time of the rule for one try, and there was no other try left."),
    TUNNEL_IDLE(
            504,
            "tunnel-idle",
            "Neither side of a WebSocket has sent anything for an hour, or the time of the rule: it was closed."),
    UNSUPPORTED_VERSION(505, "unsupported-version", "The request is neither HTTP/1.1 nor HTTP/1.0.");

    private final int status;
    private final String code;
    private final String sentence;

    Reason(int status, String code, String sentence) {
        this.status = status;
        this.code = code;
        this.sentence = sentence;
    }

    /** The HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** The stable, lower-case code that a person can look up. */
    public String code() {
        return code;
    }

    /** One sentence that explains the code. */
    public String sentence() {
        return sentence;
    }
}
