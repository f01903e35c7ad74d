package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteStickyCookie;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads what a rule says of the cookie that names a client's endpoint. What cannot be read is told, and there is no cookie. */
final class StickyParser {

    private StickyParser() {}

    static Optional<StickyModel> parse(RouteStickyCookie cookie, String field, Consumer<Finding> findings) {
        Optional<String> problem = cookie.name() == null ? Optional.empty() : HeaderNames.problem(cookie.name());
        if (problem.isPresent()) {
            return invalid(findings, field + ".name", "is no name of a cookie; write for example pod");
        }
        if (!Objects.requireNonNull(cookie.path()).matches("/[!-:<-~]*")) {
            return invalid(
                    findings,
                    field + ".path",
                    "is '" + HostNames.shown(Objects.requireNonNull(cookie.path()))
                            + "'; write a path without spaces and semicolons such as /");
        }
        boolean crossSite = Objects.requireNonNull(cookie.sameSite()) == RouteStickyCookie.SameSite.None;
        if (crossSite && Boolean.FALSE.equals(cookie.secure())) {
            return invalid(
                    findings,
                    field + ".secure",
                    "is false beside sameSite: None, which browsers do not take; leave it out, or write true");
        }
        int maxAge = cookie.maxAge() == null ? 0 : seconds(cookie.maxAge(), field + ".maxAge", findings);
        return Optional.of(new StickyModel(
                cookie.name() == null ? "" : cookie.name(),
                maxAge,
                Objects.requireNonNull(cookie.path()),
                switch (Objects.requireNonNull(cookie.sameSite())) {
                    case Lax -> StickyModel.SameSite.LAX;
                    case Strict -> StickyModel.SameSite.STRICT;
                    case None -> StickyModel.SameSite.NONE;
                },
                crossSite ? Optional.of(true) : Optional.ofNullable(cookie.secure()),
                Objects.requireNonNull(cookie.httpOnly())));
    }

    /** At least one; the form has no days, so that years fit. */
    static int seconds(String text, String field, Consumer<Finding> findings) {
        return dev.gatehouse.crds.DurationText.parse(text)
                .filter(duration -> duration.toSeconds() >= 1 && duration.toSeconds() <= Integer.MAX_VALUE)
                .map(duration -> Math.toIntExact(duration.toSeconds()))
                .orElseGet(() -> {
                    findings.accept(Finding.error(
                            Reasons.INVALID_VALUE,
                            field,
                            "is '" + HostNames.shown(text) + "'; write a time of at least 1s such as 12h."
                                    + " Until then the cookie ends with the browser"));
                    return 0;
                });
    }

    private static Optional<StickyModel> invalid(Consumer<Finding> findings, String field, String message) {
        findings.accept(Finding.error(
                Reasons.INVALID_VALUE, field, message + ". Until then clients have no endpoint of their own"));
        return Optional.empty();
    }
}
