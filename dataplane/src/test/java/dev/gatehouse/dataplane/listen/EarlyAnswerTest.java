package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers that come before the request is complete (RFC 9112, 9.3 and 11.2): what is left of the request never becomes another
 * one, and what the backend says to it never becomes somebody's answer.
 */
final class EarlyAnswerTest {
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    /** Answers every head that it sees, with its target, and takes no body for a body. */
    private final RecordingBackend careless = RecordingBackend.scripted(conversation -> {
        for (String head = conversation.head(); !head.isEmpty(); head = conversation.head()) {
            String target = head.split(" ", 3)[1];
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
        }
    });

    private final ProxyFixture proxy = new ProxyFixture().routeTo(careless.address());

    @AfterEach
    void close() {
        proxy.close();
        careless.close();
    }

    private void others() {
        for (int i = 0; i < 3; i++) {
            try (RawClient other = proxy.client()) {
                assertThat(other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
                                .readResponse()
                                .rawBody())
                        .isEqualTo("/other");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 100000",
                "Transfer-Encoding: chunked",
                "Content-Length: 40\r\nExpect: 100-continue"
            })
    void whatFollowsTheAnswerIsDroppedWithTheConnection(String framing) {
        try (RawClient client = proxy.client()) {
            client.send("POST /early HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n");

            Response response = client.readResponse();

            assertThat(response.rawBody()).isEqualTo("/early");
            assertThat(response.field("connection")).isEqualTo("close");
            client.send(SMUGGLED);
            assertThat(client.readToEnd()).isEmpty();
        }
        others();
        assertThat(proxy.exchanges()).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void aCarelessBackendAnswersEachClientItsOwn(int rounds) {
        for (int i = 0; i < rounds; i++) {
            try (RawClient client = proxy.client()) {
                client.send("POST /early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(SMUGGLED.length()) + "\r\n" + SMUGGLED + "\r\n");
                assertThat(client.readResponse().rawBody()).isEqualTo("/early");
                assertThat(client.readToEnd()).isEmpty();
            }
            others();
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> proxy.connections() == 0);
        assertThat(proxy.exchanges().stream().map(RecordingObserver.Done::status))
                .containsOnly(200);
    }

    @Test
    void aRequestBehindAnUnfinishedOneIsNeverServed() {
        try (RawClient client = proxy.client()) {
            client.send(
                    "GET /first HTTP/1.1\r\nHost: a\r\n\r\nPOST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n"
                            + SMUGGLED);

            assertThat(client.readResponse().rawBody()).isEqualTo("/first");
            assertThat(client.readResponse().rawBody()).isEqualTo("/early");
            client.send("x".repeat(10_000) + SMUGGLED);
            assertThat(client.readToEnd()).isEmpty();
        }
        await().until(() -> proxy.exchanges().size() == 2);
    }

    @Test
    void whereNothingIsRoutedTheRestOfABodyIsNoRequestEither() {
        try (ProxyFixture unrouted = new ProxyFixture()) {
            List<String> framings = List.of("Content-Length: 10000", "Transfer-Encoding: chunked");
            for (String framing : framings) {
                try (RawClient client = RawClient.connect(unrouted.port())) {
                    client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n");
                    Response response = client.readResponse();
                    assertThat(response.status()).isEqualTo(404);
                    assertThat(response.field("connection")).isEqualTo("close");
                    client.send(SMUGGLED);
                    assertThat(client.readToEnd()).isEmpty();
                }
            }
            assertThat(unrouted.exchanges()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 401 Unauthorized", "HTTP/1.1 417 Expectation Failed", "HTTP/1.1 200 OK"})
    void aFinalAnswerToAnExpectationEndsTheConnection(String status) {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send(status + "\r\nContent-Length: 2\r\n\r\nno");
                    conversation.awaitClose(Duration.ofSeconds(20));
                });
                ProxyFixture expecting = new ProxyFixture().routeTo(backend.address());
                RawClient client = expecting.client()) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\nExpect: 100-continue\r\n\r\n");
            Response response = client.readResponse();
            assertThat(response.head()).startsWith(status);
            assertThat(response.field("connection")).isEqualTo("close");
            client.send(SMUGGLED + SMUGGLED);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(backend.failures()).isEmpty();
        }
    }
}
