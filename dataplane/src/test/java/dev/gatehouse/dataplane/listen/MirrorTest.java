package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Endpoint;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.Mirror;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Copies of requests: what they are, and that nothing that becomes of them is felt. */
final class MirrorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final RecordingBackend backend = RecordingBackend.ok("real");
    private final ProxyFixture proxy = new ProxyFixture();

    private void mirror(int percent, InetSocketAddress to) {
        ShardId endpoints = ShardId.endpoints("test", "mirror", 80);
        ShardId upstream = ShardId.upstream("test", "mirror", 80);
        proxy.listener(listener -> listener.setHttp2Cleartext(true).setMaxBodyBytes(Long.MAX_VALUE));
        proxy.apply(
                Shard.of(
                        endpoints,
                        ShardBody.newBuilder()
                                .setEndpoints(Endpoints.newBuilder()
                                        .addEndpoints(Endpoint.newBuilder()
                                                .setAddress(ByteString.copyFrom(
                                                        to.getAddress().getAddress()))
                                                .setPort(to.getPort())))
                                .build()),
                Shard.of(
                        upstream,
                        ShardBody.newBuilder()
                                .setUpstream(Upstream.newBuilder().setEndpoints(endpoints.toString()))
                                .build()));
        proxy.route(
                rule -> rule.addFilters(Filter.newBuilder()
                        .setMirror(Mirror.newBuilder()
                                .setBackend(Backend.newBuilder().setUpstream(upstream.toString()))
                                .setPercent(percent))),
                backend.address());
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aMirrorGetsWhatTheBackendGets(HttpVersion version) {
        try (RecordingBackend mirror = RecordingBackend.ok("nobody sees this")) {
            mirror(100, mirror.address());
            try (EitherClient client = new EitherClient(proxy, version)) {
                assertThat(client.get("a", "/x?y").body()).isEqualTo("real");
                assertThat(client.send("POST", "a", "/", "some body").body()).isEqualTo("real");
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(mirror.requests()).containsExactlyInAnyOrderElementsOf(backend.requests());
                assertThat(proxy.mirrored()).containsExactly("answered", "answered");
            });
            assertThat(proxy.exchanges()).as("copies are no exchanges").hasSize(2);
        }
    }

    @Test
    void aBodyInPiecesIsCopiedPieceByPiece() {
        try (RecordingBackend mirror = RecordingBackend.ok("x")) {
            mirror(100, mirror.address());
            try (RawClient client = proxy.client()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                await().pollDelay(Duration.ofMillis(200)).until(() -> true);
                client.send("3\r\ndef\r\n0\r\nx-sum: 1\r\n\r\n");
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(mirror.requests())
                            .singleElement()
                            .asString()
                            .contains("abc", "def")
                            .endsWith("0\r\nx-sum: 1\r\n\r\n"));
        }
    }

    @Test
    void aPercentageIsAShare() {
        try (RecordingBackend mirror = RecordingBackend.ok("x")) {
            mirror(20, mirror.address());
            try (RawClient client = proxy.client()) {
                for (int i = 0; i < 500; i++) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                }
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(proxy.mirrored().size()).isBetween(50, 160));
        }
    }

    @Test
    void aMirrorThatIsNotThereIsNotFelt() throws Exception {
        InetSocketAddress nobody;
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            nobody = new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }
        mirror(100, nobody);
        try (RawClient client = proxy.client()) {
            for (int i = 0; i < 20; i++) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.readResponse().rawBody()).isEqualTo("real");
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(proxy.mirrored()).hasSize(20).allMatch(outcome -> outcome.equals("connect-failed")));
    }

    /** It neither answers nor takes the body: the request is done long before, and what was kept of it is given back. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aMirrorThatStandsStillHoldsNothingUp(HttpVersion version) {
        CountDownLatch over = new CountDownLatch(1);
        try (RecordingBackend mirror = RecordingBackend.scripted(conversation -> {
            conversation.head();
            over.await();
        })) {
            mirror(100, mirror.address());
            try (EitherClient client = new EitherClient(proxy, version)) {
                assertThat(client.send("POST", "a", "/", "x".repeat(16_000_000)).body())
                        .isEqualTo("real");
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(proxy.mirrored()).containsExactly("mirror-overflow"));
            over.countDown();
        }
    }

    @Test
    void aRequestThatIsCutShortLeavesNoHalfCopyOpen() {
        CountDownLatch begun = new CountDownLatch(1);
        try (RecordingBackend mirror = RecordingBackend.scripted(conversation -> {
            conversation.head();
            begun.countDown();
            conversation.awaitClose(PATIENCE);
        })) {
            mirror(100, mirror.address());
            try (RawClient client = proxy.client()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
                await().atMost(PATIENCE).until(() -> begun.getCount() == 0);
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(proxy.mirrored()).containsExactly("mirror-cut"));
        }
    }
}
