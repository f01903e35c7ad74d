package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.CANCEL;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.PROTOCOL_ERROR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets by extended CONNECT (RFC 8441) to backends that know the upgrade of HTTP/1.1. */
final class Http2WebSocketTest {
    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
    private static final List<String> CONNECT = List.of(
            ":method: CONNECT",
            ":protocol: websocket",
            ":scheme: http",
            ":path: /chat?room=1",
            ":authority: ws.example.com",
            "sec-websocket-version: 13",
            "sec-websocket-protocol: chat");

    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture().listener(settings -> settings.setHttp2Cleartext(true));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private FramePeer connect(RecordingBackend backend, int streamId, String... more) {
        FramePeer client = FramePeer.client(proxy.routeTo(backend.address()).port());
        return ask(client, streamId, more);
    }

    private static FramePeer ask(FramePeer client, int streamId, String... more) {
        List<String> fields = new ArrayList<>(CONNECT);
        fields.addAll(List.of(more));
        return client.headers(streamId, false, fields.toArray(String[]::new));
    }

    /** Opens the WebSocket and sends back what it gets. */
    private static RecordingBackend mirror() {
        return RecordingBackend.scripted(conversation -> {
            conversation.request();
            conversation.send(SWITCHED);
            conversation
                    .socket()
                    .getInputStream()
                    .transferTo(conversation.socket().getOutputStream());
        });
    }

    @Test
    void itIsAnUpgradeForTheBackendAndA200ForTheClient() {
        try (RecordingBackend backend = mirror();
                FramePeer client = connect(backend, 1, "sec-websocket-key: of the client", "cookie: a=b")) {
            Frame head = client.await(HEADERS, 1);
            assertThat(head.endsStream()).isFalse();
            assertThat(head.fields())
                    .startsWith(":status: 200")
                    .contains("sec-websocket-protocol: chat")
                    .noneMatch(line -> line.startsWith("upgrade:")
                            || line.startsWith("connection:")
                            || line.startsWith("sec-websocket-accept:")
                            || line.startsWith("content-length:"));
            String request = backend.requests().getFirst();
            assertThat(request)
                    .startsWith("GET /chat?room=1 HTTP/1.1\r\nhost: ws.example.com\r\n")
                    .containsIgnoringCase("\r\nconnection: upgrade\r\n")
                    .containsIgnoringCase("\r\nupgrade: websocket\r\n")
                    .contains("\r\nsec-websocket-version: 13\r\n")
                    .contains("\r\nsec-websocket-protocol: chat\r\n")
                    .contains("\r\ncookie: a=b\r\n")
                    .containsPattern("\r\nsec-websocket-key: [A-Za-z0-9+/]{22}==\r\n")
                    .doesNotContain("of the client")
                    .doesNotContain(":protocol")
                    .doesNotContainIgnoringCase("transfer-encoding");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 16_384, 65_535, 65_536, 1_000_000})
    void octetsPassBothWaysUntouched(int length) {
        byte[] octets = new byte[length];
        new Random(length).nextBytes(octets);
        try (RecordingBackend backend = mirror();
                FramePeer client = connect(backend, 1)) {
            client.widening().await(HEADERS, 1);
            for (int from = 0; from < length; from += 16_384) {
                int to = Math.min(length, from + 16_384);
                client.data(1, false, Arrays.copyOfRange(octets, from, to));
                client.awaitData(1, to);
            }
            client.data(1, true, "");
            Message all = client.message(1);
            assertThat(all.body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(octets);
            assertThat(all.ended()).isTrue();
        }
    }

    /** RFC 8441, 5: END_STREAM is the orderly end of a TCP connection, RST_STREAM with CANCEL its abortion. */
    @Test
    void theClientClosesTheBackend() throws Exception {
        for (boolean orderly : new boolean[] {true, false}) {
            CountDownLatch closed = new CountDownLatch(1);
            try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                        conversation.head();
                        conversation.send(SWITCHED);
                        assertThat(conversation.exactly(4)).isEqualTo("last");
                        conversation.awaitClose(Duration.ofSeconds(20));
                        closed.countDown();
                    });
                    FramePeer client = connect(backend, 1)) {
                client.await(HEADERS, 1);
                client.data(1, orderly, "last");
                if (!orderly) {
                    client.reset(1, CANCEL);
                }
                assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(backend.failures()).isEmpty();
            }
        }
    }

    @Test
    void theBackendClosesTheStreamAndNotTheConnection() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(SWITCHED + "farewell");
                });
                FramePeer client = connect(backend, 1)) {
            Message all = client.message(1);
            assertThat(all.status()).isEqualTo("200");
            assertThat(all.body()).isEqualTo("farewell");
            ask(client, 3);
            assertThat(client.message(3).body()).isEqualTo("farewell");
        }
    }

    @Test
    void manyShareAConnection() {
        try (RecordingBackend backend = mirror();
                FramePeer client = connect(backend, 1)) {
            for (int id = 3; id < 41; id += 2) {
                ask(client, id);
            }
            for (int id = 1; id < 41; id += 2) {
                client.await(HEADERS, id);
                client.data(id, true, "stream " + id);
            }
            for (int id = 1; id < 41; id += 2) {
                assertThat(client.message(id).body()).isEqualTo("stream " + id);
            }
            assertThat(backend.connections()).isEqualTo(20);
        }
    }

    @Test
    void aRefusalIsAnOrdinaryAnswer() {
        try (RecordingBackend backend =
                        RecordingBackend.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                FramePeer client = connect(backend, 1)) {
            Message answer = client.message(1);
            assertThat(answer.status()).isEqualTo("403");
            assertThat(answer.body()).isEqualTo("no");
        }
    }

    /** It would look like an open WebSocket. */
    @Test
    void a200OfTheBackendIsNoWebSocket() {
        try (RecordingBackend backend = RecordingBackend.ok("page");
                FramePeer client = connect(backend, 1)) {
            Message answer = client.message(1);
            assertThat(answer.status()).isEqualTo("502");
            assertThat(answer.first("gatehouse-reason")).isEqualTo("backend-bad-response");
        }
    }

    record Refused(String name, String verdict, boolean end, List<String> fields) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Refused without(String name) {
        return new Refused(
                "no " + name,
                "reset " + PROTOCOL_ERROR,
                false,
                CONNECT.stream().filter(line -> !line.startsWith(name)).toList());
    }

    private static Refused with(String line, String verdict) {
        List<String> fields = new ArrayList<>(CONNECT);
        fields.add(line);
        return new Refused(line, verdict, false, fields);
    }

    static Stream<Refused> refused() {
        List<String> other = new ArrayList<>(CONNECT);
        other.set(1, ":protocol: connect-udp");
        List<String> twice = new ArrayList<>(CONNECT);
        twice.add(1, ":protocol: websocket");
        List<String> get = new ArrayList<>(CONNECT);
        get.set(0, ":method: GET");
        return Stream.of(
                without(":scheme"),
                without(":path"),
                new Refused("two :protocol", "reset 1", false, twice),
                new Refused(":protocol of a GET", "reset 1", false, get),
                new Refused("another protocol", "501 method-refused", false, other),
                with("connection: upgrade", "reset 1"),
                with("upgrade: websocket", "reset 1"),
                with("content-length: 5", "reset 1"),
                with("content-length: 0", "reset 1"),
                new Refused("the end of the stream", "reset 1", true, CONNECT));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsNoExtendedConnectReachesNobody(Refused refused) {
        try (RecordingBackend backend = mirror();
                FramePeer client =
                        FramePeer.client(proxy.routeTo(backend.address()).port())) {
            client.headers(1, refused.end(), refused.fields().toArray(String[]::new));
            Message answer = client.message(1);
            assertThat(
                            answer.heads().isEmpty()
                                    ? "reset " + answer.reset()
                                    : answer.status() + " " + answer.first("gatehouse-reason"))
                    .isEqualTo(refused.verdict());
            assertThat(backend.connections()).isZero();
        }
    }
}
