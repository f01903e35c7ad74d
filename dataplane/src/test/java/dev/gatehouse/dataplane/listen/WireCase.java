package dev.gatehouse.dataplane.listen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One case of the matrix: octets on the wire and what must come of them, read from a {@code .wire} file.
 *
 * <pre>
 * # a comment
 * === RFC 9112, 6.3 | name of the case | flags
 * each: + -                              makes one case for every value, which takes the place of {} in all that follows
 * POST / HTTP/1.1                        a line ends in CR LF, unless its last character is a backslash
 * Host: a
 * Content-Length: {}3
 *
 * abc\
 * >>> 400 bad-content-length             the verdict
 * ...                                    octets that come out, if any; +++ stands between two messages
 * </pre>
 *
 * Escapes: {@code \r \n \t \0 \\ \xNN}, and {@code \{text*n}} for a repetition.
 *
 * @param family the file that it is from
 * @param rule the section of an RFC that it is about
 * @param verdict what follows {@code >>>}, split at commas
 * @param passed the messages that come out
 */
record WireCase(
        String family,
        String rule,
        String name,
        List<String> flags,
        String sent,
        List<String> verdict,
        List<String> passed) {
    private static final Pattern RULE = Pattern.compile("RFC \\d{4}, \\d+(\\.\\d+)*");
    private static final Pattern REPEAT = Pattern.compile("\\\\\\{([^*]*)\\*(\\d+)}");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(x[0-9a-f]{2}|[rnt0\\\\])");

    /** All cases of the files in a folder of the test resources. */
    static List<WireCase> in(String folder) {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/wire", folder))) {
            return files.sorted().flatMap(WireCase::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<WireCase> read(Path file) {
        String family = file.getFileName().toString().replace(".wire", "");
        try {
            String text = Files.readAllLines(file).stream()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.joining("\n", "\n", ""));
            return Stream.of(text.split("\n=== ")).skip(1).flatMap(each -> cases(family, each + "\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<WireCase> cases(String family, String text) {
        int first = text.indexOf('\n');
        String title = text.substring(0, first);
        String rest = text.substring(first + 1);
        if (!rest.startsWith("each: ")) {
            return Stream.of(one(family, title, rest));
        }
        int second = rest.indexOf('\n');
        String body = rest.substring(second + 1);
        return Stream.of(rest.substring(6, second).split(" "))
                .map(value -> one(family, title.replace("{}", value), body.replace("{}", value)));
    }

    private static WireCase one(String family, String title, String text) {
        String[] parts = title.split(" \\| ");
        int verdict = text.indexOf("\n>>> ") + 1;
        if (parts.length < 2 || verdict == 0 || !RULE.matcher(parts[0]).matches()) {
            throw new IllegalArgumentException(family + ": expected '=== RFC n, s | name' and '>>> verdict': " + title);
        }
        int end = text.indexOf('\n', verdict);
        String after = end + 1 < text.length() ? text.substring(end + 1) : "";
        return new WireCase(
                family,
                parts[0],
                parts[1],
                parts.length > 2 ? List.of(parts[2].split(" ")) : List.of(),
                octets(text.substring(0, verdict)),
                List.of(text.substring(verdict + 4, end).split(", ")),
                after.isBlank()
                        ? List.of()
                        : Stream.of(after.split("(?m)^\\+\\+\\+\n"))
                                .map(WireCase::octets)
                                .toList());
    }

    /** What the lines stand for. */
    private static String octets(String lines) {
        String text = REPEAT.matcher(lines)
                .replaceAll(m -> Matcher.quoteReplacement(m.group(1).repeat(Integer.parseInt(m.group(2)))));
        StringBuilder out = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            boolean open = line.endsWith("\\") && !line.endsWith("\\\\");
            out.append(unescaped(open ? line.substring(0, line.length() - 1) : line))
                    .append(open ? "" : "\r\n");
        }
        // Behind the last line end there is an empty piece, which is no line.
        out.setLength(out.length() - 2);
        return out.toString();
    }

    private static String unescaped(String line) {
        return ESCAPE.matcher(line)
                .replaceAll(m -> Matcher.quoteReplacement(
                        switch (m.group(1).charAt(0)) {
                            case 'r' -> "\r";
                            case 'n' -> "\n";
                            case 't' -> "\t";
                            case '0' -> "\0";
                            case '\\' -> "\\";
                            default ->
                                String.valueOf(
                                        (char) Integer.parseInt(m.group(1).substring(1), 16));
                        }));
    }

    @Override
    public String toString() {
        return family + ": " + name + " (" + rule + ")";
    }
}
