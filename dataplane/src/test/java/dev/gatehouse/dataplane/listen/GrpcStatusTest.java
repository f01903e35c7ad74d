package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Gatehouse says itself to a gRPC client: the table of docs/grpc.md, row by row. */
final class GrpcStatusTest {
    private static final int UNIMPLEMENTED = 12;
    private static final int UNAVAILABLE = 14;
    private static final int DEADLINE_EXCEEDED = 4;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int INTERNAL = 13;
    private static final int MAX_ATTEMPTS = 3;
    private static final String PATH = "/test.Text/Unary";
    private static final String MESSAGE = "\0\0\0\0\2hi";

    private final ProxyFixture proxy = StreamingClient.proxy();

    @AfterEach
    void close() {
        proxy.close();
    }

    private void routeTo(InetSocketAddress... addresses) {
        proxy.routeTo(addresses).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
    }

    private static FramePeer call(FramePeer client, int streamId, String path, String... more) {
        String[] fields = new String[more.length + 2];
        fields[0] = "content-type: application/grpc+proto";
        fields[1] = "te: trailers";
        System.arraycopy(more, 0, fields, 2, more.length);
        return client.post(streamId, path, fields);
    }

    private static Message unary(FramePeer client, int streamId, String path, String... more) {
        return call(client, streamId, path, more).data(streamId, true, MESSAGE).message(streamId);
    }

    private void assertUnary(int status, String reason) {
        try (FramePeer client = FramePeer.client(proxy.port())) {
            assertAnswer(unary(client, 1, PATH), status, reason);
        }
    }

    /** One head that is the trailers too ("Trailers-Only"), by which every client knows what has happened. */
    private static void assertAnswer(Message answer, int status, String reason) {
        assertThat(answer.heads()).hasSize(1);
        assertThat(answer.heads().getFirst())
                .contains(
                        ":status: 200",
                        "content-type: application/grpc",
                        "grpc-status: " + status,
                        "gatehouse-reason: " + reason)
                .anyMatch(field -> field.startsWith("grpc-message: ") && field.endsWith(": " + reason));
        assertThat(answer.body()).isEmpty();
        assertThat(answer.ended()).isTrue();
    }

    @Test
    void noRouteIsUnimplemented() {
        proxy.routeHost("other.example", "backend", rule -> rule);
        assertUnary(UNIMPLEMENTED, "no-route");
    }

    @Test
    void noEndpointIsUnavailable() {
        routeTo();
        assertUnary(UNAVAILABLE, "no-endpoint");
    }

    @Test
    void aServiceThatIsMissingIsUnavailable() {
        proxy.route(rule -> rule.clearBackends()
                .addBackends(Backend.newBuilder().setWeight(1).setUnavailable("service-not-found")));
        assertUnary(UNAVAILABLE, "service-not-found");
    }

    @Test
    void noConnectionIsUnavailable() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket gone = new ServerSocket(0)) {
            nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), gone.getLocalPort());
        }
        routeTo(nobody);
        assertUnary(UNAVAILABLE, "connect-failed");
    }

    @Test
    void aConnectionThatIsNotAcceptedInTimeIsUnavailable() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setConnectTimeoutMs(500));
        routeTo(new InetSocketAddress("192.0.2.1", 80)); // RFC 5737: leads nowhere
        try (FramePeer client = FramePeer.client(proxy.port())) {
            Message answer = unary(client, 1, PATH);
            // Where there is no way out at all, the kernel says so at once.
            assertThat(answer.first("gatehouse-reason")).isIn("connect-timeout", "connect-failed");
            assertThat(answer.first("grpc-status")).isEqualTo(String.valueOf(UNAVAILABLE));
        }
    }

    @Test
    void aFullPoolIsUnavailable() {
        proxy.listener(settings ->
                settings.setHttp2Cleartext(true).setMaxUpstreamConnections(1).setPoolWaitTimeoutMs(200));
        try (GrpcBackend backend = new GrpcBackend(1);
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            call(client, 1, "/test.Text/Listen").data(1, true, MESSAGE);
            await().atMost(Duration.ofSeconds(20)).until(() -> backend.begun() == 1);
            assertAnswer(unary(client, 3, PATH), UNAVAILABLE, "pool-full");
        }
    }

    @Test
    void aBackendThatClosesIsUnavailable() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.message(1);
            }
        })) {
            routeTo(backend.address());
            assertUnary(UNAVAILABLE, "backend-closed");
        }
    }

    /** Resets every stream that comes, as often as a request may come. */
    private static RecordingBackend resets(int code) {
        int streams = code == Frame.REFUSED_STREAM ? MAX_ATTEMPTS : 1;
        return RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                for (int id = 1; id <= streams * 2; id += 2) {
                    peer.await(Frame.HEADERS, id);
                    peer.reset(id, code);
                }
                peer.awaitClose();
            }
        });
    }

    private static void assertCancelled(Message answer, int heads) {
        assertThat(answer.heads()).hasSize(heads);
        assertThat(answer.reset()).isEqualTo(Frame.CANCEL);
        assertThat(answer.ended()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        Frame.NO_ERROR + ", 13, backend-reset",
        Frame.PROTOCOL_ERROR + ", 13, backend-reset",
        Frame.INTERNAL_ERROR + ", 13, backend-reset",
        Frame.REFUSED_STREAM + ", 14, backend-refused",
        Frame.ENHANCE_YOUR_CALM + ", 8, backend-calming",
        Frame.INADEQUATE_SECURITY + ", 7, backend-security",
        "99, 13, backend-reset"
    })
    void aResetHasTheStatusThatGrpcGivesItsCode(int code, int status, String reason) {
        try (RecordingBackend backend = resets(code);
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            assertAnswer(call(client, 1, PATH).message(1), status, reason);
        }
    }

    /** From a reset, every gRPC client makes DEADLINE_EXCEEDED if its own deadline is over, and CANCELLED if it is not. */
    @ParameterizedTest
    @ValueSource(strings = {"1n", "1H"})
    void aCancellationByTheBackendIsPassedOn(String timeout) {
        try (RecordingBackend backend = resets(Frame.CANCEL);
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            assertCancelled(call(client, 1, PATH, "grpc-timeout: " + timeout).message(1), 0);
            await().until(() -> proxy.exchanges().size() == 1);
            assertThat(proxy.exchanges().getFirst().reason()).isEqualTo("backend-cancelled");
        }
    }

    @ParameterizedTest
    @CsvSource({"1n, 4", "1u, 4", "1H, 14", "99999999H, 14", "123456789n, 14", "1x, 14", "n, 14", "-1n, 14"})
    void aFailureExceedsADeadlineThatIsOver(String timeout, int status) {
        try (RecordingBackend backend = resets(Frame.REFUSED_STREAM);
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            Message answer = call(client, 1, PATH, "grpc-timeout: " + timeout).message(1);
            assertAnswer(answer, status, "backend-refused");
        }
    }

    /** What the client did wrong, it would do wrong with more time, too. */
    @Test
    void aMistakeOfTheClientIsToldAlsoAfterItsDeadline() {
        proxy.routeHost("other.example", "backend", rule -> rule);
        try (FramePeer client = FramePeer.client(proxy.port())) {
            assertAnswer(unary(client, 1, PATH, "grpc-timeout: 1n"), UNIMPLEMENTED, "no-route");
        }
    }

    @Test
    void aBackendThatBreaksTheProtocolIsUnavailable() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.message(1);
                peer.data(1, true, MESSAGE); // without a head
                peer.awaitClose();
            }
        })) {
            routeTo(backend.address());
            assertUnary(UNAVAILABLE, "backend-bad-response");
        }
    }

    @Test
    void aBackendThatDoesNotAnswerInTimeExceedsTheDeadline() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setRequestTimeoutMs(500));
        try (GrpcBackend backend = new GrpcBackend();
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            Message answer =
                    call(client, 1, "/test.Text/Listen").data(1, true, MESSAGE).message(1);
            assertAnswer(answer, DEADLINE_EXCEEDED, "request-timeout");
        }
    }

    @Test
    void aRequestBeyondTheLimitExhaustsResources() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxBodyBytes(10));
        try (GrpcBackend backend = new GrpcBackend();
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            Message answer = call(client, 1, "/test.Text/Sum")
                    .data(1, false, "\0\0\0\0\7content")
                    .message(1);
            assertAnswer(answer, RESOURCE_EXHAUSTED, "body-too-large");
            Message declared = unary(client, 3, PATH, "content-length: 11");
            assertAnswer(declared, RESOURCE_EXHAUSTED, "body-too-large");
        }
    }

    @Test
    void metadataBeyondTheLimitExhaustsResources() {
        routeTo();
        try (FramePeer client = FramePeer.client(proxy.port())) {
            String[] many = new String[101];
            java.util.Arrays.fill(many, "x-a: b");
            assertAnswer(unary(client, 1, PATH, many), RESOURCE_EXHAUSTED, "head-too-large");
        }
    }

    @ParameterizedTest
    @CsvSource({"/a/../b, dot-segment", "/a%, bad-target"})
    void aRequestThatIsRefusedIsAnInternalError(String path, String reason) {
        routeTo();
        try (FramePeer client = FramePeer.client(proxy.port())) {
            assertAnswer(unary(client, 1, path), INTERNAL, reason);
        }
    }

    @Test
    void whoDoesNotSpeakGrpcGetsHttp() {
        routeTo();
        try (FramePeer client = FramePeer.client(proxy.port())) {
            int streamId = 1;
            for (String type : List.of("application/json", "application/grpcx", "text/plain; application/grpc")) {
                Message answer = client.post(streamId, PATH, "content-type: " + type)
                        .data(streamId, true, "x")
                        .message(streamId);
                assertThat(answer.status()).isEqualTo("503");
                assertThat(answer.first("grpc-status")).isEmpty();
                streamId += 2;
            }
        }
    }

    // ---- After the response has begun

    /** The backend answers with a head and one message, and then does what the test says. */
    private interface Then {
        void go(FramePeer peer) throws IOException;
    }

    private static RecordingBackend begins(Then then) {
        return RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                peer.await(Frame.HEADERS, 1);
                peer.hold()
                        .headers(1, false, ":status: 200", "content-type: application/grpc")
                        .data(1, false, MESSAGE)
                        .release();
                then.go(peer);
            }
        });
    }

    private void assertEndsWith(Message answer, int status, String reason) {
        assertThat(answer.heads()).hasSize(2);
        assertThat(answer.body()).isEqualTo(MESSAGE);
        assertThat(answer.heads().getLast()).contains("grpc-status: " + status, "gatehouse-reason: " + reason);
        assertThat(answer.ended()).isTrue();
        await().until(() -> proxy.exchanges().size() == 1);
        assertThat(proxy.exchanges().getFirst().reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource({
        Frame.NO_ERROR + ", 13, backend-reset",
        Frame.PROTOCOL_ERROR + ", 13, backend-reset",
        Frame.INTERNAL_ERROR + ", 13, backend-reset",
        Frame.REFUSED_STREAM + ", 14, backend-refused",
        Frame.ENHANCE_YOUR_CALM + ", 8, backend-calming",
        Frame.INADEQUATE_SECURITY + ", 7, backend-security",
        "99, 13, backend-reset"
    })
    void aResetInTheMiddleHasTheStatusThatGrpcGivesItsCode(int code, int status, String reason) {
        try (RecordingBackend backend = begins(peer -> peer.reset(1, code).awaitClose());
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            assertEndsWith(call(client, 1, PATH).message(1), status, reason);
        }
    }

    /** The client's stream is reset, too: only the client knows whether its deadline is over. */
    @ParameterizedTest
    @ValueSource(strings = {"1n", "1H"})
    void aCancellationInTheMiddleIsPassedOn(String timeout) {
        try (RecordingBackend backend =
                        begins(peer -> peer.reset(1, Frame.CANCEL).awaitClose());
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            Message answer = call(client, 1, PATH, "grpc-timeout: " + timeout).message(1);
            assertThat(answer.body()).isEqualTo(MESSAGE);
            assertCancelled(answer, 1);
        }
    }

    @Test
    void aFailureInTheMiddleExceedsADeadlineThatIsOver() {
        try (RecordingBackend backend =
                        begins(peer -> peer.reset(1, Frame.INTERNAL_ERROR).awaitClose());
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            Message answer = call(client, 1, PATH, "grpc-timeout: 1n").message(1);
            assertEndsWith(answer, DEADLINE_EXCEEDED, "backend-reset");
        }
    }

    @Test
    void aBackendThatFallsSilentInTheMiddleExceedsTheDeadline() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setRequestTimeoutMs(4_000));
        try (RecordingBackend backend = begins(FramePeer::awaitClose);
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            assertEndsWith(unary(client, 1, PATH), DEADLINE_EXCEEDED, "request-timeout");
        }
    }

    @Test
    void aStreamBeyondTheLimitExhaustsResourcesInTheMiddleToo() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxBodyBytes(10));
        try (RecordingBackend backend = begins(FramePeer::awaitClose);
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            call(client, 1, PATH).data(1, false, MESSAGE).awaitData(1, MESSAGE.length());
            client.data(1, false, MESSAGE);
            assertEndsWith(client.message(1), RESOURCE_EXHAUSTED, "body-too-large");
        }
    }

    /** What is not gRPC's has no trailers that a client would look at. */
    @Test
    void aResponseThatIsNotGrpcIsBrokenOff() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    try (FramePeer peer = FramePeer.server(conversation)) {
                        peer.await(Frame.HEADERS, 1);
                        peer.headers(1, false, ":status: 200", "content-type: text/html");
                        peer.reset(1, Frame.INTERNAL_ERROR).awaitClose();
                    }
                });
                FramePeer client = FramePeer.client(proxy.port())) {
            routeTo(backend.address());
            Message answer = call(client, 1, PATH).message(1);
            assertThat(answer.reset()).isEqualTo(Frame.INTERNAL_ERROR);
            assertThat(answer.ended()).isFalse();
        }
    }
}
