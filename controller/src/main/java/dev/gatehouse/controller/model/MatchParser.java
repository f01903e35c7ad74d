package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.controller.model.MatchModel.ValueCondition;
import dev.gatehouse.controller.model.MatchModel.ValueTest;
import dev.gatehouse.crds.CookieMatch;
import dev.gatehouse.crds.HeaderMatch;
import dev.gatehouse.crds.PathMatch;
import dev.gatehouse.crds.QueryParamMatch;
import dev.gatehouse.crds.RouteMatch;
import dev.gatehouse.snapshot.Regexes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the matches of a ProxyRoute. */
final class MatchParser {

    private final RouteBuilder route;

    MatchParser(RouteBuilder route) {
        this.route = route;
    }

    /** Empty if it cannot be read; a finding says why. */
    Optional<MatchModel> parse(RouteMatch match, String field) {
        Optional<MatchModel> path =
                match.path() == null ? Optional.of(MatchModel.ANY) : path(match.path(), field + ".path");
        Optional<List<ValueCondition>> headers =
                conditions(match.headers().stream().map(this::header).toList(), field + ".headers");
        Optional<List<String>> methods = methods(match.methods(), field + ".methods");
        Optional<List<ValueCondition>> params =
                conditions(match.queryParams().stream().map(this::param).toList(), field + ".queryParams");
        Optional<List<ValueCondition>> cookies =
                conditions(match.cookies().stream().map(this::cookie).toList(), field + ".cookies");
        Optional<List<String>> sources = sources(match.sources(), field + ".sources");
        if (Stream.of(path, headers, methods, params, cookies, sources).anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        return Optional.of(new MatchModel(
                path.get().type(),
                path.get().path(),
                headers.get(),
                methods.get(),
                params.get(),
                cookies.get(),
                sources.get()));
    }

    private Optional<MatchModel> path(PathMatch path, String field) {
        if (Stream.of(path.exact(), path.prefix(), path.regex())
                        .filter(Objects::nonNull)
                        .count()
                != 1) {
            return invalid(field, "needs exactly one of exact, prefix and regex; write for example prefix: /api");
        }
        if (path.exact() != null) {
            return route.path(PathType.EXACT, path.exact(), field + ".exact");
        }
        if (path.prefix() != null) {
            return route.path(PathType.PREFIX, path.prefix(), field + ".prefix");
        }
        String regex = path.regex() == null ? "" : path.regex();
        return isRegex(regex, field + ".regex")
                ? Optional.of(MatchModel.ofPath(PathType.REGEX, regex))
                : Optional.empty();
    }

    /**
     * A condition as an object has it.
     *
     * @param nameProblem why its name cannot be one; empty if it can
     */
    private record Asked(
            String name,
            Optional<String> nameProblem,
            @Nullable String exact,
            @Nullable String regex,
            @Nullable Boolean present) {}

    private Asked header(HeaderMatch header) {
        return new Asked(
                HeaderNames.lower(header.name()),
                HeaderNames.problem(header.name()),
                header.exact(),
                header.regex(),
                header.present());
    }

    private Asked param(QueryParamMatch param) {
        Optional<String> problem = param.name().isEmpty()
                ? Optional.of("is missing; write the name of a parameter, such as version")
                : Optional.empty();
        return new Asked(param.name(), problem, param.exact(), param.regex(), param.present());
    }

    private Asked cookie(CookieMatch cookie) {
        // RFC 6265, 4.1.1: a name is a token, as a header's is.
        Optional<String> problem = HeaderNames.problem(cookie.name())
                .map(any ->
                        "'" + HostNames.shown(cookie.name()) + "' is no name of a cookie; write one such as session");
        return new Asked(cookie.name(), problem, cookie.exact(), cookie.regex(), cookie.present());
    }

    private Optional<List<ValueCondition>> conditions(List<Asked> all, String field) {
        List<ValueCondition> conditions = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Optional<ValueCondition> condition = condition(all.get(i), field + "[" + i + "]");
            if (condition.isEmpty()) {
                return Optional.empty();
            }
            if (!conditions.contains(condition.get())) {
                conditions.add(condition.get());
            }
        }
        conditions.sort(ValueCondition.BY_NAME);
        return Optional.of(List.copyOf(conditions));
    }

    private Optional<ValueCondition> condition(Asked asked, String field) {
        if (asked.nameProblem().isPresent()) {
            return invalid(field + ".name", asked.nameProblem().get());
        }
        if (Stream.of(asked.exact(), asked.regex(), asked.present())
                        .filter(Objects::nonNull)
                        .count()
                != 1) {
            return invalid(field, "needs exactly one of exact, regex and present");
        }
        if (asked.exact() != null) {
            return Optional.of(new ValueCondition(asked.name(), ValueTest.EXACT, asked.exact()));
        }
        if (asked.regex() != null) {
            return isRegex(asked.regex(), field + ".regex")
                    ? Optional.of(new ValueCondition(asked.name(), ValueTest.REGEX, asked.regex()))
                    : Optional.empty();
        }
        ValueTest test = Boolean.TRUE.equals(asked.present()) ? ValueTest.PRESENT : ValueTest.ABSENT;
        return Optional.of(new ValueCondition(asked.name(), test, ""));
    }

    private Optional<List<String>> methods(List<String> methods, String field) {
        for (int i = 0; i < methods.size(); i++) {
            if (HeaderNames.problem(methods.get(i)).isPresent()) {
                return invalid(field + "[" + i + "]", "is no method; write for example GET");
            }
        }
        return Optional.of(List.copyOf(new TreeSet<>(methods)));
    }

    private Optional<List<String>> sources(List<String> sources, String field) {
        for (int i = 0; i < sources.size(); i++) {
            if (!Cidrs.isCidr(sources.get(i))) {
                return invalid(
                        field + "[" + i + "]",
                        "is '" + HostNames.shown(sources.get(i)) + "'; write a network such as 10.0.0.0/8,"
                                + " or 192.0.2.7/32 for one address");
            }
        }
        return Optional.of(List.copyOf(new TreeSet<>(sources)));
    }

    private boolean isRegex(String regex, String field) {
        try {
            Regexes.compile(regex);
            return true;
        } catch (IllegalArgumentException e) {
            invalid(field, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private <T> Optional<T> invalid(String field, String message) {
        route.find(Finding.error(Reasons.INVALID_MATCH, field, message));
        return Optional.empty();
    }
}
