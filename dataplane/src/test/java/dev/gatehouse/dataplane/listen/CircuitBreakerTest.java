package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Endpoints get no more at a time than their rule lets them have. */
final class CircuitBreakerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    private static final Duration LONG = Duration.ofSeconds(30);

    private final CountDownLatch answering = new CountDownLatch(1);
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        answering.countDown();
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    /** Answers nobody before it may. */
    private RecordingBackend busy() {
        return keep(RecordingBackend.scripted(conversation -> {
            while (!conversation.request().isEmpty()) {
                try {
                    answering.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                conversation.send(OK);
            }
        }));
    }

    private ProxyFixture proxy(UnaryOperator<Upstream.CircuitBreaker.Builder> limits, InetSocketAddress... backends) {
        return keep(new ProxyFixture()
                .listener("http", listener -> listener.setPoolWaitTimeoutMs(25_000))
                .routeTo(backends)
                .upstream(upstream -> upstream.setCircuitBreaker(limits.apply(Upstream.CircuitBreaker.newBuilder()))));
    }

    private static void limit(ProxyFixture proxy, int maxRequests) {
        proxy.upstream(upstream ->
                upstream.setCircuitBreaker(Upstream.CircuitBreaker.newBuilder().setMaxRequests(maxRequests)));
    }

    private RawClient asking(ProxyFixture proxy) {
        return keep(proxy.client()).send(GET);
    }

    private static void assertRefused(RawClient client) {
        RawClient.Response response = client.readResponse();
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.field("gatehouse-reason")).isEqualTo("circuit-open");
    }

    /** With a reset: who only closes its side waits for the answer. */
    private static void leave(RawClient client) throws IOException {
        client.socket().setSoLinger(true, 0);
        client.close();
    }

    private static Endpoint only(ProxyFixture proxy) {
        return proxy.endpoints().getFirst();
    }

    @Test
    void anEndpointHasNoMoreRequestsThanItMayHave() {
        RecordingBackend busy = busy();
        ProxyFixture proxy = proxy(limits -> limits.setMaxRequests(2), busy.address());
        RawClient first = asking(proxy);
        RawClient second = asking(proxy);
        await().atMost(LONG).until(() -> busy.requests().size() == 2);
        assertRefused(asking(proxy));
        assertThat(only(proxy).isFull()).isTrue();
        assertThat(proxy.circuits()).containsExactly("requests");
        answering.countDown();
        assertThat(first.readResponse().status()).isEqualTo(200);
        assertThat(second.readResponse().status()).isEqualTo(200);
        assertThat(asking(proxy).readResponse().status()).isEqualTo(200);
        assertThat(only(proxy).requests()).isZero();
    }

    @Test
    void aRequestThatIsTriedAgainHasToFindRoomOnceMore() {
        AtomicReference<ProxyFixture> before = new AtomicReference<>();
        RecordingBackend failing = keep(RecordingBackend.scripted(conversation -> {
            while (!conversation.request().isEmpty()) {
                // A request of another event loop has a place until the end, and there is one less from now on.
                assertThat(only(before.get()).tryBegin()).isTrue();
                limit(before.get(), 1);
                conversation.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
            }
        }));
        ProxyFixture proxy = keep(new ProxyFixture()
                .route(
                        rule -> rule.setRetries(Retries.newBuilder()
                                .setAttempts(1)
                                .addStatuses(503)
                                .setBudgetPercent(100)),
                        failing.address()));
        limit(proxy, 2);
        before.set(proxy);
        assertRefused(asking(proxy));
        assertThat(failing.requests()).hasSize(1);
        assertThat(proxy.circuits()).containsExactly("requests");
        assertThat(only(proxy).requests()).isOne();
    }

    @Test
    void whoHasRoomGetsWhatOthersMayNotHave() {
        RecordingBackend busy = busy();
        RecordingBackend good = keep(RecordingBackend.answering(OK));
        ProxyFixture proxy = proxy(limits -> limits.setMaxRequests(1), busy.address(), good.address());
        for (int i = 0; i < 2; i++) {
            asking(proxy);
        }
        await().atMost(LONG).until(() -> busy.requests().size() == 1);
        for (int i = 0; i < 10; i++) {
            assertThat(asking(proxy).readResponse().status()).isEqualTo(200);
        }
        assertThat(busy.requests()).hasSize(1);
        assertThat(proxy.circuits()).isEmpty();
        assertThat(proxy.retries()).isEmpty();
    }

    @Test
    void requestsWaitForAConnectionAndNotTooManyOfThem() {
        RecordingBackend busy = busy();
        ProxyFixture proxy = proxy(limits -> limits.setMaxConnections(1).setMaxPendingRequests(2), busy.address());
        List<RawClient> served = new ArrayList<>();
        served.add(asking(proxy));
        await().atMost(LONG).until(() -> busy.requests().size() == 1);
        served.add(asking(proxy));
        served.add(asking(proxy));
        await().atMost(LONG).until(() -> only(proxy).capacity().pending() == 2);
        assertRefused(asking(proxy));
        assertThat(proxy.circuits()).containsExactly("pending");
        assertThat(only(proxy).capacity().connections()).isEqualTo(1);
        answering.countDown();
        for (RawClient client : served) {
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
        assertThat(busy.connections()).isEqualTo(1);
        assertThat(only(proxy).capacity().pending()).isZero();
    }

    @Test
    void whoWaitsNowhereGoesElsewhere() {
        RecordingBackend busy = busy();
        RecordingBackend good = keep(RecordingBackend.answering(OK));
        ProxyFixture proxy =
                proxy(limits -> limits.setMaxConnections(1).setMaxPendingRequests(1), busy.address(), good.address());
        for (int i = 0; i < 4; i++) {
            asking(proxy);
        }
        await().atMost(LONG)
                .until(() -> proxy.endpoints().stream()
                        .anyMatch(one -> one.capacity().pending() == 1));
        for (int i = 0; i < 10; i++) {
            assertThat(asking(proxy).readResponse().status()).isEqualTo(200);
        }
        assertThat(proxy.circuits()).isEmpty();
        await().atMost(LONG).untilAsserted(() -> assertThat(busy.requests()).hasSize(1));
    }

    /** Who leaves gives its place back, wherever it was. */
    @Test
    void placesAreGivenBackByClientsThatLeave() throws IOException {
        RecordingBackend busy = busy();
        ProxyFixture proxy = proxy(limits -> limits.setMaxConnections(1).setMaxPendingRequests(1), busy.address());
        RawClient first = asking(proxy);
        await().atMost(LONG).until(() -> busy.requests().size() == 1);
        RawClient second = asking(proxy);
        await().atMost(LONG).until(() -> only(proxy).capacity().pending() == 1);
        leave(second);
        await().atMost(LONG).until(() -> only(proxy).capacity().pending() == 0);
        leave(first);
        await().atMost(LONG).until(() -> only(proxy).capacity().connections() == 0);
        assertThat(only(proxy).requests()).isZero();
    }

    @Test
    void aConnectionThatCannotBeOpenedGivesItsPlaceBack() throws Exception {
        InetSocketAddress nobody;
        try (RecordingBackend gone = RecordingBackend.answering(OK)) {
            nobody = gone.address();
        }
        ProxyFixture proxy = proxy(limits -> limits.setMaxConnections(1), nobody);
        for (int i = 0; i < 5; i++) {
            assertThat(asking(proxy).readResponse().field("gatehouse-reason")).isEqualTo("connect-failed");
        }
        assertThat(only(proxy).capacity().connections()).isZero();
    }

    /** One connection has room for many streams; what waits for it to open counts as pending. */
    @Test
    void http2NeedsOneConnection() {
        GrpcBackend h2c = keep(new GrpcBackend());
        ProxyFixture proxy = keep(new ProxyFixture().routeTo(h2c.address()));
        proxy.upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C)
                .setCircuitBreaker(Upstream.CircuitBreaker.newBuilder().setMaxConnections(1)));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            clients.add(asking(proxy));
        }
        for (RawClient client : clients) {
            assertThat(client.readResponse().status()).isLessThan(500); // it is none of the calls that the server knows
        }
        assertThat(only(proxy).capacity().connections()).isEqualTo(1);
        assertThat(only(proxy).capacity().pending()).isZero();
    }

    @Test
    void limitsCanBeTakenBack() {
        RecordingBackend busy = busy();
        ProxyFixture proxy = proxy(limits -> limits.setMaxRequests(1), busy.address());
        asking(proxy);
        await().atMost(LONG).until(() -> busy.requests().size() == 1);
        assertRefused(asking(proxy));
        proxy.upstream(upstream -> upstream);
        RawClient more = asking(proxy);
        await().atMost(LONG).until(() -> busy.requests().size() == 2);
        answering.countDown();
        assertThat(more.readResponse().status()).isEqualTo(200);
    }
}
