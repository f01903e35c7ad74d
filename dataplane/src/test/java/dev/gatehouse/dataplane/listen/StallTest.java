package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Peers that take nothing: what waits for them is bounded, they are given up in time, and the patient get everything. */
final class StallTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    /** Less than what may wait in the proxy for one client, so that for some of many sizes a little less than that waits. */
    private static final int STEP = 150_000;

    private static final int SIZES = 50;

    /** Answers {@code /n} with n octets and looks at nothing but heads, so that it may answer before a body has come. */
    private static RecordingBackend answeringInSizes() {
        return RecordingBackend.scripted(conversation -> {
            for (String head = conversation.head(); !head.isEmpty(); head = conversation.head()) {
                int length = Integer.parseInt(head.split("[/ ]")[2]);
                conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
                conversation.send(new byte[length]);
            }
        });
    }

    /** A client for which the kernel keeps little. */
    private static RawClient small(ProxyFixture proxy) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
        return RawClient.over(socket);
    }

    private static void closeAll(List<RawClient> clients) {
        clients.forEach(RawClient::close);
    }

    @Test
    void requestsSentAheadWaitUntilTheirAnswersAreTaken() throws IOException {
        int requests = 1500;
        int length = 32_000;
        try (RecordingBackend backend = answeringInSizes();
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings ->
                                settings.setMaxBodyBytes(Long.MAX_VALUE).setMaxRequestsPerConnection(requests + 1));
                RawClient client = small(proxy)) {
            client.send(("GET /" + length + " HTTP/1.1\r\nHost: a\r\n\r\n").repeat(requests));
            await().atMost(LONG).until(() -> !proxy.exchanges().isEmpty());
            await().atMost(LONG)
                    .during(Duration.ofMillis(500))
                    .until(new Standstill(() -> proxy.exchanges().size()));

            // What was answered lies in buffers of the kernel, but for a few hundred kilobytes.
            assertThat(proxy.exchanges().size()).isLessThan(requests / 2);

            for (int i = 0; i < requests; i++) {
                assertThat(client.readResponse().rawBody()).hasSize(length);
            }
            assertThat(proxy.exchanges()).hasSize(requests);
        }
    }

    @Test
    void answersOfItsOwnWaitUntilTheyAreTakenToo() throws IOException {
        int requests = 60_000;
        try (ProxyFixture proxy = new ProxyFixture()
                        .listener(settings ->
                                settings.setMaxBodyBytes(Long.MAX_VALUE).setMaxRequestsPerConnection(requests + 1));
                RawClient client = small(proxy)) {
            Thread sender =
                    Thread.ofVirtual().start(() -> client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(requests)));
            await().atMost(LONG).until(() -> !proxy.exchanges().isEmpty());
            await().atMost(LONG)
                    .during(Duration.ofMillis(500))
                    .until(new Standstill(() -> proxy.exchanges().size()));

            assertThat(proxy.exchanges().size()).isLessThan(requests / 2);
            sender.interrupt();
        }
    }

    @Test
    void aClientThatTakesNothingIsGivenUpHoweverLittleWaits() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try (RecordingBackend backend = answeringInSizes();
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setMaxBodyBytes(Long.MAX_VALUE)
                                .setBodyTimeoutMs(300)
                                .setIdleTimeoutMs(2_000))) {
            for (int i = 1; i <= SIZES; i++) {
                String persistence = i % 2 == 0 ? "" : "Connection: close\r\n";
                clients.add(small(proxy).send("GET /" + i * STEP + " HTTP/1.1\r\nHost: a\r\n" + persistence + "\r\n"));
            }
            await().atMost(LONG).until(() -> proxy.exchanges().size() == SIZES);
            await().atMost(LONG).until(() -> proxy.connections() == 0);
        } finally {
            closeAll(clients);
        }
    }

    @Test
    void aClientThatReadsLateGetsTheWholeOfAnEarlyAnswer() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try (RecordingBackend backend = answeringInSizes();
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings ->
                                settings.setMaxBodyBytes(Long.MAX_VALUE).setMinBodyBytesPerSecond(1))) {
            for (int i = 1; i <= SIZES; i++) {
                clients.add(small(proxy)
                        .send("POST /" + i * STEP + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
                                + "begin".repeat(100)));
            }
            await().atMost(LONG)
                    .during(Duration.ofMillis(2_500))
                    .until(() -> backend.connections() == SIZES && proxy.connections() > 0);
            for (int i = 1; i <= SIZES; i++) {
                assertThat(clients.get(i - 1).readResponse().rawBody()).hasSize(i * STEP);
            }
        } finally {
            closeAll(clients);
        }
    }

    /** While the client rests, the backend is not asked for more: its time does not run. */
    @Test
    void aClientThatRestsForLongerThanTheBackendMayGetsTheWholeAnswer() throws Exception {
        int length = 64_000_000;
        try (RecordingBackend backend = answeringInSizes();
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setRequestTimeoutMs(3_000));
                RawClient client = small(proxy)) {
            client.send("GET /" + length + " HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            Thread.sleep(7_000); // what is tested is that time passes
            assertThat(client.readExactly(length)).hasSize(length);
        }
    }

    @Test
    void aBackendThatTakesNothingIsGivenUp() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    Thread.currentThread().join(LONG);
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings ->
                                settings.setMaxBodyBytes(Long.MAX_VALUE).setRequestTimeoutMs(300));
                RawClient client = proxy.client()) {
            int length = 64 << 20;
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n");
            Thread sender = Thread.ofVirtual().start(() -> sendUntilClosed(client, length, new AtomicLong()));

            RawClient.Response response = client.readResponse();

            assertThat(response.status()).isEqualTo(504);
            assertThat(response.field("gatehouse-reason")).isEqualTo("request-timeout");
            sender.interrupt();
        }
    }

    @Test
    void aBackendThatTakesNothingOfATunnelIsGivenUp() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
                    over.await();
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setBodyTimeoutMs(300).setRequestTimeoutMs(8_000))) {
            long before = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
            AtomicLong sent = new AtomicLong();
            try (RawClient client = proxy.client()) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
                assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
                Thread sender = Thread.ofVirtual().start(() -> sendUntilClosed(client, 64 << 20, sent));
                await().atMost(LONG).until(() -> sent.get() > 0);
                await().atMost(LONG).during(Duration.ofMillis(100)).until(new Standstill(sent::get));
                assertThat(sender.isAlive()).isTrue();
                try (RawClient other = proxy.client()) {
                    // The proxy reads into another buffer now: the one before is held by what the backend does not
                    // take.
                    assertThat(other.send("no request\r\n\r\n").readResponse().status())
                            .isEqualTo(400);
                }
                assertThat(PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()).isGreaterThan(before);
            }
            await().atMost(LONG).until(() -> PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() <= before);
            over.countDown();
        }
    }

    private static void sendUntilClosed(RawClient client, int length, AtomicLong progress) {
        byte[] block = new byte[64 * 1024];
        try {
            for (int sent = 0; sent < length; sent += block.length) {
                client.send(block);
                progress.addAndGet(block.length);
            }
        } catch (java.io.UncheckedIOException e) {
            // Closed by the proxy, as it should be.
        }
    }
}
