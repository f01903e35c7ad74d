package dev.gatehouse.e2e;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.WebClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A {@code curl} line in a comment of an example, and below it what it answers, set apart by semicolons: a status; a header, where
 * {@code ...} stands for anything; in quotation marks what the body has, whatever its case; after {@code not} a header or text that
 * is not there; {@code cut off}, if the body ends before its end; or {@code no connection}.
 *
 * <pre>
 * # curl -i http://localhost:8080/old
 * #   301; location: http://localhost:8080/new
 * </pre>
 */
record CurlLine(String command, List<String> expected) {

    /** Where the ports are that the lines call 8080, 8443 and 9091. */
    record Ports(int http, int https, int admin) {
        static final Ports AS_WRITTEN = new Ports(8080, 8443, 9091);

        static Ports of(Program program) {
            return new Ports(
                    Standalone.port(program, "http"),
                    Standalone.port(program, "https"),
                    Integer.parseInt(program.await("admin http://localhost:(\\d+)")));
        }

        String in(String text) {
            return text.replace(":8080", ":" + http)
                    .replace(":8443", ":" + https)
                    .replace(":9091", ":" + admin);
        }
    }

    private static final Pattern LINE = Pattern.compile("^# (curl .*)\n#   (.*)$", Pattern.MULTILINE);
    private static final Pattern ARGUMENT = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern EXPECTATION = Pattern.compile("((?:\"(?:\\\\.|[^\"])*\"|[^;\"])+)(?:; |$)");
    private static final Pattern URL = Pattern.compile("(https?)://([^:/]+):([0-9]+)(/.*)");
    private static final String NO_CONNECTION = "no connection";
    private static final String CUT_OFF = "cut off";

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

    /** What the arguments say, as far as it matters here. */
    private record Asked(String method, Matcher url, List<String> headers, String body, List<String> tls) {
        private static Asked of(String command) {
            List<String> arguments = ARGUMENT.matcher(command)
                    .results()
                    .map(one -> one.group(1) == null ? one.group(2) : one.group(1))
                    .toList();
            String method = "";
            String body = "";
            Matcher url = URL.matcher("");
            List<String> headers = new ArrayList<>();
            List<String> tls = List.of();
            for (int i = 1; i < arguments.size(); i++) {
                switch (arguments.get(i)) {
                    case "-X" -> method = arguments.get(++i);
                    case "-H" -> headers.add(arguments.get(++i));
                    case "-b" -> headers.add("Cookie: " + arguments.get(++i));
                    case "-d" -> body = arguments.get(++i);
                    case "--tls-max" -> tls = List.of("TLSv" + arguments.get(++i));
                    case String flags when flags.matches("-[iksv]+") -> {}
                    case String other -> url.reset(other);
                }
            }
            if (!url.matches()) {
                throw new IllegalArgumentException("cannot read " + command);
            }
            return new Asked(method.isEmpty() ? (body.isEmpty() ? "GET" : "POST") : method, url, headers, body, tls);
        }
    }

    /** What curl would send. */
    String request(Ports ports) {
        Asked asked = Asked.of(command);
        String host = asked.url().group(2) + ":" + asked.url().group(3);
        Stream<String> length = asked.body().isEmpty()
                ? Stream.of()
                : Stream.of("Content-Length: " + asked.body().getBytes(StandardCharsets.UTF_8).length);
        return asked.method() + " " + asked.url().group(4) + " HTTP/1.1\r\nHost: " + ports.in(host) + "\r\n"
                + Stream.concat(asked.headers().stream(), length)
                        .map(header -> header + "\r\n")
                        .collect(Collectors.joining())
                + "\r\n" + asked.body();
    }

    /** Whether it asks the admin port, which tells of things that take their time. */
    boolean asksAdmin() {
        return Asked.of(command).url().group(3).equals("9091");
    }

    /** Sends it. No connection is an answer without a head. */
    RawClient.Response answer(Ports ports) {
        try (RawClient client = connect(ports)) {
            client.send(request(ports));
            return expected.contains(CUT_OFF)
                    ? new RawClient.Response(client.readHead(), client.readToEnd())
                    : client.readResponse();
        } catch (java.io.UncheckedIOException e) {
            if (expected.contains(NO_CONNECTION)) {
                return new RawClient.Response("", "");
            }
            throw e;
        }
    }

    private RawClient connect(Ports ports) {
        Asked asked = Asked.of(command);
        if (asked.url().group(1).equals("https")) {
            return new WebClient("127.0.0.1", ports.http(), ports.https())
                    .connectSecurely(asked.url().group(2), asked.tls().toArray(String[]::new));
        }
        return RawClient.connect(asksAdmin() ? ports.admin() : ports.http());
    }

    /** What of the expected the answer has not. */
    List<String> differences(RawClient.Response answer, Ports ports) {
        return expected.stream().filter(one -> !holds(ports.in(one), answer)).toList();
    }

    private static boolean holds(String expected, RawClient.Response answer) {
        if (expected.equals(NO_CONNECTION) || answer.head().isEmpty()) {
            return expected.equals(NO_CONNECTION) && answer.head().isEmpty();
        }
        if (expected.equals(CUT_OFF)) {
            return answer.rawBody().length() < Integer.parseInt(answer.field("content-length"));
        }
        if (expected.matches("[1-5][0-9]{2}")) {
            return answer.status() == Integer.parseInt(expected);
        }
        if (expected.startsWith("not \"")) {
            return !holds(expected.substring("not ".length()), answer);
        }
        if (expected.startsWith("\"")) {
            String text = expected.substring(1, expected.length() - 1).replace("\\\"", "\"");
            return answer.rawBody().toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
        }
        if (expected.startsWith("not ")) {
            return answer.field(expected.substring("not ".length())).isEmpty();
        }
        if (!expected.contains(": ")) {
            throw new IllegalArgumentException("cannot read what is expected: " + expected);
        }
        int colon = expected.indexOf(": ");
        String value = Stream.of(expected.substring(colon + 2).split("\\.\\.\\.", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*"));
        return answer.field(expected.substring(0, colon)).matches(value);
    }
}
