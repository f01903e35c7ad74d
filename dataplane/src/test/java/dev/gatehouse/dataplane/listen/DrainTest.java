package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How HTTP/1.1 connections end when a data plane is to stop. */
final class DrainTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void drainingEndsIdleConnectionsAndLetsTheOthersFinish() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    while (!conversation.request().isEmpty()) {
                        answer.await();
                        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient idle = proxy.client();
                RawClient busy = proxy.client()) {
            busy.send(GET);
            await().until(() -> backend.requests().size() == 1);

            var drained = proxy.listeners().drain(Duration.ofSeconds(30));

            assertThat(idle.readToEnd()).isEmpty();
            assertThat(drained).isNotDone();
            answer.countDown();
            Response response = busy.readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.field("connection")).isEqualTo("close");
            assertThat(busy.readToEnd()).isEmpty();
            drained.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void drainingClosesTheRestAfterItsTime() throws Exception {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient busy = proxy.client()) {
            busy.send(GET);
            await().until(() -> backend.requests().size() == 1);
            proxy.listeners().drain(Duration.ofMillis(100)).get(20, TimeUnit.SECONDS);
            assertThat(busy.readToEnd()).isEmpty();
        }
    }
}
