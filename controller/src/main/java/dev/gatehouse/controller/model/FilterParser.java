package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.FilterModel.Header;
import dev.gatehouse.controller.model.FilterModel.HeaderEdits;
import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.crds.HeaderEdit;
import dev.gatehouse.crds.PathRewrite;
import dev.gatehouse.crds.RouteFilter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads the filters of a ProxyRoute's rule. */
final class FilterParser {

    private final RouteBuilder route;
    private final Set<Finding> told = new HashSet<>();

    FilterParser(RouteBuilder route) {
        this.route = route;
    }

    /**
     * The filters in order; empty if one of them cannot be applied, and a finding says why.
     *
     * @param match of the rule: a rewrite needs a prefix that was matched
     */
    Optional<List<FilterModel>> parse(List<RouteFilter> filters, MatchModel match, String field) {
        List<FilterModel> models = new ArrayList<>();
        boolean rewritten = false;
        for (int i = 0; i < filters.size(); i++) {
            RouteFilter filter = filters.get(i);
            String at = field + "[" + i + "]";
            if (Stream.of(filter.requestHeaders(), filter.responseHeaders(), filter.rewrite())
                            .filter(Objects::nonNull)
                            .count()
                    != 1) {
                return invalid(at, "needs exactly one of requestHeaders, responseHeaders and rewrite");
            }
            Optional<FilterModel> model;
            if (filter.requestHeaders() != null) {
                model = edits(filter.requestHeaders(), at + ".requestHeaders").map(FilterModel.RequestHeaders::new);
            } else if (filter.responseHeaders() != null) {
                model = edits(filter.responseHeaders(), at + ".responseHeaders").map(FilterModel.ResponseHeaders::new);
            } else if (rewritten) {
                return invalid(at, "rewrites the path again; keep one rewrite");
            } else {
                model = filter.rewrite() == null
                        ? Optional.empty()
                        : rewrite(filter.rewrite(), match, at + ".rewrite.prefix");
                rewritten = true;
            }
            if (model.isEmpty()) {
                return Optional.empty();
            }
            models.add(model.get());
        }
        return Optional.of(List.copyOf(models));
    }

    private Optional<FilterModel> rewrite(PathRewrite rewrite, MatchModel match, String field) {
        if (match.type() != PathType.PREFIX) {
            return invalid(
                    field, "has no prefix to replace: the rule matches '" + match + "'; match path.prefix instead");
        }
        // Checked by the same rules as a path that is matched: what a backend gets must be a normal path too.
        return route.path(PathType.PREFIX, rewrite.prefix(), field)
                .map(path -> new FilterModel.RewritePrefix(path.path()));
    }

    private Optional<HeaderEdits> edits(HeaderEdit edit, String field) {
        Optional<List<Header>> set = headers(edit.set(), field + ".set");
        Optional<List<Header>> add = headers(edit.add(), field + ".add");
        TreeSet<String> remove = new TreeSet<>();
        for (int i = 0; i < edit.remove().size(); i++) {
            String name = edit.remove().get(i);
            Optional<String> problem = nameProblem(name).or(() -> hostProblem(name));
            if (problem.isPresent()) {
                return invalid(field + ".remove[" + i + "]", problem.get());
            }
            remove.add(HeaderNames.lower(name));
        }
        if (set.isEmpty() || add.isEmpty()) {
            return Optional.empty();
        }
        Optional<Header> host =
                add.get().stream().filter(h -> h.name().equals("host")).findFirst();
        if (host.isPresent()) {
            return invalid(field + ".add", "adds a second host; write it under set (RFC 9112, 3.2: a request has one)");
        }
        return Optional.of(new HeaderEdits(set.get(), add.get(), List.copyOf(remove)));
    }

    private Optional<List<Header>> headers(Map<String, String> headers, String field) {
        List<Header> models = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Map.Entry<String, String> header : headers.entrySet()) {
            String name = HeaderNames.lower(header.getKey());
            Optional<String> problem = nameProblem(header.getKey());
            if (problem.isPresent()) {
                return invalid(field, problem.get());
            }
            if (!names.add(name)) {
                return invalid(field, "has the header '" + name + "' twice; upper and lower case are the same");
            }
            if (!HeaderNames.isValue(header.getValue())) {
                return invalid(
                        field,
                        "has a value for '" + name
                                + "' with a line break, a control character, a letter beyond Latin-1,"
                                + " or a space at its ends; leave those out");
            }
            models.add(new Header(name, header.getValue()));
        }
        models.sort(Comparator.comparing(Header::name));
        return Optional.of(List.copyOf(models));
    }

    private static Optional<String> nameProblem(String name) {
        return HeaderNames.problem(name)
                .or(() -> HeaderNames.isFraming(HeaderNames.lower(name))
                        ? Optional.of(
                                "names '" + name + "', which frames the message and is the proxy's own; leave it out")
                        : Optional.empty());
    }

    private static Optional<String> hostProblem(String name) {
        return HeaderNames.lower(name).equals("host")
                ? Optional.of(
                        "names 'host', without which a request is invalid (RFC 9112, 3.2); write another one under set")
                : Optional.empty();
    }

    /** A rule's filters are read once for each of its matches, and told of once. */
    private <T> Optional<T> invalid(String field, String message) {
        Finding finding = Finding.error(Reasons.INVALID_FILTER, field, message);
        if (told.add(finding)) {
            route.find(finding);
        }
        return Optional.empty();
    }
}
