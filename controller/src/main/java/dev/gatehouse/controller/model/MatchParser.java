package dev.gatehouse.controller.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.gatehouse.controller.model.MatchModel.HeaderCondition;
import dev.gatehouse.controller.model.MatchModel.HeaderTest;
import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.crds.HeaderMatch;
import dev.gatehouse.crds.PathMatch;
import dev.gatehouse.crds.RouteMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads the matches of a ProxyRoute. */
final class MatchParser {

    private static final Comparator<HeaderCondition> BY_NAME = Comparator.comparing(HeaderCondition::name)
            .thenComparing(HeaderCondition::test)
            .thenComparing(HeaderCondition::value);

    private final RouteBuilder route;

    MatchParser(RouteBuilder route) {
        this.route = route;
    }

    /** Empty if it cannot be read; a finding says why. */
    Optional<MatchModel> parse(RouteMatch match, String field) {
        Optional<MatchModel> path =
                match.path() == null ? Optional.of(MatchModel.ANY) : path(match.path(), field + ".path");
        Optional<List<HeaderCondition>> headers = headers(match.headers(), field + ".headers");
        Optional<List<String>> methods = methods(match.methods(), field + ".methods");
        if (path.isEmpty() || headers.isEmpty() || methods.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new MatchModel(path.get().type(), path.get().path(), headers.get(), methods.get()));
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
                ? Optional.of(new MatchModel(PathType.REGEX, regex, List.of(), List.of()))
                : Optional.empty();
    }

    private Optional<List<HeaderCondition>> headers(List<HeaderMatch> headers, String field) {
        List<HeaderCondition> conditions = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            Optional<HeaderCondition> condition = header(headers.get(i), field + "[" + i + "]");
            if (condition.isEmpty()) {
                return Optional.empty();
            }
            if (!conditions.contains(condition.get())) {
                conditions.add(condition.get());
            }
        }
        conditions.sort(BY_NAME);
        return Optional.of(List.copyOf(conditions));
    }

    private Optional<HeaderCondition> header(HeaderMatch header, String field) {
        Optional<String> problem = HeaderNames.problem(header.name());
        if (problem.isPresent()) {
            return invalid(field + ".name", problem.get());
        }
        String name = HeaderNames.lower(header.name());
        if (Stream.of(header.exact(), header.regex(), header.present())
                        .filter(Objects::nonNull)
                        .count()
                != 1) {
            return invalid(field, "needs exactly one of exact, regex and present");
        }
        if (header.exact() != null) {
            return Optional.of(new HeaderCondition(name, HeaderTest.EXACT, header.exact()));
        }
        if (header.regex() != null) {
            return isRegex(header.regex(), field + ".regex")
                    ? Optional.of(new HeaderCondition(name, HeaderTest.REGEX, header.regex()))
                    : Optional.empty();
        }
        HeaderTest test = Boolean.TRUE.equals(header.present()) ? HeaderTest.PRESENT : HeaderTest.ABSENT;
        return Optional.of(new HeaderCondition(name, test, ""));
    }

    private Optional<List<String>> methods(List<String> methods, String field) {
        for (int i = 0; i < methods.size(); i++) {
            if (HeaderNames.problem(methods.get(i)).isPresent()) {
                return invalid(field + "[" + i + "]", "is no method; write for example GET");
            }
        }
        return Optional.of(List.copyOf(new TreeSet<>(methods)));
    }

    private boolean isRegex(String regex, String field) {
        try {
            Pattern.compile(regex);
            return true;
        } catch (PatternSyntaxException e) {
            invalid(field, "'" + HostNames.shown(regex) + "' is no RE2 expression: " + e.getDescription());
            return false;
        }
    }

    private <T> Optional<T> invalid(String field, String message) {
        route.find(Finding.error(Reasons.INVALID_MATCH, field, message));
        return Optional.empty();
    }
}
