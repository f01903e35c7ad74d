package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.GrpcWebFixture.PATH;
import static dev.gatehouse.dataplane.listen.GrpcWebFixture.answer;
import static dev.gatehouse.dataplane.listen.GrpcWebFixture.call;
import static dev.gatehouse.dataplane.listen.GrpcWebFixture.message;
import static dev.gatehouse.dataplane.listen.GrpcWebFixture.parts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.listen.GrpcWebFixture.Kind;
import dev.gatehouse.dataplane.listen.GrpcWebFixture.Part;
import dev.gatehouse.dataplane.listen.StreamingClient.Way;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
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
    private final GrpcWebFixture web = new GrpcWebFixture();
    private final ProxyFixture proxy = web.proxy();
    private final GrpcBackend backend = web.backend();

    @AfterEach
    void close() {
        web.close();
    }

    private static Stream<Arguments> all() {
        return GrpcWebFixture.all();
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
            web.routeTo(recording.address());
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            assertThat(answer(client, kind))
                    .containsExactly(new Part(false, "hi"), new Part(true, "grpc-status: 0\r\nx-mine: a\r\n"));
            assertThat(recording.failures()).isEmpty();
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
            web.routeTo(other.address());
            call(client, kind, PATH).send(kind.encoded(message("hello"))).finish();
            assertThat(client.status()).isEqualTo(404);
            assertThat(client.field("content-type")).isEqualTo("text/html");
            assertThat(client.readToEnd().rest()).isEqualTo("<p>not here</p>");
        }
    }
}
