package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.FLOW_CONTROL_ERROR;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.RST_STREAM;
import static dev.gatehouse.testkit.flood.Frame.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RecordingBackend;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nobody is sent more than he has room for, and who does not read holds the other side back (RFC 9113, 5.2). */
final class Http2FlowTest {
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int BLOCK = 16_384;
    private static final int DEFAULT_WINDOW = 65_535;

    /** What the proxy takes of one stream before it knows that the other side takes nothing. */
    private static final int STREAM_WINDOW = 256 * 1024;

    /** Kernel buffers of both sockets, and what Gatehouse hands to them at once. */
    private static final int KERNEL = 32_000_000;

    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture().listener(settings -> settings.setHttp2Cleartext(true));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private void toHttp2(RecordingBackend backend) {
        proxy.routeTo(backend.address()).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
    }

    /** Waits until a number has stood still; there is no event for that. */
    private static long still(LongSupplier number) {
        AtomicLong last = new AtomicLong(-1);
        await().during(Duration.ofMillis(400)).atMost(Duration.ofSeconds(30)).until(() -> {
            long now = number.getAsLong();
            return last.getAndSet(now) == now;
        });
        return last.get();
    }

    /** Octets that are only right in their own place. */
    private static byte[] octets(long from, int length) {
        byte[] octets = new byte[length];
        for (int i = 0; i < length; i++) {
            long at = from + i;
            octets[i] = (byte) (at ^ (at >>> 8) ^ (at >>> 16));
        }
        return octets;
    }

    private static String text(int length) {
        return new String(octets(0, length), StandardCharsets.ISO_8859_1);
    }

    private static RecordingBackend answering(int octets) {
        return RecordingBackend.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: " + octets + "\r\n\r\n" + "x".repeat(octets));
    }

    @Test
    void aStreamGetsNoOctetMoreThanItsWindow() {
        try (RecordingBackend backend = answering(100);
                FramePeer client =
                        FramePeer.client(proxy.routeTo(backend.address()).port(), INITIAL_WINDOW_SIZE, 10)) {
            client.get(1, "/").awaitData(1, 10);
            assertThat(client.settle().dataOctets(1)).isEqualTo(10);
            client.window(1, 5).awaitData(1, 15);
            assertThat(client.settle().dataOctets(1)).isEqualTo(15);
            // RFC 9113, 6.9.2: the window may become negative.
            client.settings(INITIAL_WINDOW_SIZE, 3).window(1, 7);
            assertThat(client.settle().dataOctets(1)).isEqualTo(15);
            client.window(1, 2).awaitData(1, 17);
            assertThat(client.settle().dataOctets(1)).isEqualTo(17);
            client.settings(INITIAL_WINDOW_SIZE, 50).awaitData(1, 64);
            assertThat(client.settle().dataOctets(1)).isEqualTo(64);
            client.window(1, 1_000);
            assertThat(client.message(1).body()).hasSize(100);
        }
    }

    @Test
    void allStreamsTogetherGetNoOctetMoreThanTheWindowOfTheConnection() {
        try (RecordingBackend backend = answering(50_000);
                FramePeer client =
                        FramePeer.client(proxy.routeTo(backend.address()).port(), INITIAL_WINDOW_SIZE, 1_000_000)) {
            client.get(1, "/").get(3, "/");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> client.dataOctets(1) + client.dataOctets(3) == DEFAULT_WINDOW);
            client.settle();
            assertThat(client.dataOctets(1) + client.dataOctets(3)).isEqualTo(DEFAULT_WINDOW);
            client.window(0, 1_000_000);
            assertThat(client.message(1).body()).hasSize(50_000);
            assertThat(client.message(3).body()).hasSize(50_000);
        }
    }

    @Test
    void aSlowReaderHoldsABackendBackAndNobodyElse() {
        AtomicLong sent = new AtomicLong();
        int blocks = 4_000;
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            for (String head = conversation.head(); !head.isEmpty(); head = conversation.head()) {
                if (head.contains("/small")) {
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
                    continue;
                }
                conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + blocks * BLOCK + "\r\n\r\n");
                for (int i = 0; i < blocks; i++) {
                    conversation.send(octets((long) i * BLOCK, BLOCK));
                    sent.addAndGet(BLOCK);
                }
            }
        })) {
            proxy.routeTo(backend.address());
            try (FramePeer client = FramePeer.client(proxy.port(), INITIAL_WINDOW_SIZE, 1_000)) {
                client.get(1, "/big").awaitData(1, 1_000);
                assertThat(still(sent::get)).isLessThan(KERNEL);
                assertThat(client.dataOctets(1)).isEqualTo(1_000);
                assertThat(client.get(3, "/small").message(3).body()).isEqualTo("small");
                client.widening().window(0, 10_000_000).window(1, 10_000_000);
                client.awaitData(1, (long) blocks * BLOCK);
                assertThat(client.message(1).body().equals(text(blocks * BLOCK)))
                        .isTrue();
            }
        }
    }

    @Test
    void aSlowReaderHoldsAnHttp2BackendBackToTheOctet() {
        CountDownLatch done = new CountDownLatch(1);
        int total = 2_000_000;
        AtomicLong room = new AtomicLong();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.await(HEADERS, 1);
                peer.headers(1, false, ":status: 200", "content-length: " + total);
                new Sender(peer, 1, STREAM_WINDOW, room).send(total);
                done.countDown();
                conversation.awaitClose(Duration.ofSeconds(20));
            }
        })) {
            toHttp2(backend);
            try (FramePeer client = FramePeer.client(proxy.port())) {
                client.get(1, "/").awaitData(1, DEFAULT_WINDOW);
                assertThat(still(room::get)).isBetween((long) STREAM_WINDOW, (long) STREAM_WINDOW + DEFAULT_WINDOW);
                client.widening().window(0, DEFAULT_WINDOW).window(1, DEFAULT_WINDOW);
                assertThat(client.message(1).body().equals(text(total))).isTrue();
            }
            assertThat(done.getCount()).isZero();
        }
    }

    @Test
    void anHttp2BackendThatDoesNotReadHoldsTheClientBackToTheOctet() {
        int total = 2_000_000;
        CountDownLatch read = new CountDownLatch(1);
        AtomicLong room = new AtomicLong();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.awaitData(1, DEFAULT_WINDOW);
                assertThat(read.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(peer.settle().dataOctets(1)).isEqualTo(DEFAULT_WINDOW);
                peer.widening().window(0, DEFAULT_WINDOW).window(1, DEFAULT_WINDOW);
                boolean right = peer.message(1).body().equals(text(total));
                peer.headers(1, true, ":status: 200", "x-right: " + right);
                conversation.awaitClose(Duration.ofSeconds(20));
            }
        })) {
            toHttp2(backend);
            try (FramePeer client = FramePeer.client(proxy.port())) {
                client.post(1, "/");
                Thread.ofVirtual().start(() -> new Sender(client, 1, STREAM_WINDOW, room).send(total));
                assertThat(still(room::get))
                        .isBetween((long) STREAM_WINDOW, (long) STREAM_WINDOW + DEFAULT_WINDOW + STREAM_WINDOW / 2);
                read.countDown();
                assertThat(client.message(1).first("x-right")).isEqualTo("true");
            }
        }
    }

    @Test
    void aBackendThatDoesNotReadHoldsTheClientBackAndNobodyElse() {
        int total = 2 * KERNEL;
        CountDownLatch read = new CountDownLatch(1);
        AtomicLong room = new AtomicLong();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            String head = conversation.head();
            if (head.contains("/upload")) {
                assertThat(read.await(60, TimeUnit.SECONDS)).isTrue();
                for (int from = 0; from < total; from += 1_000_000) {
                    assertThat(conversation.exactly(1_000_000).getBytes(StandardCharsets.ISO_8859_1))
                            .isEqualTo(octets(from, 1_000_000));
                }
            }
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        })) {
            proxy.routeTo(backend.address());
            try (FramePeer client = FramePeer.client(proxy.port())) {
                client.post(1, "/upload", "content-length: " + total);
                Thread.ofVirtual().start(() -> new Sender(client, 1, STREAM_WINDOW, room).send(total));
                assertThat(still(room::get)).isLessThan(KERNEL);
                assertThat(client.get(3, "/other").message(3).body()).isEqualTo("ok");
                read.countDown();
                assertThat(client.message(1).body()).isEqualTo("ok");
                assertThat(backend.failures()).isEmpty();
            }
        }
    }

    @Test
    void whoSendsMoreThanThereIsRoomForIsTold() {
        CountDownLatch end = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.await(HEADERS, 1);
                end.await(20, TimeUnit.SECONDS);
            }
        })) {
            toHttp2(backend);
            try (FramePeer client = FramePeer.client(proxy.port())) {
                client.post(1, "/");
                for (int i = 0; i < 30; i++) {
                    client.data(1, false, new byte[BLOCK]);
                }
                assertThat(client.await(RST_STREAM, 1).number(0)).isEqualTo(FLOW_CONTROL_ERROR);
            } finally {
                end.countDown();
            }
        }
    }

    /** Sends what the windows allow, and waits for more room. The window of the connection must be the larger one. */
    private static final class Sender {
        private final FramePeer peer;
        private final int streamId;
        private final int firstWindow;
        private final AtomicLong room;

        Sender(FramePeer peer, int streamId, int firstWindow, AtomicLong room) {
            this.peer = peer;
            this.streamId = streamId;
            this.firstWindow = firstWindow;
            this.room = room;
        }

        private long room(int id, long first) {
            return first
                    + peer.frames().stream()
                            .filter(frame -> frame.is(WINDOW_UPDATE, id))
                            .mapToLong(frame -> frame.number(0))
                            .sum();
        }

        /** How much the windows allow in all. */
        private long left() {
            room.set(room(streamId, firstWindow));
            return Math.min(room.get(), room(0, DEFAULT_WINDOW));
        }

        void send(long total) {
            long sent = 0;
            while (sent < total) {
                long at = sent;
                if (left() <= at) {
                    await().pollInterval(Duration.ofMillis(2))
                            .atMost(Duration.ofSeconds(60))
                            .until(() -> left() > at);
                }
                long part = Math.min(Math.min(total - sent, BLOCK), left() - sent);
                sent += part;
                peer.data(streamId, sent == total, octets(at, (int) part));
            }
        }
    }
}
