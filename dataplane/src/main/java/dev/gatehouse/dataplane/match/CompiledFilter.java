package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.snapshot.Substitution;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.FixedResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a rule does to the messages it carries. Immutable. */
public sealed interface CompiledFilter
        permits CompiledFilter.RequestHeaders,
                CompiledFilter.ResponseHeaders,
                CompiledFilter.AnswerHeaders,
                CompiledFilter.RewritePrefix,
                CompiledFilter.RewritePath,
                CompiledFilter.RewriteRegex,
                CompiledFilter.RewriteHost,
                CompiledFilter.Redirect,
                CompiledFilter.Respond,
                CompiledFilter.Mirror,
                Cors,
                ErrorPages {

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

    /** As {@link ResponseHeaders}, of answers of Gatehouse's own, too: what {@link Cors} comes to for one request. */
    record AnswerHeaders(HeaderEdits edits) implements CompiledFilter {
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

    /** Replaces the whole path. */
    @SuppressWarnings("ArrayRecordComponent")
    record RewritePath(byte[] path) implements CompiledFilter {
        @Override
        public String inWords() {
            return "rewrite: path " + Disclosure.text(path);
        }
    }

    /** Replaces what of the path an expression matches. */
    record RewriteRegex(Substitution substitution) implements CompiledFilter {
        @Override
        public String inWords() {
            return "rewrite: regex " + substitution;
        }
    }

    /** Replaces the host that the backend sees. */
    @SuppressWarnings("ArrayRecordComponent")
    record RewriteHost(byte[] host) implements CompiledFilter {
        @Override
        public String inWords() {
            return "rewrite: host " + Disclosure.text(host);
        }
    }

    /**
     * Leads elsewhere.
     *
     * @param scheme empty: that of the request
     * @param host empty: that of the request
     * @param port 0: with a scheme none, otherwise that of the request
     * @param path replaces the whole path, or the prefix that the rule matched; absent: that of the request
     */
    record Redirect(int status, String scheme, String host, int port, Optional<CompiledFilter> path)
            implements CompiledFilter {
        @Override
        public String inWords() {
            return "redirect: " + status
                    + (scheme.isEmpty() ? "" : ", scheme " + scheme)
                    + (host.isEmpty() ? "" : ", host " + host)
                    + (port == 0 ? "" : ", port " + port)
                    + path.map(change -> ", " + change.inWords().substring("rewrite: ".length()))
                            .orElse("");
        }
    }

    /**
     * Copies requests to another backend.
     *
     * @param percent of all
     */
    record Mirror(Selection target, int percent) implements CompiledFilter {
        @Override
        public String inWords() {
            return "mirror: " + percent + " % to "
                    + (target.unavailable().isEmpty()
                            ? target.upstream().id()
                            : "nobody (" + target.unavailable() + ")");
        }
    }

    /** Answers. */
    @SuppressWarnings("ArrayRecordComponent")
    record Respond(int status, byte[] contentType, byte[] body, List<HeaderEdits.Header> headers)
            implements CompiledFilter {
        @Override
        public String inWords() {
            return "respond: " + status + " with " + body.length + " bytes of " + Disclosure.text(contentType);
        }
    }

    /**
     * Reads a shard's; empty if it is of a kind that this node does not know.
     *
     * @param targets finds where a backend leads
     * @throws IllegalArgumentException if a regular expression cannot be used
     */
    static Optional<CompiledFilter> of(Filter filter, Function<Backend, Selection> targets) {
        if (HeaderEdits.hasUnknownVariable(filter)) {
            return Optional.empty();
        }
        return switch (filter.getFilterCase()) {
            case REQUEST_HEADERS -> Optional.of(new RequestHeaders(HeaderEdits.of(filter.getRequestHeaders())));
            case RESPONSE_HEADERS -> Optional.of(new ResponseHeaders(HeaderEdits.of(filter.getResponseHeaders())));
            case REWRITE_PREFIX ->
                Optional.of(new RewritePrefix(utf8(filter.getRewritePrefix().getPrefix())));
            case REWRITE_PATH ->
                Optional.of(new RewritePath(utf8(filter.getRewritePath().getPath())));
            case REWRITE_REGEX ->
                Optional.of(new RewriteRegex(Substitution.of(
                        filter.getRewriteRegex().getPattern(),
                        filter.getRewriteRegex().getSubstitution())));
            case REWRITE_HOST ->
                Optional.of(new RewriteHost(utf8(filter.getRewriteHost().getHost())));
            case REDIRECT -> Optional.of(redirect(filter.getRedirect()));
            case RESPOND -> Optional.of(respond(filter.getRespond()));
            case CORS -> Optional.of(new Cors(filter.getCors()));
            case ERROR_PAGES -> Optional.of(new ErrorPages(filter.getErrorPages()));
            case MIRROR ->
                Optional.of(new Mirror(
                        targets.apply(filter.getMirror().getBackend()),
                        filter.getMirror().getPercent()));
            case FILTER_NOT_SET -> Optional.empty();
        };
    }

    private static Redirect redirect(dev.gatehouse.snapshot.proto.Redirect wire) {
        return new Redirect(
                wire.getStatus(),
                wire.getScheme(),
                wire.getHost(),
                wire.getPort(),
                switch (wire.getPathCase()) {
                    case FULL_PATH -> Optional.of(new RewritePath(utf8(wire.getFullPath())));
                    case PREFIX -> Optional.of(new RewritePrefix(utf8(wire.getPrefix())));
                    case PATH_NOT_SET -> Optional.empty();
                });
    }

    private static Respond respond(FixedResponse wire) {
        return new Respond(
                wire.getStatus(),
                utf8(wire.getContentType()),
                wire.getBody().toByteArray(),
                HeaderEdits.fields(wire.getHeadersList()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
