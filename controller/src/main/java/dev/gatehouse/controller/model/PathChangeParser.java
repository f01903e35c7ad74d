package dev.gatehouse.controller.model;

import dev.gatehouse.crds.PathRewrite;
import dev.gatehouse.crds.RegexRewrite;
import dev.gatehouse.snapshot.Substitution;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what changes paths and hosts. */
final class PathChangeParser {

    private final FilterFindings findings;

    PathChangeParser(FilterFindings findings) {
        this.findings = findings;
    }

    Optional<List<FilterModel>> rewrite(PathRewrite rewrite, String field) {
        long changes = Stream.of(rewrite.prefix(), rewrite.path(), rewrite.regex())
                .filter(Objects::nonNull)
                .count();
        if (changes > 1) {
            return findings.invalid(field, "changes the path more than once; write one of prefix, path and regex");
        }
        if (changes == 0 && rewrite.host() == null) {
            return findings.invalid(field, "changes nothing; write one of prefix, path and regex, or host");
        }
        List<FilterModel> models = new ArrayList<>();
        if (changes == 1) {
            Optional<FilterModel> change = rewrite.regex() != null
                    ? regex(rewrite.regex(), field + ".regex")
                    : path(rewrite.path(), rewrite.prefix(), field);
            if (change.isEmpty()) {
                return Optional.empty();
            }
            models.add(change.get());
        }
        if (rewrite.host() != null) {
            if (!isAuthority(rewrite.host())) {
                return findings.invalid(
                        field + ".host",
                        "'" + HostNames.shown(rewrite.host())
                                + "' is no host; write a lower-case DNS name such as inner.example.com,"
                                + " with a port if it needs one");
            }
            models.add(new FilterModel.RewriteHost(rewrite.host()));
        }
        return Optional.of(List.copyOf(models));
    }

    private static boolean isAuthority(String text) {
        int colon = text.indexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        String port = colon < 0 ? "80" : text.substring(colon + 1);
        return HostNames.isName(host)
                && port.matches("[0-9]{1,5}")
                && Integer.parseInt(port) >= 1
                && Integer.parseInt(port) <= 65535;
    }

    /** The one of the two that is there, checked as a path that is matched: what a backend gets must be a normal path too. */
    Optional<FilterModel> path(@Nullable String path, @Nullable String prefix, String field) {
        String text = path != null ? path : Objects.requireNonNull(prefix);
        Optional<String> problem = RouteBuilder.pathProblem(text)
                .or(() -> text.indexOf('?') >= 0 || text.indexOf('#') >= 0
                        ? Optional.of("contains a query; leave it out: that of the request stays")
                        : Optional.empty());
        if (problem.isPresent()) {
            return findings.invalidPath(
                    field + (path != null ? ".path" : ".prefix"), "'" + HostNames.shown(text) + "' " + problem.get());
        }
        return Optional.of(path != null ? new FilterModel.RewritePath(text) : new FilterModel.RewritePrefix(text));
    }

    private Optional<FilterModel> regex(RegexRewrite regex, String field) {
        if (regex.pattern().isEmpty()) {
            return findings.invalid(field + ".pattern", "is missing; write an RE2 expression such as ^/v([0-9]+)/");
        }
        try {
            Substitution.of(regex.pattern(), regex.substitution());
            return Optional.of(new FilterModel.RewriteRegex(regex.pattern(), regex.substitution()));
        } catch (IllegalArgumentException e) {
            return findings.invalid(field, String.valueOf(e.getMessage()));
        }
    }
}
