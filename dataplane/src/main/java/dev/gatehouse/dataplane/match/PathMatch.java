package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import dev.gatehouse.snapshot.Regexes;
import dev.gatehouse.snapshot.proto.Match;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a rule asks of the path, byte by byte: the path is matched as it is forwarded, percent-encoding and all. */
@SuppressWarnings("ArrayRecordComponent") // compared with ranges of other arrays, never as records
sealed interface PathMatch {

    boolean matches(byte[] bytes, int start, int length);

    /** How much of a matching path a rewrite of the prefix replaces. */
    int matchedLength();

    /** What it asks, for people. */
    String asked();

    /** The whole path. */
    record Exact(byte[] path) implements PathMatch {
        @Override
        public boolean matches(byte[] bytes, int start, int length) {
            return Arrays.equals(path, 0, path.length, bytes, start, start + length);
        }

        @Override
        public int matchedLength() {
            return path.length;
        }

        @Override
        public String asked() {
            return "exact " + Disclosure.text(path);
        }
    }

    /**
     * Whole elements from the left (Ingress: pathType Prefix).
     *
     * @param elements without trailing slash, which does not count; the root is empty
     */
    record Prefix(byte[] elements) implements PathMatch {
        @Override
        public boolean matches(byte[] bytes, int start, int length) {
            int size = elements.length;
            return length >= size
                    && (length == size || bytes[start + size] == '/')
                    && Arrays.equals(elements, 0, size, bytes, start, start + size);
        }

        @Override
        public int matchedLength() {
            return elements.length;
        }

        @Override
        public String asked() {
            return "prefix " + (elements.length == 0 ? "/" : Disclosure.text(elements));
        }
    }

    /** An RE2 expression over the whole path: matching takes time linear in the path, whatever the expression. */
    record Regex(Pattern pattern) implements PathMatch {
        @Override
        public boolean matches(byte[] bytes, int start, int length) {
            return pattern.matches(new String(bytes, start, length, StandardCharsets.UTF_8));
        }

        @Override
        public int matchedLength() {
            return 0;
        }

        @Override
        public String asked() {
            return "regex " + pattern;
        }
    }

    /**
     * Reads a shard's; a match without path takes every path.
     *
     * @throws IllegalArgumentException if a regular expression cannot be used
     */
    static PathMatch of(Match match) {
        return switch (match.getPathCase()) {
            case EXACT -> new Exact(match.getExact().getBytes(StandardCharsets.UTF_8));
            case PREFIX, PATH_NOT_SET ->
                new Prefix(withoutTrailingSlash(match.getPrefix()).getBytes(StandardCharsets.UTF_8));
            case REGEX -> new Regex(Regexes.compile(match.getRegex()));
        };
    }

    private static String withoutTrailingSlash(String prefix) {
        return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }
}
