package dev.gatehouse.e2e;

import dev.gatehouse.testkit.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code curl} line in a comment of an example, and below it what it answers, set apart by semicolons: a status, a header, and
 * in quotation marks what the body has, whatever its case, or after {@code not} has not.
 *
 * <pre>
 * # curl -i http://localhost:8080/old
 * #   301; location: http://localhost:8080/new
 * </pre>
 */
record CurlLine(String command, List<String> expected) {

    private static final String PORT = ":8080";
    private static final Pattern LINE = Pattern.compile("^# (curl .*)\n#   (.*)$", Pattern.MULTILINE);
    private static final Pattern ARGUMENT = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern EXPECTATION = Pattern.compile("((?:\"(?:\\\\.|[^\"])*\"|[^;\"])+)(?:; |$)");

    /** All that stand in a manifest. */
    static List<CurlLine> read(String manifest) {
        List<CurlLine> lines = new ArrayList<>();
        Matcher line = LINE.matcher(manifest);
        while (line.find()) {
            lines.add(new CurlLine(
                    line.group(1),
                    EXPECTATION
                            .matcher(line.group(2))
                            .results()
                            .map(one -> one.group(1).strip())
                            .toList()));
        }
        long commands =
                manifest.lines().filter(one -> one.startsWith("# curl ")).count();
        if (commands != lines.size()) {
            throw new IllegalArgumentException("a curl line without its answer below it:\n" + manifest);
        }
        return lines;
    }

    /** What curl would send to the port, as far as it matters here. */
    String request(int port) {
        Optional<String> method = Optional.empty();
        Optional<String> body = Optional.empty();
        String url = "";
        StringBuilder headers = new StringBuilder();
        List<String> arguments = arguments();
        for (int i = 1; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case "-i" -> {}
                case "-X" -> method = Optional.of(arguments.get(++i));
                case "-H" -> headers.append(arguments.get(++i)).append("\r\n");
                case "-b" ->
                    headers.append("Cookie: ").append(arguments.get(++i)).append("\r\n");
                case "-d" -> body = Optional.of(arguments.get(++i));
                case String other when other.startsWith("http://") -> url = other;
                default -> throw new IllegalArgumentException(arguments.get(i) + " in " + command);
            }
        }
        int path = url.indexOf('/', "http://".length());
        body.ifPresent(text -> headers.append("Content-Length: ")
                .append(text.getBytes(StandardCharsets.UTF_8).length)
                .append("\r\n"));
        return method.orElse(body.isPresent() ? "POST" : "GET") + " " + url.substring(path) + " HTTP/1.1\r\nHost: "
                + url.substring("http://".length(), path).replace(PORT, ":" + port) + "\r\n" + headers + "\r\n"
                + body.orElse("");
    }

    private List<String> arguments() {
        return ARGUMENT.matcher(command)
                .results()
                .map(one -> one.group(1) == null ? one.group(2) : one.group(1))
                .toList();
    }

    /** What of the expected the answer has not. */
    List<String> differences(RawClient.Response answer, int port) {
        return expected.stream().filter(one -> !holds(one, answer, port)).toList();
    }

    private static boolean holds(String expected, RawClient.Response answer, int port) {
        if (expected.matches("[1-5][0-9]{2}")) {
            return answer.status() == Integer.parseInt(expected);
        }
        if (expected.startsWith("not \"")) {
            return !holds(expected.substring("not ".length()), answer, port);
        }
        if (expected.startsWith("\"")) {
            String text = expected.substring(1, expected.length() - 1).replace("\\\"", "\"");
            return answer.rawBody().toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
        }
        int colon = expected.indexOf(": ");
        return answer.field(expected.substring(0, colon))
                .equals(expected.substring(colon + 2).replace(PORT, ":" + port));
    }
}
