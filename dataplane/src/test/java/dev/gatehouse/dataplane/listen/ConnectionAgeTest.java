package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.ACK;
import static dev.gatehouse.testkit.flood.Frame.GOAWAY;
import static dev.gatehouse.testkit.flood.Frame.NO_ERROR;
import static dev.gatehouse.testkit.flood.Frame.PING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections end when they are old: in turn, in order, and without a lost request. */
final class ConnectionAgeTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final CountDownLatch go = new CountDownLatch(1);
    private final RecordingBackend backend = RecordingBackend.scripted(conversation -> {
        for (String request = conversation.request(); !request.isEmpty(); request = conversation.request()) {
            if (request.contains("/held")) {
                assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            }
            conversation.send(OK);
        }
    });
    private final ProxyFixture proxy =
            new ProxyFixture().routeTo(backend.address()).listener(settings -> settings.setHttp2Cleartext(true));

    private void oldAtOnce() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxConnectionAgeMs(1));
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    /** RFC 9113, 6.8: what is on its way when the client is told is still taken. */
    @Test
    void anHttp2ConnectionEndsInTwoStepsAndLosesNoRequest() {
        try (FramePeer client = FramePeer.client(proxy.port()).silent()) {
            client.get(1, "/held");
            await().atMost(LONG).until(backend::requests, requests -> requests.size() == 1);
            oldAtOnce();
            Frame first = client.await(GOAWAY, 0);
            assertThat(first.number(0)).isEqualTo(Integer.MAX_VALUE);
            assertThat(first.number(4)).isEqualTo(NO_ERROR);
            Frame ping = client.await(PING, 0);
            client.get(3, "/held");
            client.get(5, "/");
            assertThat(client.message(5).body()).isEqualTo("ok");
            client.frame(PING, ACK, 0, ping.octets());
            Frame second = client.await("the last GOAWAY", frame -> frame.type() == GOAWAY && frame.number(0) == 5);
            assertThat(second.number(4)).isEqualTo(NO_ERROR);
            client.get(7, "/too-late");
            go.countDown();
            assertThat(client.message(1).body()).isEqualTo("ok");
            assertThat(client.message(3).body()).isEqualTo("ok");
            assertThat(client.awaitClose()).isEqualTo(NO_ERROR);
        }
        await().atMost(LONG).until(proxy::connections, open -> open == 0);
        assertThat(backend.requests()).hasSize(3);
        assertThat(proxy.exchanges()).extracting(RecordingObserver.Done::status).containsExactly(200, 200, 200);
    }

    @Test
    void anIdleHttp2ConnectionEndsToo() {
        try (FramePeer client = FramePeer.client(proxy.port())) {
            assertThat(client.get(1, "/").message(1).body()).isEqualTo("ok");
            oldAtOnce();
            assertThat(client.awaitClose()).isEqualTo(NO_ERROR);
        }
    }

    /** RFC 9112, 9.6: the client learns it with an answer, so that it sends nothing into a closing connection. */
    @Test
    void anHttp1ConnectionEndsWithItsNextAnswer() {
        try (RawClient client = proxy.client()) {
            String request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
            assertThat(client.send(request).readResponse().field("connection")).isEmpty();
            oldAtOnce();
            // Time is told by the tick, a tenth of a second long: the next answer may still be before it.
            Response last = await().atMost(LONG)
                    .until(
                            () -> client.send(request).readResponse(),
                            response -> response.status() != 200
                                    || !response.field("connection").isEmpty());
            assertThat(last.rawBody()).isEqualTo("ok");
            assertThat(last.field("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    /** Clients that came together, as after a start, must not all come back together. */
    @Test
    void agesAreSpreadEvenlyOverAFifth() {
        RandomGenerator random = new SplittableRandom(42);
        int[] over = new int[10];
        for (int i = 0; i < 10_000; i++) {
            ConnectionAge age = new ConnectionAge(7, random);
            assertThat(age.isOver(7 + 899, 1_000)).isFalse();
            assertThat(age.isOver(7 + 1_100, 1_000)).isTrue();
            for (int k = 0; k < 10; k++) {
                over[k] += age.isOver(7 + 910 + 20 * k, 1_000) ? 1 : 0;
            }
        }
        for (int k = 0; k < 10; k++) {
            assertThat(over[k]).isBetween(500 + 1_000 * k - 200, 500 + 1_000 * k + 200);
        }
    }
}
