package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.CANCEL;
import static dev.gatehouse.testkit.flood.Frame.CONTINUATION;
import static dev.gatehouse.testkit.flood.Frame.DATA;
import static dev.gatehouse.testkit.flood.Frame.END_HEADERS;
import static dev.gatehouse.testkit.flood.Frame.END_STREAM;
import static dev.gatehouse.testkit.flood.Frame.GOAWAY;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.INTERNAL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.NO_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PADDED;
import static dev.gatehouse.testkit.flood.Frame.PRIORITIZED;
import static dev.gatehouse.testkit.flood.Frame.PRIORITY;
import static dev.gatehouse.testkit.flood.Frame.PROTOCOL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.REFUSED_STREAM;
import static dev.gatehouse.testkit.flood.Frame.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How the streams of a client's connection, and the connection itself, begin and end (RFC 9113, 5 and 6). */
final class Http2StreamsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int ENABLE_CONNECT_PROTOCOL = 8;

    private final CountDownLatch go = new CountDownLatch(1);
    private final AtomicInteger counted = new AtomicInteger();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch abandoned = new CountDownLatch(1);
    /** Answers /held when told to, /big with more than any window, /cut with half of it, and everything else at once. */
    private final RecordingBackend backend = RecordingBackend.scripted(conversation -> {
        for (String head = conversation.head(); !head.isEmpty(); head = conversation.head()) {
            if (head.contains("/held")) {
                assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
                conversation.send(OK);
            } else if (head.contains("/never")) {
                asked.countDown();
                conversation.awaitClose(Duration.ofSeconds(20));
                abandoned.countDown();
                return;
            } else if (head.contains("/count")) {
                conversation.exactly(1);
                counted.incrementAndGet();
                conversation.awaitClose(Duration.ofSeconds(20));
                return;
            } else if (head.contains("/cut")) {
                conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                return;
            } else {
                conversation.send(OK);
            }
        }
    });

    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture()
                .routeTo(backend.address())
                .listener(settings -> settings.setHttp2Cleartext(true).setMaxConcurrentStreams(4));
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    private FramePeer client() {
        return FramePeer.client(proxy.port());
    }

    @Test
    void itsSettingsSayWhatAClientMayDo() {
        try (FramePeer client = client()) {
            assertThat(client.awaitSettings())
                    .containsEntry(MAX_CONCURRENT_STREAMS, 4)
                    .containsEntry(INITIAL_WINDOW_SIZE, 256 * 1024)
                    .containsEntry(ENABLE_CONNECT_PROTOCOL, 1);
            assertThat(client.await(WINDOW_UPDATE, 0).number(0)).isEqualTo(1024 * 1024 - 65_535);
        }
    }

    @Test
    void aCancelledRequestIsCancelledAtTheBackend() throws Exception {
        try (FramePeer client = client()) {
            client.get(1, "/never");
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            client.reset(1, CANCEL);
            assertThat(abandoned.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("ok");
            assertThat(proxy.exchanges())
                    .extracting(RecordingObserver.Done::reason)
                    .contains("client-closed");
        }
    }

    @Test
    void aResponseThatTheBackendBreaksOffIsReset() {
        try (FramePeer client = client()) {
            Message cut = client.get(1, "/cut").message(1);
            assertThat(cut.body()).isEqualTo("half");
            assertThat(cut.ended()).isFalse();
            assertThat(cut.reset()).isEqualTo(INTERNAL_ERROR);
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("ok");
        }
    }

    /** RFC 9113, 8.1: the rest of the request is not wanted, and that is no error. */
    @Test
    void anAnswerBeforeTheEndOfTheRequestIsWholeAndThenReset() {
        try (FramePeer client = client()) {
            client.post(1, "/early").data(1, false, "a beginning");
            assertThat(client.await(Frame.RST_STREAM, 1).number(0)).isEqualTo(NO_ERROR);
            Message answer = client.message(1);
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(answer.ended()).isTrue();
            // What was on its way is nobody's fault (RFC 9113, 5.1).
            client.data(1, false, "more").headers(1, true, "x-trailer: late");
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("ok");
        }
    }

    @Test
    void oneStreamTooManyIsRefusedWithAllThatBelongsToIt() {
        try (FramePeer client = client()) {
            client.hold();
            for (int id = 1; id < 9; id += 2) {
                client.get(id, "/held");
            }
            client.post(9, "/").data(9, false, "body").headers(9, true, "x-trailer: too");
            client.release();
            assertThat(client.message(9).reset()).isEqualTo(REFUSED_STREAM);
            client.settle();
            assertThat(client.frames())
                    .filteredOn(frame -> frame.is(Frame.RST_STREAM, 9))
                    .hasSize(1);
            go.countDown();
            for (int id = 1; id < 9; id += 2) {
                assertThat(client.message(id).body()).isEqualTo("ok");
            }
            assertThat(client.get(11, "/").message(11).body()).isEqualTo("ok");
        }
    }

    /** RFC 9113, 5.1: who has not heard of the reset yet may still send the rest. */
    @Test
    void theRestOfAMalformedRequestIsIgnored() {
        try (FramePeer client = client()) {
            client.hold()
                    .post(1, "/", "X-Upper: a")
                    .data(1, false, "body")
                    .headers(1, true, "x-trailer: too")
                    .get(3, "/")
                    .release();
            assertThat(client.message(3).body()).isEqualTo("ok");
            assertThat(client.message(1).reset()).isEqualTo(PROTOCOL_ERROR);
        }
    }

    @Test
    void roomIsGivenBackOnceForEveryOctet() {
        int frames = 40;
        int octets = 16_384;
        try (FramePeer client = client()) {
            client.settle();
            for (int i = 0; i < frames; i++) {
                int id = 1 + 2 * i;
                int before = i;
                client.post(id, "/count", "content-length: 2").data(id, false, new byte[1]);
                await().pollInterval(Duration.ofMillis(5))
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> counted.get() > before);
                client.data(id, false, new byte[octets]);
                assertThat(client.message(id).reset()).isEqualTo(PROTOCOL_ERROR);
            }
            client.settle();
            long given = client.frames().stream()
                    .filter(frame -> frame.is(WINDOW_UPDATE, 0))
                    .skip(1) // the first makes the window larger than the default
                    .mapToLong(frame -> frame.number(0))
                    .sum();
            assertThat(given).isBetween((long) frames * (octets + 1) - 512 * 1024, (long) frames * (octets + 1));
        }
    }

    @Test
    void aHeadMayComeInAnyPieces() {
        String long1 = "x-long: " + "a".repeat(9_000);
        byte[] block = Frame.block(
                List.of(":method: GET", ":scheme: http", ":path: /pieces", ":authority: a", long1, "x-last: b"));
        try (FramePeer client = client()) {
            client.frame(HEADERS, END_STREAM, 1, ByteBuffer.allocate(0).array());
            for (int from = 0; from < block.length; from += 700) {
                byte[] part = java.util.Arrays.copyOfRange(block, from, Math.min(block.length, from + 700));
                client.frame(CONTINUATION, from + 700 >= block.length ? END_HEADERS : 0, 1, part);
            }
            assertThat(client.message(1).body()).isEqualTo("ok");
        }
    }

    @Test
    void paddingAndPrioritiesChangeNothing() {
        byte[] block = Frame.block(List.of(":method: GET", ":scheme: http", ":path: /", ":authority: a"));
        byte[] head = ByteBuffer.allocate(6 + block.length + 3)
                .put((byte) 3)
                .putInt(0x80000000 | 99)
                .put((byte) 255)
                .put(block)
                .put(new byte[3])
                .array();
        try (FramePeer client = client()) {
            client.frame(PRIORITY, 0, 7, new byte[] {0, 0, 0, 0, 10}); // an idle stream
            client.frame(HEADERS, END_HEADERS | END_STREAM | PADDED | PRIORITIZED, 1, head);
            client.frame(PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 10});
            client.get(3, "/");
            assertThat(client.message(1).body()).isEqualTo("ok");
            assertThat(client.message(3).body()).isEqualTo("ok");
            client.frame(PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 10}); // a closed one
            assertThat(client.get(9, "/").message(9).body()).isEqualTo("ok");
        }
    }

    @Test
    void unknownFramesSettingsAndFlagsAreIgnored() {
        try (FramePeer client = client()) {
            client.frame(200, 255, 0, (byte) 1).frame(99, 255, 5);
            client.settings(0xf000, 1, 0xffff, -1);
            client.frame(DATA + 6, 0xfe, 0, new byte[8]); // a PING with flags that mean nothing
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("ok");
        }
    }

    // ---- The end of a connection

    @Test
    void aConnectionLeavesInTwoStepsAndFinishesWhatItHas() throws Exception {
        try (FramePeer client = client().silent()) {
            client.get(1, "/held");
            await().atMost(Duration.ofSeconds(20)).until(() -> backend.connections() == 1);
            CompletableFuture<Void> drained = proxy.listeners().drain(Duration.ofSeconds(20));
            Frame first = client.await(GOAWAY, 0);
            assertThat(first.number(0)).isEqualTo(Integer.MAX_VALUE);
            assertThat(first.number(4)).isEqualTo(NO_ERROR);

            // On its way before the client could know.
            assertThat(client.get(3, "/").message(3).body()).isEqualTo("ok");
            Frame ping = client.await("a ping", frame -> frame.type() == Frame.PING);
            client.frame(Frame.PING, Frame.ACK, 0, ping.octets());
            Frame last = client.await(
                    "the last GOAWAY", frame -> frame.type() == GOAWAY && frame.number(0) != Integer.MAX_VALUE);
            assertThat(last.number(0)).isEqualTo(3);

            // Too late, and the client knows: it will ask elsewhere.
            client.post(5, "/late").data(5, false, "x").headers(5, true, "x-trailer: a");
            client.settle();
            go.countDown();
            assertThat(client.message(1).body()).isEqualTo("ok");
            assertThat(client.awaitClose()).isEqualTo(NO_ERROR);
            assertThat(client.frames()).noneMatch(frame -> frame.streamId() == 5);
            drained.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClientThatDoesNotAnswerThePingIsToldTheLastStreamAllTheSame() throws Exception {
        try (FramePeer client = client().silent()) {
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("ok");
            CompletableFuture<Void> drained = proxy.listeners().drain(Duration.ofSeconds(20));
            assertThat(client.awaitClose()).isEqualTo(NO_ERROR);
            assertThat(client.frames())
                    .filteredOn(frame -> frame.type() == GOAWAY)
                    .hasSize(2);
            drained.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aConnectionThatHasServedEnoughLeavesInTheSameWay() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxRequestsPerConnection(3));
        try (FramePeer client = client()) {
            for (int id = 1; id <= 5; id += 2) {
                assertThat(client.get(id, "/").message(id).body()).isEqualTo("ok");
            }
            assertThat(client.awaitClose()).isEqualTo(NO_ERROR);
            List<Frame> farewells = client.frames().stream()
                    .filter(frame -> frame.type() == GOAWAY)
                    .toList();
            assertThat(farewells).extracting(frame -> frame.number(0)).containsExactly(Integer.MAX_VALUE, 5);
        }
    }

    @Test
    void aClientThatLeavesGetsWhatItAskedFor() {
        try (FramePeer client = client()) {
            client.get(1, "/held");
            await().atMost(Duration.ofSeconds(20)).until(() -> backend.connections() == 1);
            client.goAway(0, NO_ERROR).settle();
            go.countDown();
            assertThat(client.message(1).body()).isEqualTo("ok");
            client.awaitClose();
        }
    }
}
