package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteRedirect;
import dev.gatehouse.crds.RouteResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Reads filters that answer requests. */
final class AnswerParser {

    static final int MAX_BODY_BYTES = 8_192;

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final String TEXT = "text/plain; charset=utf-8";

    private final FilterFindings findings;
    private final HeaderEditParser headers;
    private final PathChangeParser paths;

    AnswerParser(FilterFindings findings, HeaderEditParser headers, PathChangeParser paths) {
        this.findings = findings;
        this.headers = headers;
        this.paths = paths;
    }

    Optional<FilterModel> redirect(RouteRedirect redirect, String field) {
        String scheme = Objects.requireNonNullElse(redirect.scheme(), "");
        String host = Objects.requireNonNullElse(redirect.host(), "");
        int port = Objects.requireNonNullElse(redirect.port(), 0);
        boolean samePath = redirect.path() == null && redirect.prefix() == null;
        if (scheme.isEmpty() && host.isEmpty() && redirect.port() == null && samePath) {
            return findings.invalid(
                    field, "changes nothing, and would lead back to itself; write scheme, host, port, path or prefix");
        }
        if (redirect.path() != null && redirect.prefix() != null) {
            return findings.invalid(field, "changes the path twice; write one of path and prefix");
        }
        if (!Set.of("", "http", "https").contains(scheme)) {
            return findings.invalid(field + ".scheme", "is '" + HostNames.shown(scheme) + "'; write http or https");
        }
        if (!host.isEmpty() && (HostNames.problem(host).isPresent() || host.startsWith("*"))) {
            return findings.invalid(
                    field + ".host",
                    "'" + HostNames.shown(host) + "' is no host to lead to; write a DNS name such as shop.example.com");
        }
        if (redirect.port() != null && (port < 1 || port > 65535)) {
            return findings.invalid(field + ".port", "is " + port + "; write 1 to 65535");
        }
        if (!REDIRECTS.contains(redirect.status())) {
            return findings.invalid(field + ".status", "is " + redirect.status() + "; write 301, 302, 303, 307 or 308");
        }
        if (samePath) {
            return Optional.of(new FilterModel.Redirect(redirect.status(), scheme, host, port, Optional.empty()));
        }
        return paths.path(redirect.path(), redirect.prefix(), field)
                .map(path -> new FilterModel.Redirect(redirect.status(), scheme, host, port, Optional.of(path)));
    }

    Optional<FilterModel> respond(RouteResponse response, String field) {
        if (response.status() < 200 || response.status() > 599) {
            return findings.invalid(field + ".status", "is " + response.status() + "; write 200 to 599");
        }
        String type = Objects.requireNonNullElse(response.contentType(), TEXT);
        if (!isContentType(type)) {
            return findings.invalid(
                    field + ".contentType",
                    "'" + HostNames.shown(type) + "' is no content type; write for example text/html; charset=utf-8");
        }
        if (response.headers().keySet().stream().anyMatch("content-type"::equalsIgnoreCase)) {
            return findings.invalid(field + ".headers", "has a content-type; write it under contentType");
        }
        int length = response.body().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_BODY_BYTES) {
            return findings.invalid(
                    field + ".body",
                    "has " + length + " bytes; write at most " + MAX_BODY_BYTES + ", or use a backend");
        }
        return headers.headers(response.headers(), field + ".headers")
                .map(all -> new FilterModel.Respond(response.status(), type, response.body(), all));
    }

    static boolean isContentType(String text) {
        int slash = text.indexOf('/');
        return slash > 0
                && slash < text.length() - 1
                && HeaderNames.isValue(text)
                && text.chars().allMatch(c -> c < 0x7f);
    }
}
