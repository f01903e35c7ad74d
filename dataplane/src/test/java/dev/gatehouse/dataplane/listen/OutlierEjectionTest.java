package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Endpoints whose answers fail get no requests for a while, and come back. */
final class OutlierEjectionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    private static final String BAD = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad";
    private static final Duration LONG = Duration.ofSeconds(30);

    private static ProxyFixture proxy(int failures, int ejectForMs, InetSocketAddress... backends) {
        return new ProxyFixture()
                .routeTo(backends)
                .upstream(upstream -> upstream.setOutlier(Upstream.Outlier.newBuilder()
                        .setConsecutiveFailures(failures)
                        .setEjectForMs(ejectForMs)
                        .setMaxEjectedPercent(50)));
    }

    private static boolean isEjected(ProxyFixture proxy, InetSocketAddress address) {
        return proxy.endpoints().stream()
                .filter(endpoint -> endpoint.address().equals(address))
                .allMatch(endpoint -> endpoint.is(Endpoint.Absence.EJECTED));
    }

    /** Half of its answers fail, at random: sooner or later three in a row do. */
    @Test
    void aBackendThatFailsHalfOfItsAnswersIsEjectedAndComesBack() {
        AtomicBoolean failing = new AtomicBoolean(true);
        Random random = new Random(1);
        try (RecordingBackend bad = RecordingBackend.scripted(conversation -> {
                    while (!conversation.request().isEmpty()) {
                        conversation.send(failing.get() && random.nextBoolean() ? BAD : OK);
                    }
                });
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(3, 8_000, bad.address(), good.address());
                RawClient client = proxy.client()) {
            await().atMost(LONG)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> {
                        client.send(GET).readResponse();
                        return isEjected(proxy, bad.address());
                    });
            assertThat(proxy.ejections()).isEqualTo(1);
            int before = bad.requests().size();
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(bad.requests()).hasSize(before);
            failing.set(false);
            await().atMost(LONG).until(() -> !isEjected(proxy, bad.address()));
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(bad.requests()).hasSizeGreaterThan(before);
        }
    }

    @Test
    void anEndpointThatCannotBeReachedIsEjected() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }
        try (RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(2, 60_000, nobody, good.address());
                RawClient client = proxy.client()) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(isEjected(proxy, nobody)).isTrue();
        }
    }

    /** A change elsewhere in the snapshot is no acquittal. */
    @Test
    void whoIsEjectedStaysSoWhenTheEndpointsChange() {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                RecordingBackend good = RecordingBackend.answering(OK);
                RecordingBackend more = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(1, 60_000, bad.address(), good.address());
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                client.send(GET).readResponse();
            }
            assertThat(isEjected(proxy, bad.address())).isTrue();
            Endpoints.Builder three = Endpoints.newBuilder();
            for (RecordingBackend backend : List.of(bad, good, more)) {
                three.addEndpoints(dev.gatehouse.snapshot.proto.Endpoint.newBuilder()
                        .setAddress(ByteString.copyFrom(
                                backend.address().getAddress().getAddress()))
                        .setPort(backend.address().getPort()));
            }
            proxy.apply(Shard.of(
                    ShardId.endpoints("test", "backend", 80),
                    ShardBody.newBuilder().setEndpoints(three).build()));
            assertThat(proxy.endpoints()).hasSize(3);
            assertThat(isEjected(proxy, bad.address())).isTrue();
        }
    }
}
