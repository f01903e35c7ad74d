package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.Http2Fixture.answer;
import static dev.gatehouse.testkit.flood.Frame.CONTINUATION;
import static dev.gatehouse.testkit.flood.Frame.END_HEADERS;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.INTERNAL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PROTOCOL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PUSH_PROMISE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.flood.Frame;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An HTTP/2 backend that breaks the rules: its exchange ends, or its connection, and nobody is misled. */
final class Http2MalformedResponseTest {
    private final Http2Fixture http2 = new Http2Fixture();

    @AfterEach
    void close() {
        http2.close();
    }

    record Answer(String name, Consumer<FramePeer> frames) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Answer> malformed() {
        return Stream.of(
                new Answer("RFC 9113, 8.3.2: no :status", peer -> peer.headers(1, true, "x-a: b")),
                new Answer("RFC 9113, 8.3.2: two", peer -> peer.headers(1, true, ":status: 200", ":status: 200")),
                new Answer("RFC 9113, 8.3.2: no number", peer -> peer.headers(1, true, ":status: abc")),
                new Answer("RFC 9113, 8.3.2: too short", peer -> peer.headers(1, true, ":status: 20")),
                new Answer("RFC 9113, 8.3.2: too long", peer -> peer.headers(1, true, ":status: 2000")),
                new Answer("RFC 9113, 8.3.2: below 100", peer -> peer.headers(1, true, ":status: 099")),
                new Answer("RFC 9113, 8.3: behind a field", peer -> peer.headers(1, true, "x-a: b", ":status: 200")),
                new Answer("RFC 9113, 8.3: of a request", peer -> peer.headers(1, true, ":status: 200", ":path: /")),
                new Answer("RFC 9113, 8.6: 101", peer -> peer.headers(1, false, ":status: 101")),
                new Answer("RFC 9113, 8.1: an interim head is the end", peer -> peer.headers(1, true, ":status: 100")),
                new Answer("RFC 9113, 8.2.1: upper case", peer -> peer.headers(1, true, ":status: 200", "X-A: b")),
                new Answer(
                        "RFC 9113, 8.2.1: CR LF in a value",
                        peer -> peer.headers(1, true, ":status: 200", "x-a: b\r\nset-cookie: c=d")),
                new Answer(
                        "RFC 9113, 8.2.1: a response in a value",
                        peer -> peer.headers(1, true, ":status: 200", "x-a: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")),
                new Answer("RFC 9113, 8.2.1: NUL in a name", peer -> peer.headers(1, true, ":status: 200", "x\0a: b")),
                new Answer(
                        "RFC 9113, 8.2.2: connection",
                        peer -> peer.headers(1, true, ":status: 200", "connection: close")),
                new Answer(
                        "RFC 9113, 8.2.2: transfer-encoding",
                        peer -> peer.headers(1, true, ":status: 200", "transfer-encoding: chunked")),
                new Answer(
                        "RFC 9113, 8.1.1: a length and no body",
                        peer -> peer.headers(1, true, ":status: 200", "content-length: 3")),
                new Answer(
                        "RFC 9110, 8.6: two lengths",
                        peer -> peer.headers(1, false, ":status: 200", "content-length: 3", "content-length: 4")),
                new Answer("RFC 9113, 8.1: data in front of the head", peer -> peer.data(1, false, "x")),
                new Answer("RFC 9113, 6.9.1: a window too large", peer -> peer.window(1, Integer.MAX_VALUE)));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void aMalformedResponseReachesNobody(Answer answer) {
        http2.backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            answer.frames().accept(peer);
            answer(peer, 3, "next");
        });
        try (FramePeer client = http2.client()) {
            Message refused = client.get(1, "/").message(1);
            assertThat(refused.status()).isEqualTo("502");
            assertThat(refused.first("gatehouse-reason")).isEqualTo("backend-bad-response");
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
        }
    }

    static Stream<Answer> connectionErrors() {
        return Stream.of(
                new Answer("RFC 9113, 6.9: a window of nothing, of all", peer -> peer.window(0, 0)),
                new Answer("RFC 9113, 8.4: a push", peer -> peer.frame(PUSH_PROMISE, END_HEADERS, 1, new byte[4])),
                new Answer("RFC 9113, 6.10: a CONTINUATION", peer -> peer.frame(CONTINUATION, END_HEADERS, 1)));
    }

    /** RFC 9113, 5.4.1: on a connection that has served before, too, where a GET may be sent once more if it was only closed. */
    @ParameterizedTest
    @MethodSource("connectionErrors")
    void anErrorOfTheWholeConnectionIsTheBackends(Answer answer) {
        http2.backend((peer, connection) -> {
            if (connection == 1) {
                answer(peer, 1, "first");
                peer.await(HEADERS, 3);
                answer.frames().accept(peer);
                peer.awaitClose();
            } else {
                answer(peer, 1, "next");
            }
        });
        try (FramePeer client = http2.client()) {
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("first");
            Message refused = client.get(3, "/").message(3);
            assertThat(refused.status()).isEqualTo("502");
            assertThat(refused.first("gatehouse-reason")).isEqualTo("backend-bad-response");
            assertThat(client.get(5, "/").message(5).body()).isEqualTo("next");
        }
    }

    static Stream<Answer> malformedLater() {
        return Stream.of(
                new Answer("less than its length", peer -> peer.data(1, true, "x")),
                new Answer("more than its length", peer -> peer.data(1, true, "xyzabc")),
                new Answer("RFC 9113, 8.1: trailers without end", peer -> peer.headers(1, false, "x-a: b")),
                new Answer("RFC 9113, 8.1: trailers in front of the end", peer -> peer.headers(1, true, "x-a: b")),
                new Answer("RFC 9113, 8.1: a second head", peer -> peer.headers(1, false, ":status: 200")),
                new Answer("RFC 9113, 8.3: :status in trailers", peer -> peer.headers(1, true, ":status: 200")),
                new Answer("RFC 9113, 6.9.1: a window too large", peer -> peer.window(1, Integer.MAX_VALUE)));
    }

    /** RFC 9113, 8.1.1. */
    @ParameterizedTest
    @MethodSource("malformedLater")
    void aResponseThatTurnsOutMalformedIsReset(Answer answer) {
        http2.backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            peer.headers(1, false, ":status: 200", "content-length: 3");
            answer.frames().accept(peer);
            answer(peer, 3, "next");
        });
        try (FramePeer client = http2.client()) {
            Message cut = client.get(1, "/").message(1);
            assertThat(cut.status()).isEqualTo("200");
            assertThat(cut.ended()).isFalse();
            assertThat(cut.reset()).isEqualTo(INTERNAL_ERROR);
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
        }
        assertThat(http2.proxy().exchanges())
                .extracting(RecordingObserver.Done::reason)
                .startsWith("backend-bad-response");
    }

    @Test
    void aPushEndsTheConnectionAndOnlyThat() {
        http2.backend((peer, connection) -> {
            if (connection == 1) {
                peer.await(HEADERS, 1);
                peer.frame(Frame.PUSH_PROMISE, Frame.END_HEADERS, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 2);
                assertThat(peer.awaitClose()).isEqualTo(PROTOCOL_ERROR);
            } else {
                answer(peer, 1, "next");
            }
        });
        try (FramePeer client = http2.client()) {
            assertThat(client.get(1, "/").message(1).status()).isEqualTo("502");
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
        }
    }
}
