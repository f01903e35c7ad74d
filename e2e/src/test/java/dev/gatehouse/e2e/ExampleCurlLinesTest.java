package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gatehouse.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every {@code curl} line that stands in a comment of an example answers what the line below it says. */
class ExampleCurlLinesTest {

    private static final Path EXAMPLES = Path.of("../examples");

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
    void aLineIsReadAsCurlAndItsAnswerAsItIsMeant() {
        List<CurlLine> lines = CurlLine.read("""
                # curl -i -X PUT 'http://a.localhost:8080/x y?z' -H 'x-tier: gold' -b a=b -d 'a b'
                #   201; x-a: b; "c; d"; not "e"
                """);
        assertThat(lines).hasSize(1);
        CurlLine line = lines.getFirst();
        assertThat(line.request(1234))
                .isEqualTo("PUT /x y?z HTTP/1.1\r\nHost: a.localhost:1234\r\nx-tier: gold\r\nCookie: a=b\r\n"
                        + "Content-Length: 3\r\n\r\na b");
        assertThat(line.differences(new RawClient.Response("HTTP/1.1 201 OK\r\nx-a: b\r\n\r\n", "f c; d"), 1234))
                .isEmpty();
        assertThat(line.differences(new RawClient.Response("HTTP/1.1 200 OK\r\nx-a: c\r\n\r\n", "e"), 1234))
                .containsExactly("201", "x-a: b", "\"c; d\"", "not \"e\"");
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
            int port = Standalone.port(program, "http");
            for (CurlLine line : lines) {
                try (RawClient client = RawClient.connect(port)) {
                    RawClient.Response answer = client.send(line.request(port)).readResponse();
                    assertThat(line.differences(answer, port))
                            .as("%s answers%n%s%s", line.command(), answer.head(), answer.rawBody())
                            .isEmpty();
                }
            }
        }
    }
}
