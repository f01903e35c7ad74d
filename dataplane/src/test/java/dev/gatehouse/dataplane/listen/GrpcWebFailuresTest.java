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
import dev.gatehouse.testkit.flood.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of gRPC-Web that fail: each ends with a status that its client can read, and no cut is taken for an end. */
final class GrpcWebFailuresTest {
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
        web.routeTo(begun.address());
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
        web.routeTo();
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
            web.routeTo(cancels.address());
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
}
