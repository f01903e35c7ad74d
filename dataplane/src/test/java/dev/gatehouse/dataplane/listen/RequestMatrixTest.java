package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.HeaderValue;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that can be written on a connection instead of a plain request, with what must come of it: refused with a reason,
 * or forwarded as exactly these octets. After each case the backend holds what the case says and nothing else, and another
 * client, and the same one where its connection stays open, get their own answers.
 *
 * <p>Verdicts: the answers in their order, {@code 200} or {@code 400 reason}; {@code 200 close} and {@code 200 keep-alive} where
 * the answer must say so; {@code 404 reason open} where a refusal leaves the connection open. A line {@code x-rule} in a forwarded request names the rule that was matched. What Gatehouse adds itself is
 * left out.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RequestMatrixTest {
    private static final Pattern ADDED = Pattern.compile(
            "X-Request-Id: (?:[0-9a-f]{32}|own)\r\n(x-rule: .*\r\n)?X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
                    + "X-Forwarded-Port: \\d+\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1;proto=http;host=\"(.*)\"\r\n"
                    + "X-Forwarded-Host: \\2\r\n");

    private final RecordingBackend backend = RecordingBackend.scripted(RequestMatrixTest::echo);
    private final ProxyFixture proxy = new ProxyFixture();

    static List<WireCase> cases() {
        return WireCase.in("requests");
    }

    /** Answers with the target of the request, so that nobody can take an answer for another. */
    private static void echo(RecordingBackend.Conversation conversation) throws IOException {
        for (String r = conversation.request(); !r.isEmpty(); r = conversation.request()) {
            String[] line = r.split(" ", 3);
            String body = line[0].equals("HEAD") ? "" : line[1];
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + line[1].length() + "\r\n\r\n" + body);
        }
    }

    @BeforeAll
    void route() {
        proxy.routeTo(backend.address());
        proxy.apply(host("*", rule("admin", "/admin"), rule("other", "/")), host("inner.example", rule("inner", "/")));
    }

    private static Shard host(String name, Rule... rules) {
        return Shard.of(
                ShardId.host(name),
                ShardBody.newBuilder()
                        .setHost(Host.newBuilder().setName(name).addAllRules(List.of(rules)))
                        .build());
    }

    private static Rule rule(String name, String prefix) {
        HeaderEdit.Builder edit = HeaderEdit.newBuilder();
        if (!name.equals("other")) {
            edit.addSet(HeaderValue.newBuilder().setName("x-rule").setValue(name));
        }
        return Rule.newBuilder()
                .setId(name)
                .setMatch(Match.newBuilder().setPrefix(prefix))
                .addFilters(Filter.newBuilder().setRequestHeaders(edit))
                .addBackends(Backend.newBuilder()
                        .setUpstream(ShardId.upstream("test", "backend", 80).toString())
                        .setWeight(1))
                .build();
    }

    @AfterAll
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isReadInOneWayOrNotAtAll(WireCase wire) {
        check(wire, List.of(wire.sent()), UnaryOperator.identity());
    }

    /** The same as in one piece, but for the sizes of chunks, which nobody may rely on. */
    @ParameterizedTest
    @MethodSource("cases")
    void isReadTheSameWayInPieces(WireCase wire) {
        SplittableRandom random = new SplittableRandom(wire.toString().hashCode());
        String sent = wire.sent();
        List<String> pieces = new ArrayList<>();
        while (sent.length() > 1 && pieces.size() < 4) {
            int cut = 1 + random.nextInt(Math.min(sent.length() - 1, 60));
            pieces.add(sent.substring(0, cut));
            sent = sent.substring(cut);
        }
        pieces.add(sent);
        check(wire, pieces, RequestMatrixTest::withoutChunkSizes);
    }

    private static String withoutChunkSizes(String request) {
        return request.contains("Transfer-Encoding: chunked\r\n")
                ? request.replaceAll("\r\n[0-9a-f]{1,8}\r\n", "")
                : request;
    }

    private void check(WireCase wire, List<String> pieces, UnaryOperator<String> view) {
        int before = backend.requests().size();
        List<String> expected = new ArrayList<>(wire.passed());
        try (RawClient client = proxy.client()) {
            pieces.forEach(client::send);
            boolean open = answers(wire, client);
            if (open) {
                probe(client, "/same-client", expected);
            } else {
                assertThat(client.readToEnd()).as("after the last answer").isEmpty();
            }
        }
        try (RawClient other = proxy.client()) {
            probe(other, "/other-client", expected);
        }
        assertThat(backend.requests().stream()
                        .skip(before)
                        .map(RequestMatrixTest::withoutAdded)
                        .map(view))
                .containsExactlyElementsOf(expected.stream().map(view).toList());
    }

    /** Reads the answers that the case expects; whether the connection is to stay open. */
    private static boolean answers(WireCase wire, RawClient client) {
        boolean open = true;
        int forwarded = 0;
        for (String verdict : wire.verdict()) {
            String[] words = verdict.split(" ");
            String fate = words.length == 1 ? "" : words[1];
            String own = words[0].equals("200") ? "" : fate;
            String request = own.isEmpty() ? wire.passed().get(forwarded++) : "";
            Response response =
                    request.startsWith("HEAD ") ? new Response(client.readHead(), "") : client.readResponse();
            assertThat(response.head()).startsWith("HTTP/1.1 " + words[0] + " ");
            assertThat(response.field("gatehouse-reason")).isEqualTo(own);
            if (own.isEmpty() && !request.startsWith("HEAD ")) {
                assertThat(response.rawBody()).isEqualTo(request.split(" ")[1]);
            }
            open = own.isEmpty() ? !fate.equals("close") : words.length > 2;
            assertThat(response.field("connection")).isEqualTo(own.isEmpty() ? fate : open ? "" : "close");
        }
        return open;
    }

    private static void probe(RawClient client, String path, List<String> expected) {
        String probe = "GET " + path + " HTTP/1.1\r\nHost: good\r\n\r\n";
        assertThat(client.send(probe).readResponse().rawBody()).isEqualTo(path);
        expected.add(probe);
    }

    private static String withoutAdded(String request) {
        var added = ADDED.matcher(request);
        return added.find() ? added.replaceFirst("$1") : "no additions: " + request;
    }
}
