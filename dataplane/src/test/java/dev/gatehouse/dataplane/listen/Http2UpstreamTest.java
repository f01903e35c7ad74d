package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.CANCEL;
import static dev.gatehouse.testkit.flood.Frame.CONTINUATION;
import static dev.gatehouse.testkit.flood.Frame.END_HEADERS;
import static dev.gatehouse.testkit.flood.Frame.ENHANCE_YOUR_CALM;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.INADEQUATE_SECURITY;
import static dev.gatehouse.testkit.flood.Frame.INTERNAL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.NO_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PROTOCOL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PUSH_PROMISE;
import static dev.gatehouse.testkit.flood.Frame.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of exchanges when an HTTP/2 backend cancels or breaks the rules. */
final class Http2UpstreamTest {
    /** What a backend does with one connection. */
    @FunctionalInterface
    interface Script {
        void serve(FramePeer peer, int connection) throws IOException, InterruptedException;
    }

    private final ProxyFixture proxy = new ProxyFixture().listener(settings -> settings.setHttp2Cleartext(true));
    private final List<RecordingBackend> backends = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        proxy.close();
        backends.forEach(RecordingBackend::close);
    }

    private RecordingBackend backend(Script script, int... settings) {
        RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation, settings)) {
                script.serve(peer, conversation.number());
                peer.awaitClose();
            }
        });
        backends.add(backend);
        proxy.routeTo(backend.address()).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
        return backend;
    }

    private FramePeer client() {
        return FramePeer.client(proxy.port());
    }

    private static void answer(FramePeer peer, int streamId, String body) {
        peer.message(streamId);
        peer.hold()
                .headers(streamId, false, ":status: 200")
                .data(streamId, true, body)
                .release();
    }

    /** RFC 9113, 8.7: what a backend may have acted on is not sent twice. */
    @ParameterizedTest
    @CsvSource({
        CANCEL + ", backend-cancelled",
        INTERNAL_ERROR + ", backend-reset",
        ENHANCE_YOUR_CALM + ", backend-calming",
        INADEQUATE_SECURITY + ", backend-security",
        PROTOCOL_ERROR + ", backend-reset",
        NO_ERROR + ", backend-reset",
        "99, backend-reset"
    })
    void anotherResetIsAnErrorOfTheBackend(int code, String reason) {
        CountDownLatch once = new CountDownLatch(2);
        backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            once.countDown();
            peer.reset(1, code);
            answer(peer, 3, "next");
        });
        try (FramePeer client = client()) {
            Message answer = client.get(1, "/").message(1);
            assertThat(answer.status()).isEqualTo("502");
            assertThat(answer.first("gatehouse-reason")).isEqualTo(reason);
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
            assertThat(once.getCount()).isEqualTo(1);
        }
    }

    @Test
    void aResetWithinTheResponseReachesTheClient() {
        backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            peer.headers(1, false, ":status: 200").data(1, false, "half").reset(1, CANCEL);
            answer(peer, 3, "next");
        });
        try (FramePeer client = client()) {
            Message cut = client.get(1, "/").message(1);
            assertThat(cut.body()).isEqualTo("half");
            assertThat(cut.ended()).isFalse();
            assertThat(cut.reset()).isEqualTo(INTERNAL_ERROR);
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
        }
    }

    @Test
    void aCancelledRequestIsCancelledAtTheBackend() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            asked.countDown();
            assertThat(peer.await(RST_STREAM, 1).number(0)).isEqualTo(CANCEL);
            cancelled.countDown();
            answer(peer, 3, "next");
        });
        try (FramePeer client = client()) {
            client.get(1, "/");
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            client.reset(1, CANCEL);
            client.get(3, "/");
            assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(client.message(3).body()).isEqualTo("next");
        }
    }

    @Test
    void aBackendGetsNoMoreStreamsThanItWants() {
        List<Long> unanswered = new CopyOnWriteArrayList<>();
        RecordingBackend backend = backend(
                (peer, connection) -> {
                    // Each connection answers its two streams when both are there.
                    for (int id = 1; id < 100; id += 4) {
                        peer.message(id);
                        peer.message(id + 2);
                        if (connection == 1) { // the others begin before they know
                            unanswered.add(peer.frames().stream()
                                            .filter(frame -> frame.type() == HEADERS)
                                            .count()
                                    - (id - 1) / 2);
                        }
                        peer.headers(id, true, ":status: 200").headers(id + 2, true, ":status: 200");
                    }
                },
                3,
                2);
        try (FramePeer client = client()) {
            // The first exchange makes the setting known.
            client.get(1, "/").get(3, "/");
            assertThat(client.message(1).status()).isEqualTo("200");
            assertThat(client.message(3).status()).isEqualTo("200");
            for (int id = 5; id < 5 + 2 * 8; id += 2) {
                client.get(id, "/");
            }
            for (int id = 5; id < 5 + 2 * 8; id += 2) {
                assertThat(client.message(id).status()).isEqualTo("200");
            }
            assertThat(backend.connections()).isBetween(2, 5);
            assertThat(unanswered).isNotEmpty().allMatch(streams -> streams == 2);
        }
    }

    @Test
    void aBackendThatWantsMoreStreamsGetsThemAtOnce() {
        proxy.listener(settings ->
                settings.setHttp2Cleartext(true).setMaxUpstreamConnections(1).setPoolWaitTimeoutMs(60_000));
        backend(
                (peer, connection) -> {
                    peer.await(HEADERS, 1);
                    peer.headers(1, true, ":status: 200");
                    peer.await(HEADERS, 3);
                    peer.settings(3, 2);
                    answer(peer, 5, "second");
                    answer(peer, 3, "first");
                },
                3,
                1);
        try (FramePeer client = client()) {
            // The first exchange makes the setting known.
            assertThat(client.get(1, "/").message(1).status()).isEqualTo("200");
            client.get(3, "/").get(5, "/");
            assertThat(client.message(5).body()).isEqualTo("second");
            assertThat(client.message(3).body()).isEqualTo("first");
        }
    }

    /** No connection may be waited for that nobody opens. */
    @Test
    void moreExchangesThanOneConnectionTakesOpenAnother() {
        int all = 300;
        Map<Integer, Long> heads = new ConcurrentHashMap<>();
        backend((peer, connection) -> {
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                heads.put(
                        connection,
                        peer.frames().stream()
                                .filter(frame -> frame.type() == HEADERS)
                                .count());
                return heads.values().stream().mapToLong(each -> each).sum() == all;
            });
            peer.frames().stream()
                    .filter(frame -> frame.type() == HEADERS)
                    .forEach(frame -> peer.headers(frame.streamId(), true, ":status: 204"));
        });
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxConcurrentStreams(all));
        try (FramePeer client = client()) {
            for (int i = 0; i < all; i++) {
                client.get(1 + 2 * i, "/");
            }
            for (int i = 0; i < all; i++) {
                assertThat(client.message(1 + 2 * i).status()).isEqualTo("204");
            }
        }
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
        backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            answer.frames().accept(peer);
            answer(peer, 3, "next");
        });
        try (FramePeer client = client()) {
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
        backend((peer, connection) -> {
            if (connection == 1) {
                answer(peer, 1, "first");
                peer.await(HEADERS, 3);
                answer.frames().accept(peer);
                peer.awaitClose();
            } else {
                answer(peer, 1, "next");
            }
        });
        try (FramePeer client = client()) {
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
        backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            peer.headers(1, false, ":status: 200", "content-length: 3");
            answer.frames().accept(peer);
            answer(peer, 3, "next");
        });
        try (FramePeer client = client()) {
            Message cut = client.get(1, "/").message(1);
            assertThat(cut.status()).isEqualTo("200");
            assertThat(cut.ended()).isFalse();
            assertThat(cut.reset()).isEqualTo(INTERNAL_ERROR);
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
        }
        assertThat(proxy.exchanges()).extracting(RecordingObserver.Done::reason).startsWith("backend-bad-response");
    }

    @Test
    void aPushEndsTheConnectionAndOnlyThat() {
        backend((peer, connection) -> {
            if (connection == 1) {
                peer.await(HEADERS, 1);
                peer.frame(Frame.PUSH_PROMISE, Frame.END_HEADERS, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 2);
                assertThat(peer.awaitClose()).isEqualTo(PROTOCOL_ERROR);
            } else {
                answer(peer, 1, "next");
            }
        });
        try (FramePeer client = client()) {
            assertThat(client.get(1, "/").message(1).status()).isEqualTo("502");
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
        }
    }

    @Test
    void trailersBehindALengthReachTheClient() {
        backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            peer.headers(1, false, ":status: 200", "content-length: 3")
                    .data(1, false, "abc")
                    .headers(1, true, "x-sum: 6");
        });
        try (FramePeer client = client()) {
            Message answer = client.get(1, "/").message(1);
            assertThat(answer.body()).isEqualTo("abc");
            assertThat(answer.heads()).hasSize(2);
            assertThat(answer.heads().getLast()).containsExactly("x-sum: 6");
            assertThat(answer.reset()).isEqualTo(-1);
        }
    }

    @Test
    void aRequestReachesTheBackendWithItsTrailers() {
        List<Message> seen = new CopyOnWriteArrayList<>();
        backend((peer, connection) -> {
            seen.add(peer.message(1));
            peer.headers(1, true, ":status: 204");
        });
        try (FramePeer client = client()) {
            client.post(1, "/a?b", "te: trailers", "cookie: a=b", "cookie: c=d", "host: good.example")
                    .data(1, false, "abc")
                    .headers(1, true, "x-sum: 6");
            assertThat(client.message(1).status()).isEqualTo("204");
        }
        Message request = seen.getFirst();
        assertThat(request.body()).isEqualTo("abc");
        assertThat(request.heads()).hasSize(2);
        assertThat(request.heads().getLast()).containsExactly("x-sum: 6");
        assertThat(request.heads().getFirst())
                .startsWith(":method: POST", ":scheme: http", ":path: /a?b", ":authority: good.example")
                .contains("te: trailers", "cookie: a=b; c=d")
                .noneMatch(line -> line.startsWith("host:")
                        || line.startsWith("connection:")
                        || line.startsWith("transfer-encoding:"));
    }

    /** RFC 9113, 5.1: nothing may follow the end of a stream, which a length of nothing has in its head already. */
    @Test
    void aRequestThatSaysThatItHasNoBodyEndsOnce() {
        List<Frame> seen = new CopyOnWriteArrayList<>();
        backend((peer, connection) -> {
            answer(peer, 1, "warm");
            peer.message(3);
            peer.message(5);
            peer.frames().stream().filter(frame -> frame.streamId() == 3).forEach(seen::add);
            answer(peer, 3, "first");
            answer(peer, 5, "second");
        });
        try (FramePeer client = client()) {
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("warm");
            client.post(3, "/", "content-length: 0").data(3, true, "").get(5, "/");
            assertThat(client.message(3).body()).isEqualTo("first");
            assertThat(client.message(5).body()).isEqualTo("second");
        }
        assertThat(seen).singleElement().matches(Frame::endsStream);
    }
}
