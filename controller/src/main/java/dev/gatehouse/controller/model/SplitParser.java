package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteBackend;
import dev.gatehouse.crds.RouteRule;
import dev.gatehouse.crds.RouteSplit;
import dev.gatehouse.crds.RouteSplitForce;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the experiment of a rule. What cannot be read is told, and the rule's requests go by weight, one by one: that serves
 * everybody, if not as was meant.
 */
final class SplitParser {

    private final Consumer<Finding> findings;
    private boolean valid = true;

    private SplitParser(Consumer<Finding> findings) {
        this.findings = findings;
    }

    /** @param field of the rule */
    static Optional<SplitModel> parse(RouteRule rule, String field, Consumer<Finding> findings) {
        return new SplitParser(findings).parse(rule, field);
    }

    private Optional<SplitModel> parse(RouteRule rule, String field) {
        RouteSplit split = rule.split();
        if (split == null) {
            for (int i = 0; i < rule.backends().size(); i++) {
                if (rule.backends().get(i).variant() != null) {
                    findings.accept(Finding.warning(
                            Reasons.INVALID_VALUE,
                            field + ".backends[" + i + "].variant",
                            "names a variant, but the rule has no split; write split: {name: ...}, or leave it out"));
                }
            }
            return Optional.empty();
        }
        String header = Objects.requireNonNull(split.header()); // has a default, as the others
        boolean sticky = Objects.requireNonNull(split.sticky());
        List<String> variants = variants(rule.backends(), field + ".backends");
        if (!isName(split.name())) {
            invalid(
                    field + ".split.name",
                    "is no name; write lower-case letters, digits and dashes such as checkout-button");
        }
        Optional<RequestKey> by = split.by() == null
                ? Optional.empty()
                : key(split.by().header(), split.by().cookie(), split.by().source(), field + ".split.by");
        if (split.by() == null && !sticky) {
            invalid(field + ".split.sticky", "is false without by, so that nothing tells users apart; leave it out");
        }
        token(Objects.requireNonNull(split.cookieName()), field + ".split.cookieName");
        token(header, field + ".split.header");
        if (Set.of("host", "cookie", "set-cookie").contains(HeaderNames.lower(header))) {
            invalid(field + ".split.header", "is '" + header + "', which has a meaning of its own; write x-split");
        }
        RouteSplitForce force = split.force() == null ? new RouteSplitForce(null, null) : split.force();
        token(force.header(), field + ".split.force.header");
        token(force.cookie(), field + ".split.force.cookie");
        Optional<StickyModel> visitor = sticky
                ? Optional.of(new StickyModel(
                        Objects.requireNonNull(split.cookieName()),
                        StickyParser.seconds(Objects.requireNonNull(split.maxAge()), field + ".split.maxAge", findings),
                        "/",
                        StickyModel.SameSite.LAX,
                        Optional.empty(),
                        true))
                : Optional.empty();
        return valid
                ? Optional.of(new SplitModel(
                        split.name(),
                        by,
                        visitor,
                        HeaderNames.lower(header),
                        force.header() == null ? "" : HeaderNames.lower(force.header()),
                        force.cookie() == null ? "" : force.cookie(),
                        variants))
                : Optional.empty();
    }

    private List<String> variants(List<RouteBackend> backends, String field) {
        List<String> variants = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < backends.size(); i++) {
            String variant = backends.get(i).variant();
            if (variant == null || !isName(variant)) {
                invalid(
                        field + "[" + i + "].variant",
                        variant == null
                                ? "is missing; the rule has a split: name what this backend is in it, such as blue"
                                : "is no name; write lower-case letters, digits and dashes such as blue");
            } else if (!names.add(variant)) {
                invalid(field + "[" + i + "].variant", "is '" + variant + "' again; give each backend its own");
            } else {
                variants.add(variant);
            }
        }
        return List.copyOf(variants);
    }

    private static boolean isName(String text) {
        return text.length() <= 63 && text.matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    }

    private Optional<RequestKey> key(
            @Nullable String header, @Nullable String cookie, @Nullable Boolean source, String field) {
        token(header, field + ".header");
        token(cookie, field + ".cookie");
        List<RequestKey> keys = Stream.of(
                        Optional.ofNullable(header)
                                .<RequestKey>map(name -> new RequestKey.Header(HeaderNames.lower(name))),
                        Optional.ofNullable(cookie).<RequestKey>map(RequestKey.Cookie::new),
                        Optional.ofNullable(source)
                                .filter(Boolean::booleanValue)
                                .<RequestKey>map(yes -> new RequestKey.Source()))
                .flatMap(Optional::stream)
                .toList();
        if (keys.size() != 1) {
            invalid(field, "needs exactly one of header, cookie and source: true");
            return Optional.empty();
        }
        return Optional.of(keys.getFirst());
    }

    private void token(@Nullable String name, String field) {
        if (name != null && HeaderNames.problem(name).isPresent()) {
            invalid(field, "is no name of a header or cookie; write for example x-user");
        } else if (name != null && field.endsWith("eader") && HeaderNames.isFraming(HeaderNames.lower(name))) {
            invalid(field, "names '" + name + "', which frames the message and is the proxy's own; write another one");
        }
    }

    private void invalid(String field, String message) {
        valid = false;
        findings.accept(Finding.error(
                Reasons.INVALID_VALUE, field, message + ". Until then requests go by weight, one by one"));
    }
}
