package dev.gatehouse.controller.model;

import dev.gatehouse.crds.DurationText;
import dev.gatehouse.crds.RouteCors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads which origins are let in. */
final class CorsParser {

    private static final String ANY = "*";
    // Fetch Standard, 3.2: scheme, host and port; a browser leaves the scheme's own port out.
    private static final Pattern ORIGIN = Pattern.compile("https?://(\\*\\.)?(?<host>[^/:?#*]+)(:[0-9]{1,5})?");

    private final FilterFindings findings;

    CorsParser(FilterFindings findings) {
        this.findings = findings;
    }

    Optional<FilterModel> parse(RouteCors cors, String field) {
        if (cors.allowOrigins().isEmpty()) {
            return findings.invalid(
                    field + ".allowOrigins", "is missing; write https://shop.example.com, or \"*\" for any origin");
        }
        for (int i = 0; i < cors.allowOrigins().size(); i++) {
            var origin = ORIGIN.matcher(cors.allowOrigins().get(i));
            if (!cors.allowOrigins().get(i).equals(ANY)
                    && !(origin.matches() && HostNames.isName(origin.group("host")))) {
                return findings.invalid(
                        field + ".allowOrigins[" + i + "]",
                        "'" + HostNames.shown(cors.allowOrigins().get(i))
                                + "' is no origin; write https://shop.example.com, https://*.example.com, or \"*\" for any");
            }
        }
        Optional<String> wrong = Stream.of(cors.allowMethods(), cors.allowHeaders(), cors.exposeHeaders())
                .flatMap(List::stream)
                .filter(name -> HeaderNames.problem(name).isPresent())
                .findFirst();
        if (wrong.isPresent()) {
            return findings.invalid(
                    field, "names '" + HostNames.shown(wrong.get()) + "', which is no method or header; leave it out");
        }
        boolean any = Stream.of(cors.allowOrigins(), cors.allowMethods(), cors.allowHeaders(), cors.exposeHeaders())
                .anyMatch(list -> list.contains(ANY));
        if (cors.credentials() && any) {
            return findings.invalid(
                    field,
                    "has allowCredentials and a *, which browsers do not take together; name the origins, methods and headers");
        }
        Optional<Duration> age = cors.maxAge() == null ? Optional.of(Duration.ZERO) : DurationText.parse(cors.maxAge());
        if (age.isEmpty() || age.get().toSeconds() > Integer.MAX_VALUE) {
            return findings.invalid(
                    field + ".maxAge",
                    "is '" + HostNames.shown(String.valueOf(cors.maxAge())) + "'; write a time such as 10m or 24h");
        }
        return Optional.of(new FilterModel.Cors(
                sorted(cors.allowOrigins()),
                sorted(cors.allowMethods()),
                lower(cors.allowHeaders()),
                lower(cors.exposeHeaders()),
                cors.credentials(),
                (int) age.get().toSeconds()));
    }

    private static List<String> sorted(List<String> list) {
        return List.copyOf(new TreeSet<>(list));
    }

    private static List<String> lower(List<String> names) {
        return sorted(names.stream().map(HeaderNames::lower).toList());
    }
}
