package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** An endpoint has as many requests as it was given and has not ended, whatever way they ended. */
final class EndpointLoadTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    private static final Duration LONG = Duration.ofSeconds(30);

    /** One request is at the backend; then the backend does what it does, or the client leaves. */
    private static void oneAndThenNone(RecordingBackend.Script answer, Consumer<RawClient> end) {
        CountDownLatch seen = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    seen.await();
                    answer.serve(conversation);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            Endpoint endpoint = proxy.endpoints().getFirst();
            client.send(GET);
            await().atMost(LONG).until(() -> endpoint.requests() == 1);
            seen.countDown();
            end.accept(client);
            await().atMost(LONG).until(() -> endpoint.requests() == 0);
        }
    }

    @Test
    void anAnswerEndsIt() {
        oneAndThenNone(
                conversation -> conversation.send(OK),
                client -> assertThat(client.readResponse().status()).isEqualTo(200));
    }

    @Test
    void aBackendThatClosesEndsIt() {
        oneAndThenNone(
                RecordingBackend.Conversation::reset,
                client -> assertThat(client.readResponse().status()).isEqualTo(502));
    }

    @Test
    void anAnswerThatIsCutOffEndsIt() {
        oneAndThenNone(
                conversation -> conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"),
                RawClient::readToEnd);
    }

    @Test
    void aClientThatLeavesEndsIt() {
        oneAndThenNone(conversation -> conversation.awaitClose(LONG), EndpointLoadTest::reset);
    }

    /** A close alone would leave open whether the client still reads. */
    private static void reset(RawClient client) {
        try {
            client.socket().setSoLinger(true, 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        client.close();
    }

    @Test
    void aConnectionThatFailsEndsItAndTheNextEndpointBeginsOne() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }
        try (RecordingBackend backend = RecordingBackend.answering(OK);
                ProxyFixture proxy = new ProxyFixture().routeTo(nobody, backend.address());
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(proxy.endpoints())
                    .hasSize(2)
                    .allSatisfy(one -> assertThat(one.requests()).isZero());
        }
    }

    @Test
    void anEndpointThatIsUnusableGetsNoRequests() {
        try (RecordingBackend first = RecordingBackend.answering(OK);
                RecordingBackend second = RecordingBackend.answering(OK);
                ProxyFixture proxy = new ProxyFixture().routeTo(first.address(), second.address());
                RawClient client = proxy.client()) {
            proxy.endpoints().stream()
                    .filter(one -> one.address().equals(first.address()))
                    .forEach(one -> one.set(Endpoint.Absence.UNHEALTHY, true));
            for (int i = 0; i < 10; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(first.requests()).isEmpty();
            assertThat(second.requests()).hasSize(10);
        }
    }
}
