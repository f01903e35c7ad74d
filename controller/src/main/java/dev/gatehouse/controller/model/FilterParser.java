package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.crds.RouteBackend;
import dev.gatehouse.crds.RouteFilter;
import dev.gatehouse.crds.RouteMirror;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Reads a list of filters, wherever it stands. */
final class FilterParser {

    private final FilterFindings findings;
    private final HeaderEditParser headers;
    private final PathChangeParser paths;
    private final AnswerParser answers;
    private final CorsParser cors;
    private final BiFunction<RouteBackend, String, BackendModel> backends;
    private final ErrorPageParser errorPages;

    /** @param backends reads a backend that stands in a field */
    FilterParser(Consumer<Finding> findings, BiFunction<RouteBackend, String, BackendModel> backends) {
        this.backends = backends;
        this.findings = new FilterFindings(findings);
        this.headers = new HeaderEditParser(this.findings);
        this.paths = new PathChangeParser(this.findings);
        this.cors = new CorsParser(this.findings);
        this.errorPages = new ErrorPageParser(this.findings);
        this.answers = new AnswerParser(this.findings, headers, paths);
    }

    /** The filters in order; empty if one of them cannot be applied, and a finding says why. */
    Optional<List<FilterModel>> parse(List<RouteFilter> filters, String field) {
        return parseEach(filters, field)
                .map(each -> each.stream().flatMap(List::stream).toList());
    }

    /** As {@link #parse}, with a list for each entry. */
    Optional<List<List<FilterModel>>> parseEach(List<RouteFilter> filters, String field) {
        List<List<FilterModel>> models = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            Optional<List<FilterModel>> read = parse(filters.get(i), field + "[" + i + "]");
            if (read.isEmpty()) {
                return Optional.empty();
            }
            models.add(read.get());
        }
        boolean once = isOnce(filters, filter -> filter.rewrite() != null, field, "rewrites again; keep one rewrite")
                && isOnce(
                        filters,
                        RouteFilter::answers,
                        field,
                        "answers again; keep one of the redirect and respond filters")
                && isOnce(filters, filter -> filter.cors() != null, field, "is about CORS again; keep one cors filter")
                && isOnce(filters, filter -> filter.mirror() != null, field, "mirrors again; keep one mirror filter")
                && isOnce(
                        filters,
                        filter -> !filter.errorPages().isEmpty(),
                        field,
                        "has error pages again; write them in one errorPages filter");
        return once ? Optional.of(List.copyOf(models)) : Optional.empty();
    }

    private Optional<List<FilterModel>> parse(RouteFilter filter, String field) {
        int pages = filter.errorPages().isEmpty() ? 0 : 1;
        if (pages
                        + Stream.of(
                                        filter.requestHeaders(),
                                        filter.responseHeaders(),
                                        filter.rewrite(),
                                        filter.redirect(),
                                        filter.respond(),
                                        filter.cors(),
                                        filter.mirror())
                                .filter(Objects::nonNull)
                                .count()
                != 1) {
            return findings.invalid(
                    field,
                    "needs exactly one of requestHeaders, responseHeaders, rewrite, redirect, respond, cors,"
                            + " errorPages and mirror");
        }
        if (filter.requestHeaders() != null) {
            return headers.parse(filter.requestHeaders(), field + ".requestHeaders")
                    .map(edits -> List.of(new FilterModel.RequestHeaders(edits)));
        }
        if (filter.responseHeaders() != null) {
            return headers.parse(filter.responseHeaders(), field + ".responseHeaders")
                    .map(edits -> List.of(new FilterModel.ResponseHeaders(edits)));
        }
        if (filter.redirect() != null) {
            return answers.redirect(filter.redirect(), field + ".redirect").map(List::of);
        }
        if (filter.mirror() != null) {
            return mirror(filter.mirror(), field + ".mirror");
        }
        if (!filter.errorPages().isEmpty()) {
            return errorPages.parse(filter.errorPages(), field + ".errorPages").map(List::of);
        }
        if (filter.cors() != null) {
            return cors.parse(filter.cors(), field + ".cors").map(List::of);
        }
        return filter.respond() != null
                ? answers.respond(filter.respond(), field + ".respond").map(List::of)
                : paths.rewrite(Objects.requireNonNull(filter.rewrite()), field + ".rewrite");
    }

    /** A mirror that cannot be named is told of; the requests themselves are served all the same. */
    private Optional<List<FilterModel>> mirror(RouteMirror mirror, String field) {
        if (mirror.percent() < 1 || mirror.percent() > 100) {
            return findings.invalid(field + ".percent", "is " + mirror.percent() + "; write 1 to 100");
        }
        BackendModel backend = backends.apply(new RouteBackend(mirror.service(), mirror.port(), 1, null, null), field);
        return Optional.of(List.of(new FilterModel.Mirror(backend, mirror.percent())));
    }

    private boolean isOnce(List<RouteFilter> filters, Predicate<RouteFilter> kind, String field, String message) {
        boolean before = false;
        for (int i = 0; i < filters.size(); i++) {
            boolean is = kind.test(filters.get(i));
            if (is && before) {
                findings.invalid(field + "[" + i + "]", message);
                return false;
            }
            before |= is;
        }
        return true;
    }

    /**
     * Whether filters can be applied to what a rule matches; a finding says why not.
     *
     * @param field of the list
     */
    boolean fit(List<FilterModel> filters, MatchModel match, String field) {
        if (match.type() != PathType.PREFIX && filters.stream().anyMatch(FilterModel::needsPrefix)) {
            findings.invalid(
                    field,
                    "have no prefix to replace: the rule matches '" + match
                            + "'; match path.prefix, or write path or regex" + " instead of prefix");
            return false;
        }
        return true;
    }
}
