package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.snapshot.proto.Retries.Condition.CONNECT_FAILURE;
import static dev.gatehouse.snapshot.proto.Retries.Condition.RESET;
import static dev.gatehouse.snapshot.proto.Retries.Condition.SERVER_ERROR;
import static dev.gatehouse.snapshot.proto.Retries.Condition.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rule's {@code retries} let be tried again, and what never is. */
final class RetriesTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    private static final String BAD = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad";
    private static final Duration LONG = Duration.ofSeconds(30);

    private static ProxyFixture proxy(UnaryOperator<Retries.Builder> change, RecordingBackend... backends) {
        Retries.Builder retries =
                change.apply(Retries.newBuilder().setAttempts(2).setBudgetPercent(100));
        return new ProxyFixture()
                .route(
                        rule -> rule.setRetries(retries),
                        List.of(backends).stream()
                                .map(RecordingBackend::address)
                                .toArray(java.net.InetSocketAddress[]::new));
    }

    private static String put(int length) {
        return "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" + body(length);
    }

    /** Not the same everywhere, so that a gap would show. */
    private static String body(int length) {
        StringBuilder body = new StringBuilder();
        IntStream.range(0, length / 8 + 1).forEach(i -> body.append(String.format("%08d", i)));
        return body.substring(0, length);
    }

    private static RecordingBackend resetting() {
        return RecordingBackend.scripted(conversation -> {
            conversation.request();
            conversation.reset();
        });
    }

    @Test
    void anAnswerOfAStatusToBeTriedAgainIsAskedElsewhereAndNeverSeen() {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good);
                RawClient client = proxy.client()) {
            for (int i = 0; i < 20; i++) {
                Response response = client.send(GET).readResponse();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.rawBody()).isEqualTo("good");
            }
            assertThat(bad.requests()).isNotEmpty();
            assertThat(good.requests()).hasSize(20);
            assertThat(proxy.retries()).containsOnly("status").hasSameSizeAs(bad.requests());
            assertThat(proxy.endpoints())
                    .allSatisfy(one -> assertThat(one.requests()).isZero());
        }
    }

    /** An answer that is tried again leaves its connection as good as one that is passed on, if its rest is soon read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 0\r\n\r\n",
                "Content-Length: 3\r\n\r\nbad",
                "Content-Length: 6\r\n\r\nbad|bad",
                "Content-Length: 16384\r\n\r\n16K",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nb|ad\r\n0\r\n|a: b\r\n\r\n",
            })
    void anAnswerThatIsTriedAgainKeepsItsConnection(String rest) {
        AtomicInteger sent = new AtomicInteger();
        try (RecordingBackend bad = RecordingBackend.scripted(conversation -> {
                    while (!conversation.request().isEmpty()) {
                        sendRefusal(conversation, rest);
                        sent.incrementAndGet();
                    }
                });
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good);
                RawClient client = proxy.client()) {
            while (bad.requests().size() < 5) {
                assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("good");
                await().atMost(LONG).until(() -> sent.get() == bad.requests().size());
                settle(proxy);
            }
            assertThat(bad.connections()).isEqualTo(1);
        }
    }

    /** Whatever came before on other connections of the one loop was seen when this is answered. */
    private static void settle(ProxyFixture proxy) {
        try (RawClient other = proxy.client()) {
            assertThat(other.send("no request\r\n\r\n").readResponse().status()).isEqualTo(400);
        }
    }

    /** There is no telling how long the rest would take, or that nothing else follows. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 16385\r\n\r\n16Kx",
                "Transfer-Encoding: chunked\r\n\r\n4001\r\n16Kx\r\n0\r\n\r\n",
                "Content-Length: 3\r\nConnection: close\r\n\r\nbad",
                "Content-Length: 3\r\n\r\nbadHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret",
                "Content-Length: 3\r\n\r\nba",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n",
                "Transfer-Encoding: chunked\r\n\r\nnone\r\n",
            })
    void anAnswerWhoseRestIsNotSoonReadCostsItsConnection(String rest) {
        CountDownLatch closed = new CountDownLatch(1);
        try (RecordingBackend bad = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    sendRefusal(conversation, rest);
                    conversation.awaitClose(LONG);
                    closed.countDown();
                });
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good);
                RawClient client = proxy.client()) {
            while (bad.connections() == 0) {
                assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("good");
            }
            await().atMost(LONG).until(() -> closed.getCount() == 0);
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("good");
            }
            assertThat(bad.connections()).isEqualTo(bad.requests().size()).isGreaterThan(1);
        }
    }

    /** A status line, and what is left of the head and the body, whose pieces arrive one by one. */
    private static void sendRefusal(RecordingBackend.Conversation conversation, String rest)
            throws IOException, InterruptedException {
        String all = "HTTP/1.1 503 Service Unavailable\r\n" + rest.replace("16K", "b".repeat(16 * 1024));
        for (String piece : all.split("\\|")) {
            conversation.send(piece);
            Thread.sleep(5);
        }
    }

    @ParameterizedTest
    @CsvSource({"500, true", "503, true", "599, true", "404, false", "200, false"})
    void everyStatusFrom500IsAServerError(int status, boolean again) {
        try (RecordingBackend backend =
                        RecordingBackend.answering("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n");
                ProxyFixture proxy = proxy(retries -> retries.addOn(SERVER_ERROR), backend);
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(status);
            assertThat(backend.requests()).hasSize(again ? 3 : 1);
        }
    }

    @Test
    void theLastAnswerIsTheClientsWhenAllTriesAreUsed() {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503).setAttempts(4), bad);
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.rawBody()).isEqualTo("bad");
            assertThat(response.field("gatehouse-reason")).isEmpty();
            assertThat(bad.requests()).hasSize(5);
        }
    }

    @Test
    void aPostIsNotSentAgainAfterAnAnswerOrAReset() {
        for (RecordingBackend backend : List.of(RecordingBackend.answering(BAD), resetting())) {
            try (backend;
                    ProxyFixture proxy =
                            proxy(retries -> retries.addStatuses(503).addOn(RESET), backend);
                    RawClient client = proxy.client()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
                assertThat(client.readResponse().status()).isIn(502, 503);
                assertThat(backend.requests()).hasSize(1);
            }
        }
    }

    @Test
    void aConnectionThatIsResetIsTriedAgainElsewhere() {
        try (RecordingBackend bad = resetting();
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addOn(RESET), bad, good);
                RawClient client = proxy.client()) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(proxy.retries()).contains("reset").containsOnly("reset");
        }
    }

    /** Beyond what goes out with the head, too: in pieces, in chunks, and up to the bound. */
    @ParameterizedTest
    @CsvSource({"3, false", "3000, false", "60000, false", "3000, true", "60000, true"})
    void aBodyIsSentAgainAsItWas(int length, boolean chunked) {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good);
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                send(client, length, chunked);
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(bad.requests()).isNotEmpty();
            assertThat(good.requests())
                    .hasSize(4)
                    .allSatisfy(request -> assertThat(unchunked(request)).endsWith("\r\n\r\n" + body(length)));
        }
    }

    private static void send(RawClient client, int length, boolean chunked) {
        if (!chunked) {
            client.send(put(length));
            return;
        }
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        String body = body(length);
        for (int from = 0; from < length; from += 1234) {
            String part = body.substring(from, Math.min(length, from + 1234));
            client.send(Integer.toHexString(part.length()) + "\r\n" + part + "\r\n");
        }
        client.send("0\r\n\r\n");
    }

    /** Head and body without the framing of chunks. */
    private static String unchunked(String request) {
        if (!request.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked")) {
            return request;
        }
        int at = request.indexOf("\r\n\r\n") + 4;
        StringBuilder plain = new StringBuilder(request.substring(0, at));
        while (true) {
            int end = request.indexOf("\r\n", at);
            int size = Integer.parseInt(request.substring(at, end), 16);
            if (size == 0) {
                return plain.toString();
            }
            plain.append(request, end + 2, end + 2 + size);
            at = end + 2 + size + 2;
        }
    }

    @Test
    void aBodyBeyondTheBoundIsNotSentAgain() {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad);
                RawClient client = proxy.client()) {
            client.send(put(70_000));
            assertThat(client.readResponse().status()).isEqualTo(503);
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send("11170\r\n" + body(70_000) + "\r\n0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(503);
            assertThat(bad.requests()).hasSize(2);
        }
    }

    @Test
    void overHttp2ABodyIsSentAgainToo() {
        try (RecordingBackend bad = http2(503);
                RecordingBackend good = http2(200);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good)
                        .upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                client.send(put(5000));
                Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.rawBody()).contains("5000");
            }
            assertThat(proxy.retries()).contains("status");
        }
    }

    /** Answers the length of each body; an error without a body of its own. */
    private static RecordingBackend http2(int status) {
        return RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                for (int id = 1; id < 100; id += 2) {
                    int length = peer.message(id).body().length();
                    if (status == 200) {
                        peer.hold()
                                .headers(id, false, ":status: 200")
                                .data(id, true, Integer.toString(length))
                                .release();
                    } else {
                        peer.headers(id, true, ":status: " + status);
                    }
                }
            }
        });
    }

    @Test
    void nothingIsTriedAgainOnceTheAnswerHasBegun() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                });
                ProxyFixture proxy = proxy(retries -> retries.addOn(RESET).addOn(SERVER_ERROR), backend);
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readToEnd()).endsWith("half");
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void aTryThatTakesTooLongIsGivenUpForAnother() {
        try (RecordingBackend slow = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                });
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addOn(TIMEOUT).setPerTryTimeoutMs(2_000), slow, good);
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(proxy.retries()).contains("timeout").containsOnly("timeout");
        }
    }

    @Test
    void theLastTryThatTakesTooLongIs504() {
        try (RecordingBackend slow = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = proxy(
                        retries ->
                                retries.addOn(TIMEOUT).setPerTryTimeoutMs(200).setAttempts(1),
                        slow);
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(504);
            assertThat(response.field("gatehouse-reason")).isEqualTo("try-timeout");
            await().atMost(LONG).untilAsserted(() -> assertThat(slow.requests()).hasSize(2));
        }
    }

    @Test
    void withoutAttemptsNothingIsTriedAgain() {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                ProxyFixture proxy = proxy(
                        retries -> retries.setAttempts(0).addOn(CONNECT_FAILURE).addStatuses(503), bad);
                RawClient client = proxy.client()) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(503);
            assertThat(bad.requests()).hasSize(1);
        }
    }

    /** Ten requests at once of which three may be retries: the others get what their first try got. */
    @Test
    void retriesAreAShareOfTheRequests() {
        CountDownLatch all = new CountDownLatch(10);
        CountDownLatch last = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    if (all.getCount() > 0) {
                        all.countDown();
                        all.await();
                    } else {
                        last.await(); // a second try, which comes over a connection of its own
                    }
                    conversation.send(BAD);
                });
                ProxyFixture proxy =
                        proxy(retries -> retries.addStatuses(503).setAttempts(1).setBudgetPercent(20), backend)) {
            List<RawClient> clients = IntStream.range(0, 10)
                    .mapToObj(i -> proxy.client().send(GET))
                    .toList();
            // All ten were asked; whoever may try again does, over a new connection, and waits there.
            await().atMost(LONG).until(() -> proxy.retries().size() == 10);
            assertThat(Collections.frequency(proxy.retries(), "status")).isEqualTo(3);
            assertThat(Collections.frequency(proxy.retries(), "refused")).isEqualTo(7);
            last.countDown();
            clients.forEach(client -> assertThat(client.readResponse().status()).isEqualTo(503));
            clients.forEach(RawClient::close);
            // What was taken is given back.
            await().atMost(LONG).until(() -> proxy.endpoints().stream().allMatch(endpoint -> endpoint.requests() == 0));
        }
    }
}
