package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.FilterModel.Header;
import dev.gatehouse.controller.model.FilterModel.HeaderEdits;
import dev.gatehouse.crds.HeaderEdit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads edits of headers. */
final class HeaderEditParser {

    private final FilterFindings findings;

    HeaderEditParser(FilterFindings findings) {
        this.findings = findings;
    }

    Optional<HeaderEdits> parse(HeaderEdit edit, String field) {
        Optional<List<Header>> set = headers(edit.set(), field + ".set");
        Optional<List<Header>> add = headers(edit.add(), field + ".add");
        TreeSet<String> remove = new TreeSet<>();
        for (int i = 0; i < edit.remove().size(); i++) {
            String name = edit.remove().get(i);
            Optional<String> problem = nameProblem(name).or(() -> hostProblem(name));
            if (problem.isPresent()) {
                return findings.invalid(field + ".remove[" + i + "]", problem.get());
            }
            remove.add(HeaderNames.lower(name));
        }
        if (set.isEmpty() || add.isEmpty()) {
            return Optional.empty();
        }
        Optional<Header> host =
                add.get().stream().filter(h -> h.name().equals("host")).findFirst();
        if (host.isPresent()) {
            return findings.invalid(
                    field + ".add", "adds a second host; write it under set (RFC 9112, 3.2: a request has one)");
        }
        return Optional.of(new HeaderEdits(set.get(), add.get(), List.copyOf(remove)));
    }

    Optional<List<Header>> headers(Map<String, String> headers, String field) {
        List<Header> models = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Map.Entry<String, String> header : headers.entrySet()) {
            String name = HeaderNames.lower(header.getKey());
            Optional<String> problem = nameProblem(header.getKey());
            if (problem.isPresent()) {
                return findings.invalid(field, problem.get());
            }
            if (!names.add(name)) {
                return findings.invalid(
                        field, "has the header '" + name + "' twice; upper and lower case are the same");
            }
            if (!HeaderNames.isValue(header.getValue())) {
                return findings.invalid(
                        field,
                        "has a value for '" + name
                                + "' with a line break, a control character, a letter beyond Latin-1,"
                                + " or a space at its ends; leave those out");
            }
            switch (HeaderText.read(header.getValue())) {
                case HeaderText.Read.Value(HeaderText text) -> models.add(new Header(name, text));
                case HeaderText.Read.Problem(String message) -> {
                    return findings.invalid(field, "has a value for '" + name + "' that " + message);
                }
            }
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
}
