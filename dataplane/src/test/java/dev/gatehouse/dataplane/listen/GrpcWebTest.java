package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.listen.StreamingClient.End;
import dev.gatehouse.dataplane.listen.StreamingClient.Way;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** gRPC-Web from clients of HTTP/1.1 and HTTP/2, to backends that speak gRPC and to such that speak gRPC-Web themselves. */
final class GrpcWebTest {
    private static final String PATH = "/test.Text/Unary";

    /** What the client speaks. */
    enum Kind {
        BINARY("application/grpc-web+proto"),
        TEXT("application/grpc-web-text+proto");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        String encoded(String octets) {
            return this == BINARY
                    ? octets
                    : Base64.getEncoder().encodeToString(octets.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Reads a body: in text, each group of four by itself, as browsers do that read a stream. */
        String decoded(String body) {
            if (this == BINARY) {
                return body;
            }
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            for (int i = 0; i < body.length(); i += 4) {
                octets.writeBytes(Base64.getDecoder().decode(body.substring(i, i + 4)));
            }
            return octets.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** A message of gRPC, or the trailers of gRPC-Web. */
    private record Part(boolean trailers, String content) {}

    private final ProxyFixture proxy = StreamingClient.proxy();
    private final GrpcBackend backend = new GrpcBackend();

    GrpcWebTest() {
        routeTo(backend.address());
    }

    private void routeTo(InetSocketAddress... addresses) {
        proxy.routeTo(addresses).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
    }

    @AfterEach
    void close() {
        backend.close();
        proxy.close();
    }

    private static Stream<Arguments> all() {
        return Stream.of(Way.values()).flatMap(way -> Stream.of(Kind.values()).map(kind -> Arguments.of(way, kind)));
    }

    private static String message(String content) {
        return new String(
                        ByteBuffer.allocate(5)
                                .put((byte) 0)
                                .putInt(content.length())
                                .array(),
                        StandardCharsets.ISO_8859_1)
                + content;
    }

    private static List<Part> parts(String body) {
        ByteBuffer octets = ByteBuffer.wrap(body.getBytes(StandardCharsets.ISO_8859_1));
        List<Part> parts = new ArrayList<>();
        while (octets.hasRemaining()) {
            boolean trailers = octets.get() == (byte) 0x80;
            byte[] content = new byte[octets.getInt()];
            octets.get(content);
            parts.add(new Part(trailers, new String(content, StandardCharsets.ISO_8859_1)));
        }
        return parts;
    }

    private static StreamingClient call(StreamingClient client, Kind kind, String path, String... more) {
        String[] fields = java.util.Arrays.copyOf(more, more.length + 2);
        fields[more.length] = "content-type: " + kind.type;
        fields[more.length + 1] = "x-grpc-web: 1";
        return client.request("POST", path, fields);
    }

    /** What came behind the head, which is always that of a success. */
    private static List<Part> answer(StreamingClient client, Kind kind) {
        assertThat(client.status()).isEqualTo(200);
        assertThat(client.field("content-type")).isEqualTo(kind.type);
        assertThat(client.field("grpc-status")).isEmpty();
        End end = client.readToEnd();
        assertThat(end.complete()).isTrue();
        assertThat(end.trailers()).isEmpty();
        return parts(kind.decoded(end.rest()));
    }

    // ---- To a backend that speaks gRPC

    @ParameterizedTest
    @MethodSource("all")
    void aCallIsAnsweredWithItsMessageAndItsStatus(Way way, Kind kind) {
        try (StreamingClient client = way.open(proxy)) {
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            List<Part> parts = answer(client, kind);
            assertThat(parts).hasSize(2);
            assertThat(parts.getFirst()).isEqualTo(new Part(false, "hello"));
            assertThat(parts.getLast().trailers()).isTrue();
            assertThat(parts.getLast().content()).contains("grpc-status: 0\r\n");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aRequestMayComeInAnyParts(Way way, Kind kind) {
        String content = "what a body is does not depend on how it comes";
        String body = kind.encoded(message(content));
        for (int size : new int[] {1, 2, 3, 5, 7}) {
            try (StreamingClient client = way.open(proxy)) {
                call(client, kind, PATH);
                for (int i = 0; i < body.length(); i += size) {
                    client.send(body.substring(i, Math.min(body.length(), i + size)));
                }
                client.finish();
                assertThat(answer(client, kind).getFirst()).isEqualTo(new Part(false, content));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachMessageOfAStreamPassesAtOnce(Way way, Kind kind) {
        try (StreamingClient client = way.open(proxy)) {
            call(client, kind, "/test.Text/Listen")
                    .send(kind.encoded(message("x")))
                    .finish();
            for (int i = 1; i <= 20; i++) {
                String said = "x".repeat(i);
                backend.say(said); // each only when the one before has arrived
                String expected = kind.encoded(message(said));
                assertThat(client.read(expected.length())).isEqualTo(expected);
            }
            backend.say(GrpcBackend.END);
            assertThat(kind.decoded(client.readToEnd().rest())).contains("grpc-status: 0\r\n");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void anAnswerWithoutMessagesHasItsStatusInTheBody(Way way, Kind kind) {
        try (StreamingClient client = way.open(proxy)) {
            call(client, kind, PATH).send(kind.encoded(message("fail"))).finish();
            List<Part> parts = answer(client, kind);
            assertThat(parts).hasSize(1);
            assertThat(parts.getFirst().trailers()).isTrue();
            assertThat(parts.getFirst().content())
                    .contains("grpc-status: 5\r\n", "grpc-message: no such thing\r\n")
                    .doesNotContain("content-type");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aClientThatGoesAwayCancelsTheCall(Way way, Kind kind) {
        try (StreamingClient client = way.open(proxy)) {
            call(client, kind, "/test.Text/Listen")
                    .send(kind.encoded(message("x")))
                    .finish();
            backend.say("first");
            client.read(kind.encoded(message("first")).length());
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> backend.cancelled() == 1);
        backend.say(GrpcBackend.END);
    }

    @ParameterizedTest
    @MethodSource("all")
    void manyMegabytesPass(Way way, Kind kind) {
        try (StreamingClient client = way.open(proxy)) {
            call(client, kind, "/test.Text/Flood")
                    .send(kind.encoded(message("64 x 65536")))
                    .finish();
            List<Part> parts = answer(client, kind);
            assertThat(parts).hasSize(65);
            assertThat(parts.subList(0, 64))
                    .allSatisfy(part -> assertThat(part.content()).hasSize(65_536));
        }
    }

    /** By its length, and with the next call behind it on the same connection. */
    @ParameterizedTest
    @EnumSource
    void aConnectionOfHttp1GoesOnWithTheNextCall(Kind kind) {
        try (RawClient client = proxy.client()) {
            for (String content : List.of("one", "fail", "three")) {
                String body = kind.encoded(message(content));
                client.send("POST " + PATH + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + kind.type
                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                String answer = client.readResponse().rawBody();
                assertThat(answer).endsWith("0\r\n\r\n");
            }
        }
        assertThat(backend.begun()).isEqualTo(3);
    }

    /** By what it accepts, a client may ask for text in answer to a body that is none, and the other way round. */
    @Test
    void theAnswerIsOfTheKindThatIsAccepted() {
        try (StreamingClient client = Way.HTTP1.open(proxy)) {
            call(client, Kind.BINARY, PATH, "accept: application/grpc-web-text, */*")
                    .send(message("hi"))
                    .finish();
            assertThat(client.field("content-type")).isEqualTo("application/grpc-web-text+proto");
            assertThat(parts(Kind.TEXT.decoded(client.readToEnd().rest())).getFirst())
                    .isEqualTo(new Part(false, "hi"));
        }
    }

    /** What the backend gets is a call of gRPC. */
    @ParameterizedTest
    @MethodSource("all")
    void theBackendSeesNothingOfGrpcWeb(Way way, Kind kind) {
        try (RecordingBackend recording = RecordingBackend.scripted(conversation -> {
                    try (FramePeer peer = FramePeer.server(conversation)) {
                        Message call = peer.message(1);
                        assertThat(call.body()).isEqualTo(message("hello"));
                        assertThat(call.heads().getFirst())
                                .contains("content-type: application/grpc+proto", "te: trailers", ":path: " + PATH)
                                .noneMatch(field -> field.startsWith("content-length"));
                        peer.headers(1, false, ":status: 200", "content-type: application/grpc", "content-length: 7");
                        peer.data(1, false, message("hi"));
                        peer.headers(1, true, "grpc-status: 0", "x-mine: a");
                        peer.awaitClose();
                    }
                });
                StreamingClient client = way.open(proxy)) {
            routeTo(recording.address());
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            assertThat(answer(client, kind))
                    .containsExactly(new Part(false, "hi"), new Part(true, "grpc-status: 0\r\nx-mine: a\r\n"));
            assertThat(recording.failures()).isEmpty();
        }
    }

    // ---- Failures

    private interface Then {
        void go(FramePeer peer) throws IOException;
    }

    private RecordingBackend begins(String data, Then then) {
        RecordingBackend begun = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.message(1);
                peer.hold()
                        .headers(1, false, ":status: 200", "content-type: application/grpc")
                        .data(1, false, data)
                        .release();
                then.go(peer);
            }
        });
        routeTo(begun.address());
        return begun;
    }

    private static void assertFails(StreamingClient client, Kind kind, int status, String reason) {
        List<Part> parts = answer(client, kind);
        assertThat(client.field("gatehouse-reason")).isEqualTo(reason);
        assertThat(parts).hasSize(1);
        assertThat(parts.getFirst().trailers()).isTrue();
        assertThat(parts.getFirst().content())
                .startsWith("grpc-status: " + status + "\r\ngrpc-message: ")
                .endsWith(": " + reason + "\r\n");
    }

    @ParameterizedTest
    @MethodSource("all")
    void anAnswerOfGatehousesOwnIsOneOfGrpcWeb(Way way, Kind kind) {
        routeTo();
        try (StreamingClient client = way.open(proxy)) {
            call(client, kind, PATH); // the body is not waited for
            assertFails(client, kind, 14, "no-endpoint");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTextThatIsNotBase64IsRefusedAtOnce(Way way) {
        for (String body : List.of("AAAA====", "AA?A", "AAAAA=A")) {
            try (StreamingClient client = way.open(proxy)) {
                call(client, Kind.TEXT, PATH).send(body);
                assertFails(client, Kind.TEXT, 13, "bad-grpc-web");
            }
        }
    }

    /** RFC 9112, 9.6: who has said that the connection is over serves nothing more on it, and waits for no other request. */
    @Test
    void aTextThatIsRefusedAtItsEndIsTheLastOfItsConnection() {
        String head = "POST " + PATH + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + Kind.TEXT.type
                + "\r\nContent-Length: 8\r\n\r\n";
        try (RawClient client = proxy.client()) {
            client.send(head + "AAAA");
            await().atMost(Duration.ofSeconds(20)).until(() -> backend.begun() == 1);
            client.send("AA?A" + head + "AAAAAAA=");

            assertThat(client.readResponse().field("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
            await().atMost(Duration.ofSeconds(20)).until(() -> proxy.connections() == 0);
        }
        assertThat(proxy.exchanges()).hasSize(1);
        assertThat(backend.begun()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aTextThatIsCutOffIsRefused(Way way) {
        for (String body : List.of("AAA", "AAAAA")) {
            try (StreamingClient client = way.open(proxy)) {
                call(client, Kind.TEXT, PATH).send(body).finish();
                assertFails(client, Kind.TEXT, 13, "bad-grpc-web");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aBackendThatEndsBetweenMessagesIsTold(Way way, Kind kind) {
        try (RecordingBackend begun = begins(
                        message("one"),
                        peer -> peer.reset(1, Frame.ENHANCE_YOUR_CALM).awaitClose());
                StreamingClient client = way.open(proxy)) {
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            List<Part> parts = answer(client, kind);
            assertThat(parts.getFirst()).isEqualTo(new Part(false, "one"));
            assertThat(parts.getLast().content()).startsWith("grpc-status: 8\r\n");
            assertThat(begun.failures()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aMessageThatIsCutOffIsNotTakenForWhole(Way way, Kind kind) {
        try (RecordingBackend begun = begins(
                        "\0\0\0\0\7half",
                        peer -> peer.reset(1, Frame.INTERNAL_ERROR).awaitClose());
                StreamingClient client = way.open(proxy)) {
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            assertThat(client.readToEnd().complete()).isFalse();
            assertThat(begun.failures()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineThatIsOverIsTold(Kind kind) {
        try (RecordingBackend cancels = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.message(1);
                peer.reset(1, Frame.CANCEL);
                peer.message(3);
                peer.reset(3, Frame.CANCEL).awaitClose();
            }
        })) {
            routeTo(cancels.address());
            for (String timeout : List.of("1n", "1H")) {
                try (StreamingClient client = Way.HTTP1.open(proxy)) {
                    call(client, kind, PATH, "grpc-timeout: " + timeout)
                            .send(kind.encoded(message("hello")))
                            .finish();
                    assertFails(client, kind, timeout.equals("1n") ? 4 : 1, "backend-cancelled");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStatusThatIsMissingIsNoSuccess(Kind kind) {
        try (RecordingBackend begun =
                        begins(message("one"), peer -> peer.data(1, true, "").awaitClose());
                StreamingClient client = Way.H2C.open(proxy)) {
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            assertThat(answer(client, kind).getLast().content()).startsWith("grpc-status: 2\r\n");
            assertThat(begun.failures()).isEmpty();
        }
    }

    // ---- What passes as it is

    /** Whoever serves HTTP/1.1 cannot speak gRPC, and gets what the client sends. */
    @ParameterizedTest
    @MethodSource("all")
    void aBackendOfHttp1SpeaksGrpcWebItself(Way way, Kind kind) {
        String body = kind.encoded(message("hello"));
        String said = kind.encoded(message("hi") + "\u0080\0\0\0\17grpc-status:0\r\n");
        try (RecordingBackend http1 = RecordingBackend.scripted(conversation -> {
                    String request = conversation.request();
                    assertThat(request).contains(kind.type, body);
                    conversation.send("HTTP/1.1 200 OK\r\ncontent-type: " + kind.type + "\r\ncontent-length: "
                            + said.length() + "\r\n\r\n" + said);
                });
                StreamingClient client = way.open(proxy)) {
            proxy.routeTo(http1.address()).upstream(upstream -> upstream);
            call(client, kind, PATH).send(body).finish();
            assertThat(answer(client, kind))
                    .containsExactly(new Part(false, "hi"), new Part(true, "grpc-status:0\r\n"));
            assertThat(http1.failures()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void anAnswerThatIsNotGrpcPassesAsItIs(Way way, Kind kind) {
        try (RecordingBackend other = RecordingBackend.scripted(conversation -> {
                    try (FramePeer peer = FramePeer.server(conversation)) {
                        peer.message(1);
                        peer.headers(1, false, ":status: 404", "content-type: text/html");
                        peer.data(1, true, "<p>not here</p>").awaitClose();
                    }
                });
                StreamingClient client = way.open(proxy)) {
            routeTo(other.address());
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            assertThat(client.status()).isEqualTo(404);
            assertThat(client.field("content-type")).isEqualTo("text/html");
            assertThat(client.readToEnd().rest()).isEqualTo("<p>not here</p>");
        }
    }
}
