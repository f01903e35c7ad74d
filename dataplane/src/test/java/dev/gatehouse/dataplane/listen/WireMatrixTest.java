package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The matrix of HTTP/1.1 framing is as large as it is promised to be: nobody loses a case without being told. */
final class WireMatrixTest {
    private static List<WireCase> all() {
        return Stream.concat(WireCase.in("requests").stream(), WireCase.in("responses").stream())
                .toList();
    }

    @Test
    void hasHundredsOfCasesInEveryFamily() {
        Map<String, Long> families =
                all().stream().collect(Collectors.groupingBy(WireCase::family, Collectors.counting()));

        assertThat(families)
                .containsOnlyKeys(
                        "chunks",
                        "connection",
                        "content-length",
                        "endings",
                        "framing",
                        "head",
                        "host",
                        "lines",
                        "pipeline",
                        "request-line",
                        "target",
                        "transfer-encoding")
                .allSatisfy((family, cases) -> assertThat(cases).isGreaterThan(30));
        assertThat(all().size()
                        + RefusedRequestTest.refusals().size()
                        + RefusedRequestTest.badChunks().size())
                .isGreaterThanOrEqualTo(1_440);
    }

    @Test
    void hasNoCaseTwice() {
        assertThat(all().stream().map(WireCase::toString)).doesNotHaveDuplicates();
        assertThat(WireCase.in("requests").stream().map(WireCase::sent)).doesNotHaveDuplicates();
        assertThat(WireCase.in("responses").stream().map(each -> each.sent() + each.flags()))
                .doesNotHaveDuplicates();
    }
}
