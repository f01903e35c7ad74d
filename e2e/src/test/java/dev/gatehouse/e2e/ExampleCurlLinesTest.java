package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gatehouse.e2e.CurlLine.Ports;
import dev.gatehouse.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every {@code curl} line that stands in a comment of an example answers what the line below it says; the guide has no others. */
class ExampleCurlLinesTest {

    private static final Path EXAMPLES = Path.of("../examples");
    private static final Path GUIDE = Path.of("../docs");

    /** A line of the guide, up to what says what it answers or does with the answer. */
    private static final Pattern GUIDE_LINE = Pattern.compile("^    (curl .*?)(?: +[#|] .*)?$", Pattern.MULTILINE);

    /** Lines of the guide that are not for an example that is served, or are tested in {@link ExamplesTest}. */
    private static final Pattern ELSEWHERE =
            Pattern.compile(".*( & |--cert |-T large\\.bin|127\\.0\\.0\\.1:9091/explain).*");

    @TestFactory
    Stream<DynamicTest> everyCurlLineOfAnExampleAnswersWhatItSays() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> folders = Files.list(EXAMPLES).sorted()) {
            for (Path folder : folders.toList()) {
                List<CurlLine> lines = lines(folder);
                if (!lines.isEmpty()) {
                    tests.add(dynamicTest(folder.getFileName().toString(), () -> ask(folder, lines)));
                }
            }
        }
        assertThat(tests)
                .extracting(DynamicTest::getDisplayName)
                .contains("annotations", "errors", "grants", "redirects", "requests");
        return tests.stream();
    }

    @Test
    void everyCurlLineOfTheGuideStandsInAnExample() throws IOException {
        Set<String> tested = new HashSet<>();
        try (Stream<Path> folders = Files.list(EXAMPLES)) {
            for (Path folder : folders.toList()) {
                lines(folder).forEach(line -> tested.add(line.request(Ports.AS_WRITTEN)));
            }
        }
        List<String> missing = new ArrayList<>();
        try (Stream<Path> pages = Files.list(GUIDE)) {
            for (Path page : pages.filter(one -> one.toString().endsWith(".md")).toList()) {
                GUIDE_LINE
                        .matcher(Files.readString(page))
                        .results()
                        .map(line -> line.group(1))
                        .filter(line -> !ELSEWHERE.matcher(line).matches())
                        .filter(line -> !tested.contains(new CurlLine(line, List.of()).request(Ports.AS_WRITTEN)))
                        .forEach(line -> missing.add(page.getFileName() + ": " + line));
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void aLineIsReadAsCurlAndItsAnswerAsItIsMeant() {
        List<CurlLine> lines = CurlLine.read("""
                # curl -i -X PUT 'http://a.localhost:8080/x y?z' -H 'x-tier: gold' -b a=b -d 'a b'
                #   201; x-a: b ...; "c; d"; not "e"; not x-e
                """);
        assertThat(lines).hasSize(1);
        CurlLine line = lines.getFirst();
        Ports ports = new Ports(1234, 1235, 1236);
        assertThat(line.request(ports))
                .isEqualTo("PUT /x y?z HTTP/1.1\r\nHost: a.localhost:1234\r\nx-tier: gold\r\nCookie: a=b\r\n"
                        + "Content-Length: 3\r\n\r\na b");
        RawClient.Response meant = new RawClient.Response("HTTP/1.1 201 OK\r\nx-a: b c\r\n\r\n", "f c; d");
        RawClient.Response other = new RawClient.Response("HTTP/1.1 200 OK\r\nx-a: c b\r\nX-E: f\r\n\r\n", "e");
        assertThat(line.differences(meant, ports)).isEmpty();
        assertThat(line.differences(other, ports))
                .containsExactly("201", "x-a: b ...", "\"c; d\"", "not \"e\"", "not x-e");
    }

    @Test
    void anAnswerThatIsNotWholeIsToldFromOneThatIsNone() {
        RawClient.Response whole = new RawClient.Response("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", "ab");
        RawClient.Response part = new RawClient.Response("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", "a");
        RawClient.Response none = new RawClient.Response("", "");
        CurlLine line = new CurlLine("curl http://a:8080/", List.of("cut off", "no connection"));
        Ports ports = new Ports(1, 2, 3);
        assertThat(line.differences(whole, ports)).containsExactly("cut off", "no connection");
        assertThat(line.differences(part, ports)).containsExactly("no connection");
        assertThat(line.differences(none, ports)).containsExactly("cut off");
    }

    private static List<CurlLine> lines(Path folder) throws IOException {
        List<CurlLine> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder).sorted()) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".yaml")).toList()) {
                lines.addAll(CurlLine.read(Files.readString(file)));
            }
        }
        return lines;
    }

    private static void ask(Path folder, List<CurlLine> lines) {
        try (Program program = Standalone.run(folder)) {
            Ports ports = Ports.of(program);
            for (CurlLine line : lines) {
                if (line.asksAdmin()) {
                    await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> check(line, ports));
                } else {
                    check(line, ports);
                }
            }
        }
    }

    private static void check(CurlLine line, Ports ports) {
        RawClient.Response answer = line.answer(ports);
        assertThat(line.differences(answer, ports))
                .as("%s answers%n%s%s", line.command(), answer.head(), answer.rawBody())
                .isEmpty();
    }
}
