package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RetriesFixture.BAD;
import static dev.gatehouse.dataplane.listen.RetriesFixture.OK;
import static dev.gatehouse.dataplane.listen.RetriesFixture.proxy;
import static dev.gatehouse.snapshot.proto.Retries.Condition.CONNECT_FAILURE;
import static dev.gatehouse.snapshot.proto.Retries.Condition.RESET;
import static dev.gatehouse.snapshot.proto.Retries.Condition.SERVER_ERROR;
import static dev.gatehouse.snapshot.proto.Retries.Condition.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rule's {@code retries} let be tried again, and what never is. */
final class RetriesTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(30);

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
