package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * How the path and the host change on the way to the backend. At most one of {@code prefix}, {@code path} and {@code regex} is set.
 */
@ApiType
@ValidationRule(
        value = "[has(self.prefix), has(self.path), has(self.regex)].filter(x, x).size() <= 1",
        message = "write one of prefix, path and regex: the path changes once")
@ValidationRule(
        value = "has(self.prefix) || has(self.path) || has(self.regex) || has(self.host)",
        message =
                "write what changes: prefix: /v2, path: /index.html, regex: {pattern: ..., substitution: ...} or host: inner.example.com")
public record PathRewrite(
        @JsonPropertyDescription(
                "Takes the place of the prefix that the rule matched: with prefix / a match of /api sends /api/v1 on as /v1.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.startsWith('/')",
                message = "a path begins with a slash: write / to take the matched prefix away")
        @Nullable
        String prefix,

        @JsonPropertyDescription("Takes the place of the whole path; the query stays.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.startsWith('/') && !self.contains('?') && !self.contains('#')",
                message = "a path begins with a slash and has no query: write /index.html")
        @Nullable
        String path,

        @JsonPropertyDescription("Takes the place of every part of the path that an expression matches.") @Nullable
        RegexRewrite regex,

        @JsonPropertyDescription(
                "The host that the backend sees, with a port if it needs one. X-Forwarded-Host tells it the client's.")
        @Size(min = 1, max = 259)
        @ValidationRule(
                value =
                        "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*(:[0-9]{1,5})?$')",
                message = "a host is a lower-case DNS name: write inner.example.com, or inner.example.com:8080")
        @Nullable
        String host) {

    public static PathRewrite ofPrefix(String prefix) {
        return new PathRewrite(prefix, null, null, null);
    }

    public static PathRewrite ofPath(String path) {
        return new PathRewrite(null, path, null, null);
    }

    public static PathRewrite ofRegex(RegexRewrite regex) {
        return new PathRewrite(null, null, regex, null);
    }

    public static PathRewrite ofHost(String host) {
        return new PathRewrite(null, null, null, host);
    }
}
