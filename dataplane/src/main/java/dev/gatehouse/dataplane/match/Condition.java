package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import dev.gatehouse.snapshot.proto.HeaderMatch;
import dev.gatehouse.snapshot.proto.Match;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What must hold of a request beside its path. Pure. */
sealed interface Condition {

    /** Holds of every request. */
    Condition ALWAYS = new All(List.of());

    boolean holds(RequestView request);

    /** What of a request it is about, such as {@code header x-tier}: for people, as are the next two. */
    String what();

    /** What it asks of that. */
    String asked();

    /** What the request has there; whether that is what is asked, {@link #holds} alone decides. */
    String found(RequestView request);

    /** Several at once. */
    record All(List<Condition> conditions) implements Condition {
        @Override
        public boolean holds(RequestView request) {
            for (int i = 0; i < conditions.size(); i++) {
                if (!conditions.get(i).holds(request)) {
                    return false;
                }
            }
            return true;
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
            return conditions.stream().filter(one -> one.holds(request)).count() + " that hold";
        }
    }

    /** One of these methods, which are case-sensitive (RFC 9110, 9.1). */
    record Method(List<String> methods) implements Condition {
        @Override
        public boolean holds(RequestView request) {
            return methods.contains(request.method());
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

    /** The first value of a header is this one. */
    @SuppressWarnings("ArrayRecordComponent") // compared with ranges of other arrays
    record HeaderExact(byte[] name, byte[] value) implements Condition {
        @Override
        public boolean holds(RequestView request) {
            long found = request.header(name);
            return found >= 0
                    && Arrays.equals(
                            request.bytes(), start(found), start(found) + length(found), value, 0, value.length);
        }

        @Override
        public String what() {
            return "header " + Disclosure.text(name);
        }

        @Override
        public String asked() {
            return Disclosure.shown(Disclosure.text(name), Disclosure.text(value));
        }

        @Override
        public String found(RequestView request) {
            return Disclosure.header(request, name);
        }
    }

    /** The first value of a header matches as a whole. */
    @SuppressWarnings("ArrayRecordComponent")
    record HeaderRegex(byte[] name, Pattern pattern) implements Condition {
        @Override
        public boolean holds(RequestView request) {
            long found = request.header(name);
            return found >= 0
                    && pattern.matches(
                            new String(request.bytes(), start(found), length(found), StandardCharsets.UTF_8));
        }

        @Override
        public String what() {
            return "header " + Disclosure.text(name);
        }

        @Override
        public String asked() {
            return Disclosure.shown(Disclosure.text(name), "matches " + pattern);
        }

        @Override
        public String found(RequestView request) {
            return Disclosure.header(request, name);
        }
    }

    /** A header is there, or is not. */
    @SuppressWarnings("ArrayRecordComponent")
    record HeaderPresent(byte[] name, boolean wanted) implements Condition {
        @Override
        public boolean holds(RequestView request) {
            return request.header(name) >= 0 == wanted;
        }

        @Override
        public String what() {
            return "header " + Disclosure.text(name);
        }

        @Override
        public String asked() {
            return wanted ? "present" : "absent";
        }

        @Override
        public String found(RequestView request) {
            return Disclosure.header(request, name);
        }
    }

    /**
     * All further conditions of a match. A condition of a kind that this node does not know holds always: its rule is one
     * that is answered 503 (see {@link CompiledRule#of}).
     *
     * @throws IllegalArgumentException if a regular expression cannot be used
     */
    static Condition of(Match match) {
        List<Condition> all = new ArrayList<>();
        if (match.getMethodsCount() > 0) {
            all.add(new Method(List.copyOf(match.getMethodsList())));
        }
        for (HeaderMatch header : match.getHeadersList()) {
            byte[] name = header.getName().getBytes(StandardCharsets.US_ASCII);
            all.add(
                    switch (header.getValueCase()) {
                        case EXACT -> new HeaderExact(name, header.getExact().getBytes(StandardCharsets.UTF_8));
                        case REGEX -> new HeaderRegex(name, Regexes.compile(header.getRegex()));
                        case PRESENT -> new HeaderPresent(name, header.getPresent());
                        case VALUE_NOT_SET -> ALWAYS;
                    });
        }
        return switch (all.size()) {
            case 0 -> ALWAYS;
            case 1 -> all.getFirst();
            default -> new All(List.copyOf(all));
        };
    }

    /** The conditions that one is made of, in the order in which they are tried. */
    static List<Condition> parts(Condition condition) {
        return condition instanceof All(List<Condition> conditions) ? conditions : List.of(condition);
    }

    private static int start(long packed) {
        return (int) (packed >>> 32);
    }

    private static int length(long packed) {
        return (int) packed;
    }
}
