package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.GrpcBackend.ECHO;
import static dev.gatehouse.dataplane.listen.GrpcBackend.END;
import static dev.gatehouse.dataplane.listen.GrpcBackend.FLOOD;
import static dev.gatehouse.dataplane.listen.GrpcBackend.LISTEN;
import static dev.gatehouse.dataplane.listen.GrpcBackend.SUM;
import static dev.gatehouse.dataplane.listen.GrpcBackend.UNARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RecordingBackend;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC's own client and server with the data plane in between: what a call is to both beyond its messages. */
final class GrpcTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int MEGABYTE = 1 << 20;

    private final ProxyFixture proxy = StreamingClient.proxy();
    private final GrpcBackend backend = new GrpcBackend();
    /** Leads to the backend, so that its connections can be cut as by the death of its machine. */
    private final RecordingBackend relay = RecordingBackend.scripted(
            conversation -> conversation.relayTo(backend.address().getPort()));

    private final List<ManagedChannel> channels = new ArrayList<>();

    GrpcTest() {
        proxy.listener("https", settings -> settings);
        routeTo(backend.address());
    }

    private void routeTo(InetSocketAddress... addresses) {
        proxy.routeTo(addresses).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
    }

    @AfterEach
    void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        relay.close();
        backend.close();
        proxy.close();
    }

    private ManagedChannel channel(boolean tls) {
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress("localhost", proxy.port(tls ? "https" : "http"))
                .maxInboundMessageSize(64 * MEGABYTE);
        try {
            ManagedChannel channel = (tls
                            ? builder.sslContext(GrpcSslContexts.forClient()
                                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                    .build())
                            : builder.usePlaintext())
                    .build();
            channels.add(channel);
            return channel;
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CallOptions patiently() {
        return CallOptions.DEFAULT.withDeadlineAfter(3, TimeUnit.MINUTES);
    }

    /** What comes on a call, in its order: messages, then the status. */
    private static final class Answers implements StreamObserver<String> {
        private final BlockingQueue<Object> came = new LinkedBlockingQueue<>();

        @Override
        public void onNext(String message) {
            came.add(message);
        }

        @Override
        public void onError(Throwable t) {
            came.add(Status.fromThrowable(t));
        }

        @Override
        public void onCompleted() {
            came.add(Status.OK);
        }

        Object next() throws InterruptedException {
            Object next = came.poll(60, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing comes");
            }
            return next;
        }

        Status status() throws InterruptedException {
            Object next = next();
            if (next instanceof Status status) {
                return status;
            }
            throw new AssertionError("a message: " + next);
        }
    }

    private static StreamObserver<String> call(
            ManagedChannel channel, MethodDescriptor<String, String> method, Answers answers) {
        ClientCall<String, String> call = channel.newCall(method, patiently());
        return method.getType() == MethodDescriptor.MethodType.CLIENT_STREAMING
                ? ClientCalls.asyncClientStreamingCall(call, answers)
                : ClientCalls.asyncBidiStreamingCall(call, answers);
    }

    // ---- Deadlines and cancellation

    @Test
    void aDeadlineReachesTheBackendAsTheClientSaysIt() {
        try (FramePeer client = FramePeer.client(proxy.port())) {
            client.post(
                    1, "/test.Text/Unary", "content-type: application/grpc", "te: trailers", "grpc-timeout: 1234567m");
            client.data(1, true, "\0\0\0\0\2hi");
            Message answer = client.message(1);
            assertThat(answer.body()).isEqualTo("\0\0\0\0\2hi");
            assertThat(answer.heads().getLast()).contains("grpc-status: 0");
        }
        Metadata.Key<String> timeout = Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);
        assertThat(backend.heads())
                .hasSize(1)
                .allSatisfy(head -> assertThat(head.get(timeout)).isEqualTo("1234567m"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeadlineThatPassesEndsTheCallOnBothSides(boolean tls) {
        CallOptions hasty = CallOptions.DEFAULT.withDeadlineAfter(500, TimeUnit.MILLISECONDS);
        ManagedChannel channel = channel(tls);
        Iterator<String> answers = ClientCalls.blockingServerStreamingCall(channel, LISTEN, hasty, "x");
        StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, answers::hasNext);
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await().atMost(LONG).until(() -> backend.begun() == backend.cancelled());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCallThatTheClientCancelsIsCancelledForTheBackend(boolean tls) throws InterruptedException {
        ManagedChannel channel = channel(tls);
        Answers kept = new Answers();
        StreamObserver<String> other = call(channel, ECHO, kept);
        other.onNext("a");
        assertThat(kept.next()).isEqualTo("a");
        for (int i = 1; i <= 20; i++) {
            int calls = i;
            Answers answers = new Answers();
            StreamObserver<String> requests = call(channel, ECHO, answers);
            requests.onNext("x");
            assertThat(answers.next()).isEqualTo("x");
            requests.onError(Status.CANCELLED.asRuntimeException());
            await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> backend.cancelled() == calls);
        }
        other.onNext("b");
        assertThat(kept.next()).isEqualTo("b");
        other.onCompleted();
        assertThat(kept.status().getCode()).isEqualTo(Status.Code.OK);
    }

    // ---- Every kind of call

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyKindOfCallPassesWithItsMetadataAndItsStatus(boolean tls) throws InterruptedException {
        ManagedChannel channel = channel(tls);
        assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, patiently(), "hi"))
                .isEqualTo("hi");
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class, () -> ClientCalls.blockingUnaryCall(channel, UNARY, patiently(), "fail"));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(failure.getStatus().getDescription()).isEqualTo("no such thing");

        Iterator<String> flood = ClientCalls.blockingServerStreamingCall(channel, FLOOD, patiently(), "3 x 10");
        assertThat(flood).toIterable().containsExactly("x".repeat(10), "x".repeat(10), "x".repeat(10));

        Answers sum = new Answers();
        StreamObserver<String> parts = call(channel, SUM, sum);
        List.of("a", "bc", "def").forEach(parts::onNext);
        parts.onCompleted();
        assertThat(sum.next()).isEqualTo("6");
        assertThat(sum.status().getCode()).isEqualTo(Status.Code.OK);

        Answers echo = new Answers();
        StreamObserver<String> said = call(channel, ECHO, echo);
        for (String each : List.of("a", "bc", "")) {
            said.onNext(each);
            assertThat(echo.next()).isEqualTo(each);
        }
        said.onCompleted();
        assertThat(echo.status().getCode()).isEqualTo(Status.Code.OK);
        assertThat(backend.heads())
                .hasSize(5)
                .allSatisfy(head -> assertThat(
                                head.get(Metadata.Key.of("x-forwarded-proto", Metadata.ASCII_STRING_MARSHALLER)))
                        .isEqualTo(tls ? "https" : "http"));
    }

    // ---- Streams

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHundredStreamsTalkAtOnceOverOneConnection(boolean tls) throws InterruptedException {
        ManagedChannel channel = channel(tls);
        int streams = 100;
        List<Answers> answers = new ArrayList<>();
        List<StreamObserver<String>> requests = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            answers.add(new Answers());
            requests.add(call(channel, ECHO, answers.get(i)));
        }
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < streams; i++) {
                requests.get(i).onNext(round + " of " + i + " " + "x".repeat(i * round));
            }
            for (int i = 0; i < streams; i++) {
                assertThat(answers.get(i).next()).isEqualTo(round + " of " + i + " " + "x".repeat(i * round));
            }
            assertThat(backend.begun()).isEqualTo(streams);
            assertThat(proxy.exchanges()).isEmpty();
        }
        assertThat(proxy.connections()).isEqualTo(1);
        requests.forEach(StreamObserver::onCompleted);
        for (Answers each : answers) {
            assertThat(each.status().getCode()).isEqualTo(Status.Code.OK);
        }
        assertThat(backend.cancelled()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackendGoesOnAfterTheClientHasSaidEverything(boolean tls) throws InterruptedException {
        Answers answers = new Answers();
        ClientCalls.asyncServerStreamingCall(channel(tls).newCall(LISTEN, patiently()), "x", answers);
        for (int i = 0; i < 50; i++) {
            backend.say("message " + i); // each only when the one before has arrived
            assertThat(answers.next()).isEqualTo("message " + i);
        }
        backend.say(END);
        assertThat(answers.status().getCode()).isEqualTo(Status.Code.OK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackendMayEndACallBeforeTheClientHasSaidEverything(boolean tls) throws InterruptedException {
        Answers answers = new Answers();
        StreamObserver<String> requests = call(channel(tls), SUM, answers);
        requests.onNext("x".repeat(100));
        requests.onNext("enough");
        assertThat(answers.next()).isEqualTo("106");
        assertThat(answers.status().getCode()).isEqualTo(Status.Code.OK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void largeMessagesPassBothWays(boolean tls) throws InterruptedException {
        Answers answers = new Answers();
        StreamObserver<String> requests = call(channel(tls), ECHO, answers);
        for (int i = 1; i <= 5; i++) {
            String message = String.valueOf(i).repeat(4 * MEGABYTE);
            requests.onNext(message);
            assertThat(answers.next()).isEqualTo(message);
        }
        requests.onCompleted();
        assertThat(answers.status().getCode()).isEqualTo(Status.Code.OK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatTakesNoMessagesStopsItsBackendAndGetsAllLater(boolean tls) throws InterruptedException {
        int count = 1_000;
        Answers answers = new Answers();
        ClientCall<String, String> call = channel(tls).newCall(FLOOD, patiently());
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(String message) {
                        answers.onNext(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        answers.came.add(status);
                    }
                },
                new Metadata());
        call.sendMessage(count + " x 65536");
        call.halfClose();
        call.request(1);
        assertThat(answers.next()).isEqualTo("x".repeat(65_536));
        await().atMost(LONG).during(Duration.ofMillis(500)).until(new Standstill(backend::flooded));
        // Windows of client, proxy and backend, and what the transports hold ahead.
        assertThat(backend.flooded()).isLessThan(8L * MEGABYTE);
        call.request(count);
        for (int i = 1; i < count; i++) {
            assertThat((String) answers.next()).hasSize(65_536);
        }
        assertThat(answers.status().getCode()).isEqualTo(Status.Code.OK);
    }

    // ---- The end of the backend

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theDeathOfABackendIsUnavailableForItsCalls(boolean tls) throws InterruptedException {
        routeTo(relay.address());
        ManagedChannel channel = channel(tls);
        Answers begun = new Answers();
        StreamObserver<String> requests = call(channel, ECHO, begun);
        requests.onNext("x");
        assertThat(begun.next()).isEqualTo("x");
        Answers halfClosed = new Answers();
        ClientCalls.asyncServerStreamingCall(channel.newCall(LISTEN, patiently()), "x", halfClosed);
        backend.say("y");
        assertThat(halfClosed.next()).isEqualTo("y");
        Answers unanswered = new Answers();
        ClientCalls.asyncServerStreamingCall(channel.newCall(LISTEN, patiently()), "x", unanswered);
        await().atMost(LONG).until(() -> backend.begun() == 3);

        relay.close();
        for (Answers each : List.of(begun, halfClosed, unanswered)) {
            Status status = each.status();
            assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status.getDescription()).contains("backend-closed");
        }
        assertThat(proxy.connections()).isEqualTo(1);
    }

    @Test
    void aBackendThatStopsInAnOrderlyWayIsReplacedForTheNextCall() throws InterruptedException {
        ManagedChannel channel = channel(false);
        assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, patiently(), "one"))
                .isEqualTo("one");
        try (GrpcBackend next = new GrpcBackend()) {
            routeTo(next.address());
            backend.close();
            assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, patiently(), "two"))
                    .isEqualTo("two");
            assertThat(next.begun()).isEqualTo(1);
        }
    }
}
