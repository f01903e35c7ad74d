package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.Http2Fixture.answer;
import static dev.gatehouse.testkit.flood.Frame.CANCEL;
import static dev.gatehouse.testkit.flood.Frame.ENHANCE_YOUR_CALM;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.INADEQUATE_SECURITY;
import static dev.gatehouse.testkit.flood.Frame.INTERNAL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.NO_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PROTOCOL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exchanges with an HTTP/2 backend: resets by either side, how many streams it gets, trailers and ends. */
final class Http2UpstreamTest {
    private final Http2Fixture http2 = new Http2Fixture();

    @AfterEach
    void close() {
        http2.close();
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
        http2.backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            once.countDown();
            peer.reset(1, code);
            answer(peer, 3, "next");
        });
        try (FramePeer client = http2.client()) {
            Message answer = client.get(1, "/").message(1);
            assertThat(answer.status()).isEqualTo("502");
            assertThat(answer.first("gatehouse-reason")).isEqualTo(reason);
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("next");
            assertThat(once.getCount()).isEqualTo(1);
        }
    }

    @Test
    void aResetWithinTheResponseReachesTheClient() {
        http2.backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            peer.headers(1, false, ":status: 200").data(1, false, "half").reset(1, CANCEL);
            answer(peer, 3, "next");
        });
        try (FramePeer client = http2.client()) {
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
        http2.backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            asked.countDown();
            assertThat(peer.await(RST_STREAM, 1).number(0)).isEqualTo(CANCEL);
            cancelled.countDown();
            answer(peer, 3, "next");
        });
        try (FramePeer client = http2.client()) {
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
        RecordingBackend backend = http2.backend(
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
        try (FramePeer client = http2.client()) {
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
        http2.proxy()
                .listener(settings -> settings.setHttp2Cleartext(true)
                        .setMaxUpstreamConnections(1)
                        .setPoolWaitTimeoutMs(60_000));
        http2.backend(
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
        try (FramePeer client = http2.client()) {
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
        http2.backend((peer, connection) -> {
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
        http2.proxy().listener(settings -> settings.setHttp2Cleartext(true).setMaxConcurrentStreams(all));
        try (FramePeer client = http2.client()) {
            for (int i = 0; i < all; i++) {
                client.get(1 + 2 * i, "/");
            }
            for (int i = 0; i < all; i++) {
                assertThat(client.message(1 + 2 * i).status()).isEqualTo("204");
            }
        }
    }

    @Test
    void trailersBehindALengthReachTheClient() {
        http2.backend((peer, connection) -> {
            peer.await(HEADERS, 1);
            peer.headers(1, false, ":status: 200", "content-length: 3")
                    .data(1, false, "abc")
                    .headers(1, true, "x-sum: 6");
        });
        try (FramePeer client = http2.client()) {
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
        http2.backend((peer, connection) -> {
            seen.add(peer.message(1));
            peer.headers(1, true, ":status: 204");
        });
        try (FramePeer client = http2.client()) {
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
        http2.backend((peer, connection) -> {
            answer(peer, 1, "warm");
            peer.message(3);
            peer.message(5);
            peer.frames().stream().filter(frame -> frame.streamId() == 3).forEach(seen::add);
            answer(peer, 3, "first");
            answer(peer, 5, "second");
        });
        try (FramePeer client = http2.client()) {
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("warm");
            client.post(3, "/", "content-length: 0").data(3, true, "").get(5, "/");
            assertThat(client.message(3).body()).isEqualTo("first");
            assertThat(client.message(5).body()).isEqualTo("second");
        }
        assertThat(seen).singleElement().matches(Frame::endsStream);
    }
}
