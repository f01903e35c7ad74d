package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets by HTTP/1.1 upgrade (RFC 6455): the proxy hands octets on and understands none of them. */
final class WebSocketTest {
    private static final String HANDSHAKE =
            "GET /chat HTTP/1.1\r\nHost: ws.example.com\r\nConnection: keep-alive, Upgrade\r\n"
                    + "Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Protocol: chat\r\n\r\n";
    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture();
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    /** A backend that opens the WebSocket and sends back what it gets, octet by octet. */
    private static RecordingBackend mirror(int length) {
        return RecordingBackend.scripted(conversation -> {
            conversation.request();
            conversation.send(SWITCHED);
            int left = length;
            while (left > 0) {
                int part = Math.min(left, 8_192);
                conversation.send(conversation.exactly(part).getBytes(StandardCharsets.ISO_8859_1));
                left -= part;
            }
            conversation.awaitClose(Duration.ofSeconds(60));
        });
    }

    private RawClient opened(RecordingBackend backend) {
        proxy.routeTo(backend.address());
        RawClient client = proxy.client();
        client.send(HANDSHAKE);
        String head = client.readHead();
        assertThat(head)
                .startsWith("HTTP/1.1 101 ")
                .containsIgnoringCase("\r\nupgrade: websocket\r\n")
                .containsIgnoringCase("\r\nconnection: upgrade\r\n")
                .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                .contains("Sec-WebSocket-Protocol: chat\r\n");
        return client;
    }

    record Frames(String name, List<byte[]> frames) {
        @Override
        public String toString() {
            return name;
        }

        byte[] all() {
            int length = frames.stream().mapToInt(f -> f.length).sum();
            ByteBuffer all = ByteBuffer.allocate(length);
            frames.forEach(all::put);
            return all.array();
        }
    }

    /** A client's frame (RFC 6455, 5.2). */
    private static byte[] frame(boolean fin, int opcode, boolean masked, byte[] payload) {
        ByteBuffer out = ByteBuffer.allocate(payload.length + 14);
        out.put((byte) ((fin ? 0x80 : 0) | opcode));
        int mask = masked ? 0x80 : 0;
        if (payload.length < 126) {
            out.put((byte) (mask | payload.length));
        } else if (payload.length < 65_536) {
            out.put((byte) (mask | 126)).putShort((short) payload.length);
        } else {
            out.put((byte) (mask | 127)).putLong(payload.length);
        }
        byte[] key = {0x12, (byte) 0xff, 0x00, 0x7f};
        if (masked) {
            out.put(key);
        }
        for (int i = 0; i < payload.length; i++) {
            out.put(masked ? (byte) (payload[i] ^ key[i % 4]) : payload[i]);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static List<Frames> frames() {
        byte[] text = "héllo".getBytes(StandardCharsets.UTF_8);
        return List.of(
                new Frames("5.7 one masked text frame", List.of(frame(true, 1, true, text))),
                new Frames(
                        "5.7 an unmasked frame, which only the backend may judge",
                        List.of(frame(true, 1, false, text))),
                new Frames(
                        "5.4 fragments with a ping between them",
                        List.of(
                                frame(false, 2, true, random(10)),
                                frame(true, 9, true, random(3)),
                                frame(false, 0, true, random(70_000)),
                                frame(true, 0, true, new byte[0]))),
                new Frames(
                        "5.2 lengths at the borders",
                        List.of(
                                frame(true, 2, true, random(125)),
                                frame(true, 2, true, random(126)),
                                frame(true, 2, true, random(65_535)),
                                frame(true, 2, true, random(65_536)))),
                new Frames("5.2 a frame of 1 MB", List.of(frame(true, 2, true, random(1_000_000)))),
                new Frames("5.2 reserved bits and opcodes", List.of(frame(true, 0x7b, true, text))),
                new Frames("7.4 close with a private code", List.of(frame(true, 8, true, new byte[] {0x0f, (byte) 0xa1
                }))),
                new Frames("7.4 close without a code", List.of(frame(true, 8, true, new byte[0]))),
                new Frames("no WebSocket frame at all", List.of(random(5_000))));
    }

    @ParameterizedTest
    @MethodSource("frames")
    void octetsPassBothWaysUntouched(Frames frames) throws IOException {
        byte[] all = frames.all();
        try (RecordingBackend backend = mirror(all.length);
                RawClient client = opened(backend)) {
            Thread.ofVirtual().start(() -> client.send(all));
            assertThat(client.readExactly(all.length).getBytes(StandardCharsets.ISO_8859_1))
                    .isEqualTo(all);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void anyPiecesAreTheSame(int piece) {
        byte[] all = frame(true, 2, true, random(300));
        try (RecordingBackend backend = mirror(all.length);
                RawClient client = opened(backend)) {
            for (int i = 0; i < all.length; i += piece) {
                client.send(Arrays.copyOfRange(all, i, Math.min(all.length, i + piece)));
            }
            assertThat(client.readExactly(all.length).getBytes(StandardCharsets.ISO_8859_1))
                    .isEqualTo(all);
        }
    }

    @Test
    void framesRightBehindTheHandshakeOfEitherSideAreNotLost() {
        byte[] early = frame(true, 1, true, random(20));
        // A client may not send before the 101; one that does must not lose its connection for it.
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            conversation.head();
            conversation.send(SWITCHED + "first");
            conversation.send(conversation.exactly(early.length).getBytes(StandardCharsets.ISO_8859_1));
            conversation.awaitClose(Duration.ofSeconds(60));
        })) {
            proxy.routeTo(backend.address());
            try (RawClient client = proxy.client()) {
                client.send(HANDSHAKE).send(early);
                assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
                assertThat(client.readExactly(5)).isEqualTo("first");
                assertThat(client.readExactly(early.length).getBytes(StandardCharsets.ISO_8859_1))
                        .isEqualTo(early);
            }
        }
    }

    @Test
    void theBackendIsAskedForTheUpgradeAndForNothingElseOfTheConnection() {
        try (RecordingBackend backend = mirror(0);
                RawClient client = opened(backend)) {
            assertThat(client.isSilentFor(Duration.ofMillis(50))).isTrue();
            assertThat(backend.requests().getFirst())
                    .startsWith("GET /chat HTTP/1.1\r\n")
                    .contains("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")
                    .contains("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
                    .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
                    .doesNotContain("keep-alive");
        }
    }

    @Test
    void eitherSideClosesTheOther() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(SWITCHED);
                    assertThat(conversation.exactly(4)).isEqualTo("last");
                    conversation.awaitClose(Duration.ofSeconds(60));
                    closed.countDown();
                });
                RawClient client = opened(backend)) {
            client.send("last");
            client.socket().close();
            assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(backend.failures()).isEmpty();
        }
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(SWITCHED + "farewell");
                });
                RawClient client = opened(backend)) {
            assertThat(client.readExactly(8)).isEqualTo("farewell");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void aRefusedUpgradeIsAnOrdinaryAnswer() {
        try (RecordingBackend backend =
                RecordingBackend.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")) {
            proxy.routeTo(backend.address());
            try (RawClient client = proxy.client()) {
                client.send(HANDSHAKE);
                RawClient.Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(403);
                assertThat(response.rawBody()).isEqualTo("no");
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.readResponse().status()).isEqualTo(403);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
                "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
                "Upgrade: websocket\r\n",
                "Connection: Upgrade\r\n"
            })
    void otherUpgradesAreNotPassedOnAndA101ThatNobodyAskedForIsRefused(String fields) {
        try (RecordingBackend backend = RecordingBackend.answering(SWITCHED)) {
            proxy.routeTo(backend.address());
            try (RawClient client = proxy.client()) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
                RawClient.Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(502);
                assertThat(response.field("gatehouse-reason")).isEqualTo("backend-bad-response");
                assertThat(backend.requests().getFirst())
                        .doesNotContainIgnoringCase("\r\nupgrade:")
                        .doesNotContainIgnoringCase("\r\nconnection:")
                        .doesNotContainIgnoringCase("http2-settings");
            }
        }
    }

    @Test
    void aSlowReaderStopsTheBackend() throws Exception {
        AtomicLong sent = new AtomicLong();
        byte[] block = random(65_536);
        int blocks = 1_000;
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(SWITCHED);
                    for (int i = 0; i < blocks; i++) {
                        conversation.send(block);
                        sent.addAndGet(block.length);
                    }
                });
                RawClient client = opened(backend)) {
            long before;
            do {
                before = sent.get();
                Thread.sleep(300); // until nothing moves any more: there is no event for that
            } while (sent.get() != before);
            assertThat(before)
                    .as("kernel buffers and one write buffer, not all")
                    .isLessThan(32_000_000);
            client.readExactly(blocks * block.length);
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void realImplementationsTalkThroughIt() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpServer server = vertx.createHttpServer()
                    .webSocketHandler(
                            socket -> socket.textMessageHandler(text -> socket.writeTextMessage("re: " + text)))
                    .listen(0, "127.0.0.1")
                    .await();
            proxy.routeTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort()));
            LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
            CompletableFuture<Integer> closed = new CompletableFuture<>();
            try (HttpClient http = HttpClient.newHttpClient()) {
                WebSocket socket = http.newWebSocketBuilder()
                        .buildAsync(URI.create("ws://127.0.0.1:" + proxy.port() + "/"), new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                                received.add(data.toString());
                                from.request(1);
                                return CompletableFuture.completedFuture(null);
                            }

                            @Override
                            public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                                closed.complete(code);
                                return CompletableFuture.completedFuture(null);
                            }
                        })
                        .get(60, TimeUnit.SECONDS);
                socket.sendText("one", true).get(60, TimeUnit.SECONDS);
                assertThat(received.poll(60, TimeUnit.SECONDS)).isEqualTo("re: one");
                socket.sendClose(WebSocket.NORMAL_CLOSURE, "done").get(60, TimeUnit.SECONDS);
                assertThat(closed.get(60, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
            }
        } finally {
            vertx.close().await();
        }
    }
}
