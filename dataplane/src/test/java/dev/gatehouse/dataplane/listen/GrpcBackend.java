package dev.gatehouse.dataplane.listen;

import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** gRPC's own server with a service whose messages are text, each octet the character of its number. */
final class GrpcBackend implements AutoCloseable {
    private static final int MAX_MESSAGE = 64 << 20;

    /** Answers with what it got; {@code fail} fails with NOT_FOUND. */
    static final MethodDescriptor<String, String> UNARY = method("Unary", MethodType.UNARY);
    /** Answers with what {@link #say} says, until {@link #END}. */
    static final MethodDescriptor<String, String> LISTEN = method("Listen", MethodType.SERVER_STREAMING);
    /** Sends {@code count x size} octets as fast as it may. */
    static final MethodDescriptor<String, String> FLOOD = method("Flood", MethodType.SERVER_STREAMING);
    /** Tells the sum of the lengths at the end; ends at once when a message is {@code enough}. */
    static final MethodDescriptor<String, String> SUM = method("Sum", MethodType.CLIENT_STREAMING);
    /** Answers each message with itself. */
    static final MethodDescriptor<String, String> ECHO = method("Echo", MethodType.BIDI_STREAMING);

    static final String END = "";

    private final Server server;
    private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
    private final List<Metadata> heads = new CopyOnWriteArrayList<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicLong flooded = new AtomicLong();

    GrpcBackend() {
        this(Integer.MAX_VALUE);
    }

    /** @param streams that it takes at a time over one connection */
    GrpcBackend(int streams) {
        try {
            server = NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            InsecureServerCredentials.create())
                    .maxInboundMessageSize(MAX_MESSAGE)
                    .maxConcurrentCallsPerConnection(streams)
                    .intercept(new Noting())
                    .addService(service())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MethodDescriptor<String, String> method(String name, MethodType type) {
        return MethodDescriptor.<String, String>newBuilder()
                .setType(type)
                .setFullMethodName("test.Text/" + name)
                .setRequestMarshaller(new TextMarshaller())
                .setResponseMarshaller(new TextMarshaller())
                .build();
    }

    private static final class TextMarshaller implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final class Noting implements ServerInterceptor {
        @Override
        public <A, B> ServerCall.Listener<A> interceptCall(
                ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
            heads.add(headers);
            begun.incrementAndGet();
            return new io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
                    next.startCall(call, headers)) {
                @Override
                public void onCancel() {
                    cancelled.incrementAndGet();
                    super.onCancel();
                }

                @Override
                public void onMessage(A message) {
                    received.incrementAndGet();
                    super.onMessage(message);
                }
            };
        }
    }

    private ServerServiceDefinition service() {
        return ServerServiceDefinition.builder("test.Text")
                .addMethod(UNARY, ServerCalls.asyncUnaryCall(GrpcBackend::unary))
                .addMethod(LISTEN, ServerCalls.asyncServerStreamingCall(this::listen))
                .addMethod(FLOOD, ServerCalls.asyncServerStreamingCall(this::flood))
                .addMethod(SUM, ServerCalls.asyncClientStreamingCall(Sum::new))
                .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(Echo::new))
                .build();
    }

    private static void unary(String request, StreamObserver<String> answers) {
        if (request.equals("fail")) {
            answers.onError(Status.NOT_FOUND.withDescription("no such thing").asRuntimeException());
            return;
        }
        answers.onNext(request);
        answers.onCompleted();
    }

    private void listen(String request, StreamObserver<String> answers) {
        ((ServerCallStreamObserver<String>) answers).setOnCancelHandler(() -> {});
        Thread.ofVirtual().start(() -> {
            try {
                for (String next = said.take(); !next.equals(END); next = said.take()) {
                    answers.onNext(next);
                }
                answers.onCompleted();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void flood(String request, StreamObserver<String> answers) {
        int count = Integer.parseInt(request.split(" x ")[0]);
        String message = "x".repeat(Integer.parseInt(request.split(" x ")[1]));
        ServerCallStreamObserver<String> out = (ServerCallStreamObserver<String>) answers;
        AtomicInteger left = new AtomicInteger(count);
        out.setOnReadyHandler(() -> {
            while (out.isReady() && left.get() > 0) {
                flooded.addAndGet(message.length());
                out.onNext(message);
                if (left.decrementAndGet() == 0) {
                    out.onCompleted();
                }
            }
        });
    }

    private static final class Sum implements StreamObserver<String> {
        private final StreamObserver<String> answers;
        private long sum;
        private boolean over;

        Sum(StreamObserver<String> answers) {
            this.answers = answers;
        }

        @Override
        public void onNext(String message) {
            sum += message.length();
            if (message.equals("enough")) {
                onCompleted();
            }
        }

        @Override
        public void onError(Throwable t) {
            over = true;
        }

        @Override
        public void onCompleted() {
            if (!over) {
                over = true;
                answers.onNext(String.valueOf(sum));
                answers.onCompleted();
            }
        }
    }

    private record Echo(StreamObserver<String> answers) implements StreamObserver<String> {
        @Override
        public void onNext(String message) {
            answers.onNext(message);
        }

        @Override
        public void onError(Throwable t) {
            // Cancelled: nobody wants an answer.
        }

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    /** What {@link #LISTEN} answers next. */
    void say(String message) {
        said.add(message);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
    }

    /** Heads of the calls that arrived. */
    List<Metadata> heads() {
        return List.copyOf(heads);
    }

    int begun() {
        return begun.get();
    }

    int cancelled() {
        return cancelled.get();
    }

    /** Messages that arrived. */
    int received() {
        return received.get();
    }

    /** Octets that {@link #FLOOD} has handed to its transport. */
    long flooded() {
        return flooded.get();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
