package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import dev.gatehouse.snapshot.Regexes;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What must hold of a request beside its path. Pure. */
sealed interface Condition {

    /** Holds of every request. */
    Condition ALWAYS = new All(List.of());

    /** Writes it as what is tried when requests are served. */
    void write(ConditionCode.Writer out);

    /** Whether a condition holds, by the code that serves. Allocates: for people, as are the next three. */
    static boolean holds(Condition condition, RequestView request) {
        ConditionCode.Writer out = new ConditionCode.Writer(0);
        condition.write(out);
        return ConditionCode.holds(out.written(), 0, out.position(), out.patterns(), request);
    }

    /** What of a request it is about, such as {@code header x-tier}. */
    String what();

    /** What it asks of that. */
    String asked();

    /** What the request has there; whether that is what is asked, {@link #holds} alone decides. */
    String found(RequestView request);

    /** Several at once. */
    record All(List<Condition> conditions) implements Condition {
        @Override
        public void write(ConditionCode.Writer out) {
            conditions.forEach(one -> one.write(out));
        }

        @Override
        public String what() {
            return "conditions";
        }

        @Override
        public String asked() {
            return "all " + conditions.size();
        }

        @Override
        public String found(RequestView request) {
            return conditions.stream()
                            .filter(one -> Condition.holds(one, request))
                            .count() + " that hold";
        }
    }

    /** One of these methods, which are case-sensitive (RFC 9110, 9.1). */
    record Method(List<String> methods) implements Condition {
        @Override
        public void write(ConditionCode.Writer out) {
            out.methods(methods);
        }

        @Override
        public String what() {
            return "method";
        }

        @Override
        public String asked() {
            return String.join(" or ", methods);
        }

        @Override
        public String found(RequestView request) {
            return request.method();
        }
    }

    /** The client's address is in one of these blocks. */
    record Source(List<Cidr> blocks) implements Condition {
        @Override
        public void write(ConditionCode.Writer out) {
            out.sources(blocks);
        }

        @Override
        public String what() {
            return "source";
        }

        @Override
        public String asked() {
            return blocks.stream().map(Cidr::toString).collect(Collectors.joining(" or "));
        }

        @Override
        public String found(RequestView request) {
            try {
                return InetAddress.getByAddress(request.clientAddress()).getHostAddress();
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address of 4 or 16 bytes", e);
            }
        }
    }

    /** A condition on one value. */
    sealed interface OfValue extends Condition {
        Place place();

        byte[] name();

        @Override
        default String what() {
            return place().noun() + " " + Disclosure.text(name());
        }

        @Override
        default String found(RequestView request) {
            long found = place().find(request, name());
            return found < 0
                    ? Comparison.NOTHING
                    : Disclosure.shown(Disclosure.text(name()), place().text(request.bytes(), found));
        }
    }

    /** The value is this one. */
    @SuppressWarnings("ArrayRecordComponent") // compared with ranges of other arrays
    record Exact(Place place, byte[] name, byte[] value) implements OfValue {
        @Override
        public void write(ConditionCode.Writer out) {
            out.equals(place, name, value);
        }

        @Override
        public String asked() {
            return Disclosure.shown(Disclosure.text(name), Disclosure.text(value));
        }
    }

    /** The value matches as a whole. */
    @SuppressWarnings("ArrayRecordComponent")
    record Regex(Place place, byte[] name, Pattern pattern) implements OfValue {
        @Override
        public void write(ConditionCode.Writer out) {
            out.matches(place, name, pattern);
        }

        @Override
        public String asked() {
            return Disclosure.shown(Disclosure.text(name), "matches " + pattern);
        }
    }

    /** There is a value, or there is none. */
    @SuppressWarnings("ArrayRecordComponent")
    record Present(Place place, byte[] name, boolean wanted) implements OfValue {
        @Override
        public void write(ConditionCode.Writer out) {
            out.value(wanted ? ConditionCode.PRESENT : ConditionCode.ABSENT, place, name);
        }

        @Override
        public String asked() {
            return wanted ? "present" : "absent";
        }
    }

    /**
     * All further conditions of a match. A condition of a kind that this node does not know holds always: its rule is one
     * that is answered 503 (see {@link CompiledRule#of}).
     *
     * @throws IllegalArgumentException if a regular expression or a block of addresses cannot be used
     */
    static Condition of(Match match) {
        List<Condition> all = new ArrayList<>();
        if (match.getMethodsCount() > 0) {
            all.add(new Method(List.copyOf(match.getMethodsList())));
        }
        if (match.getSourcesCount() > 0) {
            all.add(new Source(match.getSourcesList().stream().map(Cidr::parse).toList()));
        }
        match.getHeadersList().forEach(header -> all.add(of(Place.HEADER, header)));
        match.getCookiesList().forEach(cookie -> all.add(of(Place.COOKIE, cookie)));
        match.getQueryParamsList().forEach(param -> all.add(of(Place.QUERY_PARAM, param)));
        return switch (all.size()) {
            case 0 -> ALWAYS;
            case 1 -> all.getFirst();
            default -> new All(List.copyOf(all));
        };
    }

    private static Condition of(Place place, ValueMatch match) {
        byte[] name = match.getName().getBytes(StandardCharsets.UTF_8);
        return switch (match.getValueCase()) {
            case EXACT -> new Exact(place, name, match.getExact().getBytes(StandardCharsets.UTF_8));
            case REGEX -> new Regex(place, name, Regexes.compile(match.getRegex()));
            case PRESENT -> new Present(place, name, match.getPresent());
            case VALUE_NOT_SET -> ALWAYS;
        };
    }

    /** The conditions that one is made of, in the order in which they are tried. */
    static List<Condition> parts(Condition condition) {
        return condition instanceof All(List<Condition> conditions) ? conditions : List.of(condition);
    }
}
