package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The limits of docs/limits.md that are not about the syntax of a request. */
final class LimitsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private final RecordingBackend backend = RecordingBackend.ok("ok");
    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture().routeTo(backend.address());
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    @Test
    void theLastRequestOfAConnectionSaysSo() {
        proxy.listener(settings -> settings.setMaxRequestsPerConnection(3));
        try (RawClient client = proxy.client()) {
            for (int i = 1; i < 3; i++) {
                assertThat(client.send(GET).readResponse().head()).doesNotContain("Connection: close");
            }
            assertThat(client.send(GET).readResponse().field("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void oneConnectionTooManyIsClosedAndTheOthersGoOn() {
        proxy.listener(settings -> settings.setMaxConnections(2));
        try (RawClient first = proxy.client();
                RawClient second = proxy.client()) {
            assertThat(first.send(GET).readResponse().status()).isEqualTo(200);
            assertThat(second.send(GET).readResponse().status()).isEqualTo(200);
            try (RawClient third = proxy.client()) {
                assertThat(third.readToEnd()).isEmpty();
            }
            assertThat(first.send(GET).readResponse().status()).isEqualTo(200);
        }
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().untilAsserted(() -> {
            try (RawClient again = proxy.client()) {
                assertThat(again.send(GET).readResponse().status()).isEqualTo(200);
            }
        });
    }

    @Test
    void aBodyThatTricklesIsGivenUp() throws Exception {
        proxy.listener(settings -> settings.setMinBodyBytesPerSecond(1_000));
        try (RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
            Thread trickle = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.send("x");
                        Thread.sleep(100);
                    }
                } catch (java.io.UncheckedIOException | InterruptedException e) {
                    // The connection was closed: what the test waits for.
                }
            });
            RawClient.Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(408);
            assertThat(response.field("gatehouse-reason")).isEqualTo("body-too-slow");
            trickle.interrupt();
            trickle.join();
        }
    }

    @Test
    void aSlowBackendIsNotTheClientsFault() {
        proxy.listener(settings -> settings.setMinBodyBytesPerSecond(1_000_000));
        try (RecordingBackend slow = RecordingBackend.scripted(conversation -> {
            conversation.head();
            Thread.sleep(6_000); // longer than the grace of the rate
            conversation.exactly(8_000_000);
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        })) {
            proxy.routeTo(slow.address());
            try (RawClient client = proxy.client()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
                Thread.ofVirtual().start(() -> client.send("x".repeat(8_000_000)));
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aBodyBeyondTheDefaultIsRefused() {
        proxy.listener(settings -> settings.clearMaxBodyBytes());
        try (RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
            RawClient.Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.field("gatehouse-reason")).isEqualTo("body-too-large");
        }
        try (RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + "x".repeat(1_048_576));
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
    }
}
