package dev.gatehouse.snapshot;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Compiles the regular expressions of a shard, for who makes it and who uses it: both take the same. RE2 bounds the time of a match, but not the size of the program:
 * {@code ((x{1000}){1000}){1000}} unfolds to a billion steps. So the size is estimated before anything is unfolded.
 */
public final class Regexes {

    private static final int MAX_CHARACTERS = 4_096;
    private static final int MAX_STEPS = 10_000;
    private static final int MAX_DEPTH = 100;

    private final String text;
    private int at;

    private Regexes(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException if it is no RE2 expression, or too large a one; the message says which */
    public static Pattern compile(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("a regular expression of " + text.length()
                    + " characters is too long; use at most " + MAX_CHARACTERS);
        }
        long steps = estimate(text);
        if (steps > MAX_STEPS) {
            throw new IllegalArgumentException("the regular expression '" + text + "' unfolds to " + steps
                    + " steps; use fewer or smaller repetitions (at most " + MAX_STEPS + " steps)");
        }
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "the regular expression '" + text + "' is not RE2 syntax: " + e.getDescription(), e);
        }
    }

    /** Not less than the size of the compiled program. */
    static long estimate(String text) {
        return new Regexes(text).steps();
    }

    /** Steps of a group that is still open: all so far, and those of the last atom, which a repetition multiplies. */
    private static final class Group {
        private long all = 2;
        private long last;

        void atom(long steps) {
            all += steps;
            last = steps;
        }

        void repeat(long times) {
            all += Math.max(0, last * (times - 1)) + times;
            last *= times + 1;
        }
    }

    private long steps() {
        Deque<Group> outer = new ArrayDeque<>();
        Group group = new Group();
        while (at < text.length() && group.all <= Integer.MAX_VALUE) {
            char c = text.charAt(at++);
            switch (c) {
                case '(' -> {
                    outer.push(group);
                    group = new Group();
                    if (outer.size() > MAX_DEPTH) {
                        throw new IllegalArgumentException(
                                "the regular expression '" + text + "' nests more than " + MAX_DEPTH + " groups");
                    }
                }
                case ')' -> {
                    if (!outer.isEmpty()) {
                        long inner = group.all + 2;
                        group = outer.pop();
                        group.atom(inner);
                    }
                }
                case '{' -> group.repeat(repetition());
                case '*', '+', '?', '|' -> group.all += 2;
                case '[' -> {
                    skipClass();
                    group.atom(1);
                }
                case '\\' -> group.atom(escape());
                default -> group.atom(1);
            }
        }
        while (!outer.isEmpty()) {
            long inner = group.all;
            group = outer.pop();
            group.atom(inner);
        }
        return group.all;
    }

    /** The larger number of {@code {n}}, {@code {n,}} or {@code {n,m}}; 1 for braces that are literal. */
    private long repetition() {
        int end = text.indexOf('}', at);
        if (end < 0) {
            return 1;
        }
        String inside = text.substring(at, end);
        if (!inside.matches("[0-9]{1,9}(,[0-9]{0,9})?")) {
            return 1;
        }
        at = end + 1;
        long largest = 1;
        for (String number : inside.split(",")) {
            largest = Math.max(largest, number.isEmpty() ? 1 : Long.parseLong(number));
        }
        return largest + 1;
    }

    private void skipClass() {
        if (at < text.length() && text.charAt(at) == '^') {
            at++;
        }
        int first = at;
        while (at < text.length() && (text.charAt(at) != ']' || at == first)) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        at++;
    }

    /** Reads what a backslash begins; the number of steps it makes. */
    private int escape() {
        if (at == text.length()) {
            return 1;
        }
        char c = text.charAt(at++);
        if (c == 'Q') {
            int end = text.indexOf("\\E", at);
            int quoted = (end < 0 ? text.length() : end) - at;
            at = end < 0 ? text.length() : end + 2;
            return quoted;
        }
        if ((c == 'p' || c == 'P' || c == 'x') && at < text.length() && text.charAt(at) == '{') {
            at = Math.max(at, text.indexOf('}', at) + 1);
        }
        return 1;
    }
}
