package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that close their side and go on reading (RFC 9112, 9.6; docs/decisions/0012-half-close.md). */
final class HalfCloseTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String UPGRADE =
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";

    private static void end(RawClient client) throws IOException {
        client.socket().shutdownOutput();
    }

    private static void reset(RawClient client) throws IOException {
        client.socket().setSoLinger(true, 0);
        client.close();
    }

    /** Whatever a client sent before on another connection of the one loop was seen when this is answered. */
    private static void settle(ProxyFixture proxy) {
        try (RawClient other = proxy.client()) {
            assertThat(other.send("no request\r\n\r\n").readResponse().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            })
    void whoEndsBehindTheRequestGetsTheWholeAnswer(String request) throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        byte[] body = new byte[3_000_000];
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    ended.await();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
                    conversation.send(body);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(request);
            end(client);
            await().atMost(LONG).until(() -> backend.requests().size() == 1);
            settle(proxy);
            ended.countDown();

            Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.field("connection")).isEqualTo("close");
            assertThat(response.rawBody()).hasSize(body.length);
            assertThat(client.readToEnd()).isEmpty();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(proxy.exchanges())
                    .extracting(RecordingObserver.Done::reason)
                    .contains("");
        }
    }

    @Test
    void allRequestsBeforeTheEndAreAnsweredInTheirOrder() throws IOException {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    for (String r = conversation.request(); !r.isEmpty(); r = conversation.request()) {
                        conversation.send(
                                "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + r.charAt(5) + "x".repeat(19_999));
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                all.append("GET /").append(i % 10).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            client.send(all.toString());
            end(client);
            for (int i = 0; i < 500; i++) {
                Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.rawBody()).hasSize(20_000).startsWith(String.valueOf(i % 10));
            }
            assertThat(client.readToEnd()).isEmpty();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
        }
    }

    /** What the answer says of the connection was sent before the client ended. */
    @Test
    void whoEndsWithinTheAnswerGetsTheRestOfIt() throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
                    ended.await();
                    conversation.send("def");
                    conversation.request();
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readHead()).startsWith("HTTP/1.1 200 ");
            assertThat(client.readExactly(3)).isEqualTo("abc");
            end(client);
            settle(proxy);
            ended.countDown();
            assertThat(client.readToEnd()).isEqualTo("def");
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"})
    void whoEndsWithoutARequestIsClosed(String part) throws IOException {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            if (!part.isEmpty()) {
                client.send(part);
            }
            end(client);
            assertThat(client.readToEnd()).isEmpty();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(backend.requests()).hasSize(1);
        }
    }

    /** RFC 9112, 8: an incomplete request must not be taken for a whole one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
            })
    void whoEndsWithinTheBodyEndsTheExchange(String request) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    assertThat(conversation.head()).startsWith("POST ");
                    asked.countDown();
                    conversation.awaitClose(LONG);
                    closed.countDown();
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(request);
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            end(client);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(proxy.exchanges())
                    .singleElement()
                    .matches(done -> done.reason().equals("client-closed"));
        }
    }

    @Test
    void aResetBehindTheEndEndsTheExchange() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                    closed.countDown();
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(GET);
            end(client);
            await().atMost(LONG).until(() -> backend.requests().size() == 1);
            settle(proxy);
            reset(client);
            assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(proxy.exchanges())
                    .extracting(RecordingObserver.Done::reason)
                    .contains("client-closed");
        }
    }

    /** Until something is written to it, nothing tells a client that is gone from one that waits. */
    @Test
    void whoIsGoneIsFoundOutByTheFirstOctetsOfTheAnswer() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    gone.await();
                    try {
                        conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                        while (true) {
                            conversation.send("1000\r\n" + "x".repeat(4096) + "\r\n");
                        }
                    } catch (IOException e) {
                        closed.countDown();
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address())) {
            try (RawClient client = proxy.client()) {
                client.send(GET);
                await().atMost(LONG).until(() -> backend.requests().size() == 1);
            }
            settle(proxy);
            gone.countDown();
            assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(proxy.exchanges())
                    .extracting(RecordingObserver.Done::reason)
                    .contains("client-closed");
        }
    }

    @Test
    void whoIsGoneIsNotWaitedForLongerThanOthers() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                    closed.countDown();
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setRequestTimeoutMs(500))) {
            try (RawClient client = proxy.client()) {
                client.send(GET);
                await().atMost(LONG).until(() -> backend.requests().size() == 1);
            }
            assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(proxy.exchanges())
                    .extracting(RecordingObserver.Done::reason)
                    .contains("request-timeout");
        }
    }

    @Test
    void theEndPassesThroughAWebSocketBehindWhatWasSent() throws IOException {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(SWITCHED);
                    assertThat(conversation.exactly(100_000)).isEqualTo("u".repeat(100_000));
                    conversation.awaitClose(LONG);
                    conversation.send("d".repeat(1_000_000));
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(UPGRADE).readHead()).startsWith("HTTP/1.1 101 ");
            client.send("u".repeat(100_000));
            end(client);
            assertThat(client.readToEnd()).isEqualTo("d".repeat(1_000_000));
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(backend.failures()).isEmpty();
        }
    }

    @Test
    void anEndBeforeTheWebSocketOpensPassesThroughItToo() throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    ended.await();
                    conversation.send(SWITCHED);
                    assertThat(conversation.exactly(5)).isEqualTo("early");
                    conversation.awaitClose(LONG);
                    conversation.send("late");
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(UPGRADE + "early");
            end(client);
            await().atMost(LONG).until(() -> backend.connections() == 1);
            settle(proxy);
            ended.countDown();
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.readToEnd()).isEqualTo("late");
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            assertThat(backend.failures()).isEmpty();
        }
    }

    @Test
    void aBackendThatHeedsNoEndIsNotWaitedForAsLongAsAnOpenWebSocket() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(SWITCHED);
                    over.await();
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setRequestTimeoutMs(3_000));
                RawClient client = proxy.client()) {
            assertThat(client.send(UPGRADE).readHead()).startsWith("HTTP/1.1 101 ");
            end(client);
            assertThat(client.readToEnd()).isEmpty();
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
            over.countDown();
        }
    }
}
