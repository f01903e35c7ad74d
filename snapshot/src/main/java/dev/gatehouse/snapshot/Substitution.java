package dev.gatehouse.snapshot;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;

/**
 * What takes the place of the parts of a text that an expression matches: {@code \\0} is all that matched, {@code \\1} to
 * {@code \\9} what its groups did, {@code \\\\} a backslash. For who makes a shard and who uses it. Immutable.
 */
public final class Substitution {

    private sealed interface Part {
        record Text(String text) implements Part {}

        record Group(int number) implements Part {}
    }

    private final String text;
    private final Pattern pattern;
    private final List<Part> parts;

    private Substitution(String text, Pattern pattern, List<Part> parts) {
        this.text = text;
        this.pattern = pattern;
        this.parts = List.copyOf(parts);
    }

    /** @throws IllegalArgumentException if a group is named that the expression has not, or the expression cannot be used */
    public static Substitution of(String expression, String text) {
        Pattern pattern = Regexes.compile(expression);
        List<Part> parts = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char next = i < text.length() ? text.charAt(i++) : ' ';
            if (next == '\\') {
                plain.append('\\');
            } else if (next >= '0' && next <= '9' && next - '0' <= pattern.groupCount()) {
                parts.add(new Part.Text(plain.toString()));
                plain.setLength(0);
                parts.add(new Part.Group(next - '0'));
            } else {
                throw new IllegalArgumentException(
                        "the substitution '" + text + "' has a backslash that no group follows: '"
                                + expression + "' has " + pattern.groupCount()
                                + "; write \\1 for the first, \\0 for all that matched, \\\\ for a backslash");
            }
        }
        parts.add(new Part.Text(plain.toString()));
        return new Substitution(text, pattern, parts);
    }

    /** As it was written. */
    @Override
    public String toString() {
        return pattern + " to " + text;
    }

    /** The text with every part replaced that matches; the text itself if none does. Takes time linear in the text. */
    public String apply(String text) {
        Matcher matcher = pattern.matcher(text);
        StringBuilder made = new StringBuilder();
        int done = 0;
        while (matcher.find()) {
            made.append(text, done, matcher.start());
            for (Part part : parts) {
                switch (part) {
                    case Part.Text(String plain) -> made.append(plain);
                    case Part.Group(int number) -> {
                        String group = matcher.group(number);
                        made.append(group == null ? "" : group);
                    }
                }
            }
            done = matcher.end();
        }
        return done == 0 && made.isEmpty()
                ? text
                : made.append(text, done, text.length()).toString();
    }
}
