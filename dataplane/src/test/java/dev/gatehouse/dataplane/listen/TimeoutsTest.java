package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The time limits of a rule: each ends what it is for, and nothing else. */
final class TimeoutsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    private static final Duration LONG = Duration.ofSeconds(30);

    private static ProxyFixture proxy(UnaryOperator<Timeouts.Builder> timeouts, InetSocketAddress... backends) {
        return new ProxyFixture().route(rule -> rule.setTimeouts(timeouts.apply(Timeouts.newBuilder())), backends);
    }

    private static RecordingBackend after(Duration pause, String answer) {
        return RecordingBackend.scripted(conversation -> {
            conversation.request();
            Thread.sleep(pause);
            conversation.send(answer);
            conversation.awaitClose(LONG);
        });
    }

    @Test
    void anAnswerThatDoesNotBeginInTimeIs504() {
        try (RecordingBackend backend = after(LONG, OK);
                ProxyFixture proxy = proxy(timeouts -> timeouts.setFirstByteMs(200), backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(504);
            assertThat(response.field("gatehouse-reason")).isEqualTo("first-byte-timeout");
        }
    }

    /** A slow upload is not the backend's fault. */
    @Test
    void theTimeForTheFirstByteBeginsWithTheEndOfTheRequest() throws InterruptedException {
        try (RecordingBackend backend = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(timeouts -> timeouts.setFirstByteMs(2_000), backend.address());
                RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n");
            for (int i = 0; i < 6; i++) {
                Thread.sleep(500);
                client.send("x");
            }
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
    }

    @Test
    void theTimeForTheFirstByteIsNoLimitForTheRestOfTheAnswer() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngo");
                    Thread.sleep(4_000);
                    conversation.send("od");
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = proxy(timeouts -> timeouts.setFirstByteMs(2_000), backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("good");
        }
    }

    @Test
    void anAnswerThatStopsInTheMiddleIsBrokenOff() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = proxy(timeouts -> timeouts.setIdleMs(200), backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readToEnd()).endsWith("half");
            assertThat(proxy.exchanges())
                    .singleElement()
                    .satisfies(done -> assertThat(done.reason()).isEqualTo("idle-timeout"));
        }
    }

    @Test
    void theIdleTimeIsNoLimitForTheFirstByte() {
        try (RecordingBackend backend = after(Duration.ofMillis(1_200), OK);
                ProxyFixture proxy = proxy(timeouts -> timeouts.setIdleMs(300), backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
        }
    }

    @Test
    void aWebSocketOnWhichNothingIsSentIsClosedAfterTheIdleTime() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = proxy(timeouts -> timeouts.setIdleMs(300), backend.address());
                RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 101 ");
            assertThat(proxy.exchanges())
                    .singleElement()
                    .satisfies(done -> assertThat(done.reason()).isEqualTo("tunnel-idle"));
        }
    }

    /** A full backlog takes no connection, and refuses none. */
    @Test
    void aBackendThatAcceptsNoConnectionIs504AfterTheTimeOfTheRule() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ProxyFixture proxy = proxy(
                                timeouts -> timeouts.setConnectMs(300),
                                new InetSocketAddress(full.getInetAddress(), full.getLocalPort()))
                        // Longer than the client waits.
                        .listener(settings -> settings.setConnectTimeoutMs(60_000))) {
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(full.getLocalSocketAddress(), 500);
                } catch (java.net.SocketTimeoutException e) {
                    break; // full
                }
            }
            try (RawClient client = proxy.client()) {
                Response response = client.send(GET).readResponse();
                assertThat(response.status()).isEqualTo(504);
                assertThat(response.field("gatehouse-reason")).isEqualTo("connect-timeout");
            }
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }
}
