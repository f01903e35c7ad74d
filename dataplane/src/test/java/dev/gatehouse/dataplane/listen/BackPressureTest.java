package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who does not take what it is sent stops the reading from the other side, and loses nothing. */
final class BackPressureTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void aSlowClientStopsTheReadingFromItsBackend() {
        AtomicLong sent = new AtomicLong();
        int total = 64 << 20;
        byte[] block = new byte[64 * 1024];
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
                    while (sent.get() < total) {
                        conversation.send(block);
                        sent.addAndGet(block.length);
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(GET);
            String head = client.readHead();
            assertThat(head).startsWith("HTTP/1.1 200");
            awaitStandstill(sent);
            // What lies between is in socket buffers of the kernel; the proxy itself holds less than a megabyte.
            assertThat(sent.get()).isLessThan(total - (8 << 20));

            assertThat(client.readExactly(total)).hasSize(total);
        }
    }

    @Test
    void aSlowBackendStopsTheReadingFromItsClient() throws Exception {
        int total = 64 << 20;
        CountDownLatch read = new CountDownLatch(1);
        AtomicLong sent = new AtomicLong();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    read.await();
                    conversation.exactly(total);
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + total + "\r\n\r\n");
                byte[] block = new byte[64 * 1024];
                while (sent.get() < total) {
                    client.send(block);
                    sent.addAndGet(block.length);
                }
            });
            awaitStandstill(sent);
            assertThat(sent.get()).isLessThan(total - (8 << 20));

            read.countDown();
            assertThat(client.readResponse().rawBody()).isEqualTo("x");
            sender.join();
        }
    }

    /** Even behind a request that is refused just as its own connection is there. */
    @Test
    void aBodyStaysWithItsClientUntilThereIsAConnection() throws Exception {
        int total = 64 << 20;
        String refused = "POST / HTTP/1.1\r\nHost: text\r\nContent-Type: application/grpc-web-text\r\n"
                + "Content-Length: 3\r\n\r\nAAA";
        CountDownLatch waited = new CountDownLatch(1);
        AtomicLong sent = new AtomicLong();
        try (GrpcBackend grpc = new GrpcBackend();
                RecordingBackend busy = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    waited.await();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    conversation.head();
                    conversation.exactly(total);
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny");
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(busy.address())
                        .routeHost("text", "text", rule -> rule, grpc.address())
                        .upstream("text", upstream -> upstream.setProtocol(Upstream.Protocol.H2C))
                        .listener(settings ->
                                settings.setMaxUpstreamConnections(1).setPoolWaitTimeoutMs(60_000));
                RawClient first = proxy.client();
                RawClient client = proxy.client()) {
            first.send(GET);
            await().atMost(LONG).until(() -> busy.connections() == 1);
            Thread sender = Thread.ofVirtual().start(() -> {
                client.send(refused + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + total + "\r\n\r\n");
                byte[] block = new byte[64 * 1024];
                while (sent.get() < total) {
                    client.send(block);
                    sent.addAndGet(block.length);
                }
            });
            assertThat(client.readResponse().field("gatehouse-reason")).isEqualTo("bad-grpc-web");
            awaitStandstill(sent);
            assertThat(sent.get()).isLessThan(total - (8 << 20));

            waited.countDown();
            assertThat(first.readResponse().rawBody()).isEqualTo("x");
            assertThat(client.readResponse().rawBody()).isEqualTo("y");
            sender.join();
        }
    }

    private static void awaitStandstill(AtomicLong progress) {
        await().until(() -> progress.get() > 0);
        await().during(Duration.ofMillis(500)).atMost(LONG).until(new Standstill(progress::get));
    }
}
