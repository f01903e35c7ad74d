package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that fail, clients that stall, limits that are reached. */
final class FailureTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(20);

    private static InetSocketAddress nobodyListens() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static RecordingBackend closingAfterEachAnswer() {
        return RecordingBackend.scripted(conversation -> {
            conversation.request();
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
        });
    }

    @Test
    void whereNobodyListensAnotherEndpointIsAsked() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture().routeTo(nobodyListens(), backend.address(), nobodyListens());
                RawClient client = proxy.client()) {
            for (int i = 0; i < 9; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(backend.requests())
                    .hasSize(9)
                    .allSatisfy(r -> assertThat(r).endsWith("abc"));
        }
    }

    @Test
    void whereNobodyListensAtAllTheAnswerIs502() {
        try (ProxyFixture proxy = new ProxyFixture().routeTo(nobodyListens());
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.field("gatehouse-reason")).isEqualTo("connect-failed");
            assertThat(client.send(GET).readResponse().status()).isEqualTo(502);
        }
    }

    @Test
    void aKeptConnectionThatTheBackendClosedCostsNoRequest() {
        try (RecordingBackend backend = closingAfterEachAnswer();
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            for (int i = 0; i < 100; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(proxy.exchanges()).hasSize(100);
        }
    }

    @Test
    void anIdempotentRequestIsSentAgainWithItsBody() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    if (conversation.number() == 1) {
                        conversation.request();
                        conversation.reset();
                    } else {
                        conversation.awaitClose(LONG);
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(GET).readResponse();
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

            assertThat(client.readResponse().status()).isEqualTo(200);

            assertThat(backend.requests()).hasSize(3);
            assertThat(backend.requests().get(1))
                    .isEqualTo(backend.requests().get(2))
                    .endsWith("abc");
        }
    }

    @Test
    void aPostThatWasSentIsNotSentAgain() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    conversation.request();
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send(GET).readResponse();
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

            Response response = client.readResponse();

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.field("gatehouse-reason")).isEqualTo("backend-closed");
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @Test
    void aRequestOnAFreshConnectionIsNotSentAgain() {
        try (RecordingBackend backend = RecordingBackend.scripted(RecordingBackend.Conversation::request);
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(502);
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nX: a\0\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 999 OK\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/2 200\r\nContent-Length: 1\r\n\r\nx",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n"
            })
    void anAnswerThatIsNoHttpIs502(String answer) {
        try (RecordingBackend backend = RecordingBackend.answering(answer);
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.field("gatehouse-reason")).isEqualTo("backend-bad-response");
            assertThat(response.head() + response.rawBody())
                    .doesNotContain(String.valueOf(backend.address().getPort()));
            client.send(GET).readResponse();
            assertThat(backend.connections()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n"
            })
    void aResponseCutShortIsSeenAsSuch(String answer) {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send(answer);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            String all = client.send(GET).readToEnd();
            assertThat(all).startsWith("HTTP/1.1 200 OK\r\n").contains("half").doesNotContain("0\r\n\r\n");
            await().until(() -> !proxy.exchanges().isEmpty());
            assertThat(proxy.exchanges().getFirst().reason()).startsWith("backend-");
        }
    }

    @Test
    void bytesThatNobodyAskedForNeverBecomeAnAnswer() throws Exception {
        CountDownLatch sent = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    if (conversation.number() == 1) {
                        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                        sent.countDown();
                    }
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("x");
            assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
            await().until(() -> backend.failures().isEmpty());
            assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("x");
        }
    }

    @Test
    void aBackendThatDoesNotAnswerIs504() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy =
                        new ProxyFixture().route(rule -> rule.setRequestTimeoutMs(200), backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(504);
            assertThat(response.field("gatehouse-reason")).isEqualTo("request-timeout");
            assertThat(response.field("connection")).isEmpty();
            assertThat(client.send(GET).readResponse().status()).isEqualTo(504);
        }
    }

    @Test
    void aHeadThatDoesNotArriveIs408() {
        try (ProxyFixture proxy = new ProxyFixture().listener(settings -> settings.setHeaderTimeoutMs(2_000));
                RawClient client = proxy.client()) {
            Response response = client.send("GET / HTTP/1.1\r\nHost: a\r\n").readResponse();
            assertThat(response.status()).isEqualTo(408);
            assertThat(response.field("gatehouse-reason")).isEqualTo("header-timeout");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void aBodyThatStopsIs408() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setBodyTimeoutMs(200));
                RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
            Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(408);
            assertThat(response.field("gatehouse-reason")).isEqualTo("body-timeout");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void anIdleConnectionIsClosedInSilence() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setIdleTimeoutMs(200).setUpstreamIdleTimeoutMs(200));
                RawClient client = proxy.client()) {
            client.send(GET).readResponse();
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void aFullPoolLetsWaitAndThenSaysSo() {
        CountDownLatch release = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    while (!conversation.request().isEmpty()) {
                        release.await();
                        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    }
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings ->
                                settings.setMaxUpstreamConnections(1).setPoolWaitTimeoutMs(3_000));
                RawClient first = proxy.client();
                RawClient second = proxy.client();
                RawClient third = proxy.client()) {
            first.send(GET);
            await().until(() -> backend.requests().size() == 1);
            Response refused = second.send(GET).readResponse();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.field("gatehouse-reason")).isEqualTo("pool-full");

            third.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
            release.countDown();
            assertThat(first.readResponse().status()).isEqualTo(200);
            assertThat(third.readResponse().status()).isEqualTo(200);
            assertThat(backend.connections()).isEqualTo(1);
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @Test
    void aClientThatLeavesEndsItsExchangeWithTheBackend() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                    closed.countDown();
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address())) {
            try (RawClient client = proxy.client()) {
                client.send(GET);
                await().until(() -> backend.requests().size() == 1);
                client.socket().setSoLinger(true, 0);
            }
            assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            await().until(() -> proxy.exchanges().size() == 1);
            assertThat(proxy.exchanges().getFirst().reason()).isEqualTo("client-closed");
        }
    }

    @Test
    void aDnsNameIsResolvedWhenItIsNeeded() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeToName("localhost", backend.address().getPort());
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("x");
        }
    }

    @Test
    void aDnsNameWithoutAddressIs502() {
        try (ProxyFixture proxy = new ProxyFixture().routeToName("nobody.invalid", 80);
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.field("gatehouse-reason")).isEqualTo("resolve-failed");
        }
    }
}
