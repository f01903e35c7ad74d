package dev.gatehouse.dataplane.filter;

import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Cors;
import dev.gatehouse.dataplane.match.HeaderEdits;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What answers a request before a backend is asked: that no rule takes it, what its rule demands, filters that answer. Pure. */
public final class Answers {
    static final byte[] ORIGIN = Octets.ascii("origin");
    private static final byte[] REQUEST_METHOD = Octets.ascii("access-control-request-method");
    private static final byte[] LOCATION = Octets.ascii("location");

    private Answers() {}

    /**
     * The answer; null if the request is to go on.
     *
     * @param facts null if the rule has no filters
     * @param maxBodyBytes of the request
     * @param added takes the fields that go with the answer
     */
    @SuppressWarnings("ReferenceEquality") // NONE is a sentinel
    public static @Nullable OwnAnswer of(
            CompiledRule rule,
            RequestHead head,
            Provenance provenance,
            @Nullable RequestFacts facts,
            long maxBodyBytes,
            AddedFields added) {
        if (rule == CompiledRule.NONE) {
            return plain(Reason.NO_ROUTE);
        }
        if (rule.httpsRedirect() != 0 && !provenance.isSecure(head, rule.onlyTlsHere())) {
            return toHttps(rule, head, provenance, added);
        }
        if (!rule.failure().isEmpty()) {
            return OwnAnswer.plain(503, rule.failure());
        }
        OwnAnswer own = facts == null ? null : ofFilters(facts, added);
        return own == null && head.contentLength() > maxBodyBytes ? plain(Reason.BODY_TOO_LARGE) : own;
    }

    private static OwnAnswer plain(Reason reason) {
        return OwnAnswer.plain(reason.status(), reason.code());
    }

    /** RFC 9110, 15.4.9; where TLS must end here and does not, another address would not help. */
    private static OwnAnswer toHttps(CompiledRule rule, RequestHead head, Provenance provenance, AddedFields added) {
        if (provenance.isSecure(head, false)) {
            return plain(Reason.TLS_ENDED_ELSEWHERE);
        }
        added.add(LOCATION, provenance.httpsAddress(head));
        return OwnAnswer.plain(rule.httpsRedirect(), Reason.HTTPS_REDIRECT.code());
    }

    private static @Nullable OwnAnswer ofFilters(RequestFacts facts, AddedFields added) {
        CompiledRule rule = facts.rule();
        for (CompiledFilter filter : rule.filters()) {
            if (filter instanceof Cors cors && isPreflight(facts.head())) {
                return preflight(cors, facts.head(), added);
            }
        }
        for (CompiledFilter filter : rule.filters()) {
            switch (filter) {
                case CompiledFilter.Redirect redirect -> {
                    added.add(LOCATION, location(redirect, rule, facts.head(), facts.provenance()));
                    return OwnAnswer.plain(redirect.status(), Reason.REDIRECT.code());
                }
                case CompiledFilter.Respond respond -> {
                    for (HeaderEdits.Header header : respond.headers()) {
                        added.add(header.name(), facts.value(header));
                    }
                    return new OwnAnswer(
                            respond.status(), Reason.RESPOND.code(), respond.contentType(), respond.body());
                }
                default -> {}
            }
        }
        return null;
    }

    /** Fetch Standard, 3.3.2. */
    private static boolean isPreflight(RequestHead head) {
        return head.method().equals("OPTIONS") && head.header(ORIGIN) >= 0 && head.header(REQUEST_METHOD) >= 0;
    }

    private static OwnAnswer preflight(Cors cors, RequestHead head, AddedFields added) {
        if (!cors.allows(head.bytes(), head.header(ORIGIN))) {
            return plain(Reason.CORS_ORIGIN_REFUSED);
        }
        for (HeaderEdits.Header header : cors.preflight()) {
            added.add(header.name(), header.value());
        }
        return plain(Reason.CORS_PREFLIGHT);
    }

    /**
     * Gateway API, HTTPRequestRedirectFilter; but where that asks for the listener's port, it is that of the request, for clients
     * may reach the listener by another.
     */
    private static byte[] location(
            CompiledFilter.Redirect redirect, CompiledRule rule, RequestHead head, Provenance provenance) {
        HeadBuffer out = new HeadBuffer();
        byte[] b = head.bytes();
        String scheme =
                redirect.scheme().isEmpty() ? provenance.isSecure(head, false) ? "https" : "http" : redirect.scheme();
        if (!redirect.host().isEmpty() || head.hostLength() > 0) { // HTTP/1.0 may name no host
            out.append(Octets.ascii(scheme + "://"));
            if (redirect.host().isEmpty()) {
                out.append(b, head.hostStart(), head.hostLength());
            } else {
                out.append(Octets.ascii(redirect.host()));
            }
            int port = redirect.port() > 0 ? redirect.port() : redirect.scheme().isEmpty() ? head.port() : 0;
            if (port > 0 && port != (scheme.equals("https") ? 443 : 80)) {
                out.octet((byte) ':').decimal(port);
            }
        }
        byte[] path = redirect.path().isPresent()
                ? Rewrites.path(redirect.path().get(), rule, head)
                : Arrays.copyOfRange(b, head.pathStart(), head.pathStart() + head.pathLength());
        out.append(path).append(b, head.queryStart(), head.queryLength());
        return Arrays.copyOf(out.bytes(), out.length());
    }
}
