package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.Http2Fixture.answer;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.NO_ERROR;
import static dev.gatehouse.testkit.flood.Frame.REFUSED_STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.listen.Http2Fixture.Script;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What an HTTP/2 backend says it has not looked at (RFC 9113, 8.7: REFUSED_STREAM, streams above the last of a GOAWAY) is sent
 * again, whatever the method is: to another endpoint where there is one, and only if all that was read of it is still there.
 */
final class Http2RetryTest {
    private static final int INITIAL_WINDOW_SIZE = 4;

    private final Http2Fixture http2 = new Http2Fixture();

    @AfterEach
    void close() {
        http2.close();
    }

    private static FramePeer post(FramePeer client, int streamId) {
        return client.headers(streamId, true, ":method: POST", ":scheme: http", ":path: /", ":authority: a");
    }

    private static void answerAll(FramePeer peer, String body) {
        for (int id = 1; id < 100; id += 2) {
            answer(peer, id, body);
        }
    }

    @Test
    void aRefusedStreamIsSentAgainWhateverItsMethod() {
        http2.backend((peer, connection) -> {
            for (int id = 1; id <= 5; id += 4) {
                peer.await(HEADERS, id);
                peer.reset(id, REFUSED_STREAM);
                answer(peer, id + 2, "second");
            }
        });
        try (FramePeer client = http2.client()) {
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("second");
            Message post = client.headers(3, true, ":method: POST", ":scheme: http", ":path: /", ":authority: a")
                    .message(3);
            assertThat(post.body()).isEqualTo("second");
        }
    }

    @Test
    void whoRefusesForEverIsNotAskedForEver() {
        CountDownLatch asked = new CountDownLatch(3);
        http2.backend((peer, connection) -> {
            for (int id = 1; id <= 5; id += 2) {
                peer.await(HEADERS, id);
                asked.countDown();
                peer.reset(id, REFUSED_STREAM);
            }
        });
        try (FramePeer client = http2.client()) {
            Message answer = client.get(1, "/").message(1);
            assertThat(answer.status()).isEqualTo("502");
            assertThat(answer.first("gatehouse-reason")).isEqualTo("backend-refused");
            assertThat(asked.getCount()).isZero();
        }
    }

    /** RFC 9113, 6.8: streams beyond the last one were not looked at. */
    @Test
    void streamsBeyondAGoawayAreSentAgainOnAnotherConnectionAndTheOthersFinish() {
        RecordingBackend backend = http2.backend((peer, connection) -> {
            if (connection == 1) {
                peer.await(HEADERS, 1);
                peer.await(HEADERS, 3);
                peer.goAway(1, NO_ERROR);
                answer(peer, 1, "first connection");
            } else {
                answer(peer, 1, "second connection");
            }
        });
        try (FramePeer client = http2.client()) {
            client.get(1, "/a");
            await().atMost(Duration.ofSeconds(20)).until(() -> backend.connections() == 1);
            client.headers(3, true, ":method: POST", ":scheme: http", ":path: /", ":authority: a");
            assertThat(client.message(1).body()).isEqualTo("first connection");
            assertThat(client.message(3).body()).isEqualTo("second connection");
            assertThat(backend.connections()).isEqualTo(2);
        }
    }

    /** A backend that refuses is full or leaves: the next one is likelier to take the request. */
    @Test
    void aRefusedStreamIsSentToAnotherEndpoint() {
        AtomicInteger refused = new AtomicInteger();
        List<RecordingBackend> all = http2.backends(
                new int[0],
                (peer, connection) -> {
                    for (int id = 1; id < 100; id += 2) {
                        peer.await(HEADERS, id);
                        refused.incrementAndGet();
                        peer.reset(id, REFUSED_STREAM);
                    }
                },
                (peer, connection) -> answerAll(peer, "taken"));
        try (FramePeer client = http2.client()) {
            for (int id = 1; id <= 39; id += 2) {
                assertThat(post(client, id).message(id).body()).isEqualTo("taken");
            }
        }
        // Each request was refused once at most: nobody was asked twice while somebody else was there.
        assertThat(refused.get()).isBetween(1, 20);
        assertThat(all).allSatisfy(backend -> assertThat(backend.connections()).isEqualTo(1));
    }

    @Test
    void streamsBeyondAGoawayAreSentToAnotherEndpoint() {
        AtomicInteger left = new AtomicInteger();
        http2.backends(
                new int[0],
                (peer, connection) -> {
                    peer.await(HEADERS, 1);
                    left.incrementAndGet();
                    peer.goAway(0, NO_ERROR);
                },
                (peer, connection) -> answerAll(peer, "taken"));
        try (FramePeer client = http2.client()) {
            for (int id = 1; id <= 19; id += 2) {
                assertThat(post(client, id).message(id).body()).isEqualTo("taken");
            }
        }
        assertThat(left.get()).isPositive();
        assertThat(http2.proxy().exchanges())
                .hasSize(10)
                .allSatisfy(done -> assertThat(done.status()).isEqualTo(200));
    }

    /** What went to the first backend and was not kept cannot be said to a second. */
    @Test
    void aRefusedStreamOfWhoseBodyAPartIsGoneIsNotSentAgain() {
        AtomicInteger asked = new AtomicInteger();
        Script script = (peer, connection) -> {
            answer(peer, 1, "connected");
            peer.window(0, 1_000_000);
            for (int id = 3; id < 100; id += 2) {
                peer.await(HEADERS, id);
                asked.incrementAndGet();
                peer.awaitData(id, 100_000);
                peer.reset(id, REFUSED_STREAM);
            }
        };
        http2.backends(new int[] {INITIAL_WINDOW_SIZE, 1_000_000}, script, script);
        try (FramePeer client = http2.client()) {
            // Both are connected: nothing is kept while somebody dials.
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("connected");
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("connected");
            client.post(5, "/");
            for (int i = 0; i < 10; i++) {
                client.data(5, false, new byte[10_000]);
            }
            Message answer = client.message(5);
            assertThat(answer.status()).isEqualTo("502");
            assertThat(answer.first("gatehouse-reason")).isEqualTo("backend-refused");
        }
        assertThat(asked.get()).isEqualTo(1);
    }
}
