package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.FilterModel.ErrorPageModel;
import dev.gatehouse.controller.model.FilterModel.StatusRange;
import dev.gatehouse.crds.ErrorPage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads bodies for errors. */
final class ErrorPageParser {

    private static final Pattern STATUSES = Pattern.compile("(?<from>[45][0-9][0-9])(-(?<to>[45][0-9][0-9]))?");
    private static final String HTML = "text/html; charset=utf-8";

    private final FilterFindings findings;

    ErrorPageParser(FilterFindings findings) {
        this.findings = findings;
    }

    Optional<FilterModel> parse(List<ErrorPage> pages, String field) {
        List<ErrorPageModel> models = new ArrayList<>();
        for (int i = 0; i < pages.size(); i++) {
            Optional<ErrorPageModel> model = page(pages.get(i), field + "[" + i + "]");
            if (model.isEmpty()) {
                return Optional.empty();
            }
            models.add(model.get());
        }
        return Optional.of(new FilterModel.ErrorPages(List.copyOf(models)));
    }

    private Optional<ErrorPageModel> page(ErrorPage page, String field) {
        List<StatusRange> ranges = new ArrayList<>();
        for (int i = 0; i < page.statuses().size(); i++) {
            Matcher statuses = STATUSES.matcher(page.statuses().get(i));
            boolean read = statuses.matches();
            int from = read ? Integer.parseInt(statuses.group("from")) : 0;
            int to = read && statuses.group("to") != null ? Integer.parseInt(statuses.group("to")) : from;
            if (!read || to < from) {
                return findings.invalid(
                        field + ".statuses[" + i + "]",
                        "is '" + HostNames.shown(page.statuses().get(i))
                                + "'; write a status from 400 to 599 such as \"404\", or a range such as \"502-504\"");
            }
            ranges.add(new StatusRange(from, to));
        }
        if (ranges.isEmpty()) {
            return findings.invalid(field + ".statuses", "is missing; write for example [\"404\", \"502-504\"]");
        }
        String type = Objects.requireNonNullElse(page.contentType(), HTML);
        if (!AnswerParser.isContentType(type)) {
            return findings.invalid(
                    field + ".contentType",
                    "'" + HostNames.shown(type) + "' is no content type; write for example text/html; charset=utf-8");
        }
        int length = page.body().getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > AnswerParser.MAX_BODY_BYTES) {
            return findings.invalid(
                    field + ".body", "has " + length + " bytes; write 1 to " + AnswerParser.MAX_BODY_BYTES);
        }
        return Optional.of(new ErrorPageModel(List.copyOf(ranges), type, page.body(), page.ofBackends()));
    }
}
