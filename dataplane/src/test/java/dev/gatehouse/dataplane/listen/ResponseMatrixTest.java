package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that a backend can answer, with what the client gets: the response as exactly these octets, a 502 with its reason,
 * or a response that is seen to be cut short. After each case the same client, where its connection stays open, and another one
 * get their own answers: nothing of a bad answer is ever left for them.
 *
 * <p>Flags: {@code head} (the request is a HEAD), {@code http10} (the client speaks HTTP/1.0), {@code close} and {@code reset}
 * (how the backend ends the connection behind its answer). Verdicts: {@code passed kept} and {@code passed dropped} (whether
 * the connection to the backend is used again), {@code ends kept} and {@code ends dropped} (the same, and the
 * client's connection ends),
 * {@code 502 reason}, {@code cut} (exactly these octets, then the end), {@code chunks} (this head, and no last chunk).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ResponseMatrixTest {
    private static final String DATE = "Date: [A-Z][a-z]{2}, [^\r]* GMT\r\n";

    private final RecordingBackend backend = RecordingBackend.scripted(this::serve);
    private final ProxyFixture proxy = new ProxyFixture();
    private final SynchronousQueue<String> read = new SynchronousQueue<>();
    private volatile boolean inPieces;
    private volatile WireCase current = WireCase.in("responses").getFirst();

    static List<WireCase> cases() {
        return WireCase.in("responses");
    }

    /**
     * Those whose octets out do not depend on how they come in: no chunks, whose sizes nobody may rely on, and nothing behind a
     * response, which is nobody's only if it is there before the next request.
     */
    static List<WireCase> casesForPieces() {
        return cases().stream()
                .filter(each -> each.verdict().getFirst().endsWith(" kept")
                        || each.verdict().getFirst().startsWith("502 ")
                        || each.verdict().getFirst().equals("cut"))
                .filter(each -> each.passed().stream().noneMatch(m -> m.contains("Transfer-Encoding: chunked")))
                .toList();
    }

    private void serve(RecordingBackend.Conversation conversation) throws IOException, InterruptedException {
        for (String r = conversation.request(); !r.isEmpty(); r = conversation.request()) {
            String target = r.split(" ", 3)[1];
            if (!target.equals("/case")) {
                conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
                continue;
            }
            WireCase wire = current;
            for (String piece : inPieces ? pieces(wire) : List.of(wire.sent())) {
                conversation.send(piece);
            }
            if (wire.flags().contains("reset")) {
                if (isCut(wire)) {
                    // A reset overtakes what was sent before it: the client says when it has it.
                    assertThat(read.poll(20, TimeUnit.SECONDS)).isNotNull();
                }
                conversation.reset();
                return;
            }
            if (wire.flags().contains("close")) {
                return;
            }
        }
    }

    private static List<String> pieces(WireCase wire) {
        SplittableRandom random = new SplittableRandom(wire.toString().hashCode());
        String sent = wire.sent();
        List<String> pieces = new ArrayList<>();
        while (sent.length() > 1 && pieces.size() < 4) {
            int cut = 1 + random.nextInt(Math.min(sent.length() - 1, 40));
            pieces.add(sent.substring(0, cut));
            sent = sent.substring(cut);
        }
        pieces.add(sent);
        return pieces;
    }

    private static boolean isCut(WireCase wire) {
        return wire.verdict().equals(List.of("cut")) || wire.verdict().equals(List.of("chunks"));
    }

    @BeforeAll
    void route() {
        proxy.routeTo(backend.address());
    }

    @AfterAll
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void reachesTheClientInOneReadingOrNotAtAll(WireCase wire) throws InterruptedException {
        inPieces = false;
        check(wire);
    }

    @ParameterizedTest
    @MethodSource("casesForPieces")
    void reachesTheClientInTheSameReadingInPieces(WireCase wire) throws InterruptedException {
        inPieces = true;
        check(wire);
    }

    private void check(WireCase wire) throws InterruptedException {
        current = wire;
        int before = backend.requests().size();
        boolean head = wire.flags().contains("head");
        String version = wire.flags().contains("http10") ? "1.0" : "1.1";
        String body = head ? "\r\n" : "Content-Length: 2\r\n\r\nhi";
        try (RawClient client = proxy.client()) {
            client.send((head ? "HEAD" : "POST") + " /case HTTP/" + version + "\r\nHost: a\r\n" + body);
            String verdict = wire.verdict().getFirst();
            String expected = wire.passed().isEmpty() ? "" : wire.passed().getFirst();
            switch (verdict.split(" ")[0]) {
                case "passed" -> assertThat(readAs(expected, client)).isEqualTo(expected);
                case "502" -> {
                    assertThat(readAs(expected, client)).isEqualTo(expected);
                    Response response = client.readResponse();
                    assertThat(response.head()).startsWith("HTTP/1.1 502 ").doesNotContain("Connection");
                    assertThat(response.field("gatehouse-reason")).isEqualTo(verdict.substring(4));
                }
                case "ends" ->
                    assertThat(client.readToEnd().replaceFirst(DATE, "")).isEqualTo(expected);
                case "cut" -> {
                    assertThat(readAs(expected, client)).isEqualTo(expected);
                    signal(wire);
                    assertThat(client.readToEnd()).isEmpty();
                }
                case "chunks" -> {
                    assertThat(readAs(expected, client)).isEqualTo(expected);
                    String begin = client.readExactly("4\r\nhalf\r\n".length());
                    signal(wire);
                    assertThat(begin + client.readToEnd())
                            .startsWith("4\r\nhalf\r\n")
                            .doesNotContain("\r\n0\r\n");
                }
                default -> throw new IllegalArgumentException(wire + ": " + verdict);
            }
            int connections = backend.connections();
            boolean open = verdict.startsWith("passed") || verdict.startsWith("502");
            if (open) {
                probe(client, "/same-client");
            }
            try (RawClient other = proxy.client()) {
                probe(other, "/other-client");
            }
            assertThat(backend.connections() - connections)
                    .as("new connections to the backend")
                    .isEqualTo(verdict.endsWith(" kept") ? 0 : 1);
            assertThat(backend.requests().stream().skip(before).map(r -> r.split(" ", 3)[1]))
                    .containsExactlyElementsOf(
                            open
                                    ? List.of("/case", "/same-client", "/other-client")
                                    : List.of("/case", "/other-client"));
        }
    }

    private void signal(WireCase wire) throws InterruptedException {
        if (wire.flags().contains("reset")) {
            assertThat(read.offer("read", 20, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Reads as many heads as are expected and a body as long as the expected one, without the Date that Gatehouse adds. */
    private static String readAs(String expected, RawClient client) {
        StringBuilder all = new StringBuilder();
        String rest = expected;
        while (rest.startsWith("HTTP/")) {
            String head = client.readHead();
            all.append(head.replaceFirst(DATE, ""));
            boolean interim = head.startsWith("1", 9);
            rest = rest.substring(rest.indexOf("\r\n\r\n") + 4);
            if (!interim) {
                return all + client.readExactly(rest.length());
            }
        }
        return all.toString();
    }

    private static void probe(RawClient client, String path) {
        assertThat(client.send("GET " + path + " HTTP/1.1\r\nHost: good\r\n\r\n")
                        .readResponse()
                        .rawBody())
                .isEqualTo(path);
    }
}
