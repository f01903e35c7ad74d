package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.listen.StreamingClient.End;
import dev.gatehouse.dataplane.listen.StreamingClient.Way;
import dev.gatehouse.snapshot.proto.Upstream;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** A data plane in front of a backend that speaks gRPC, and what clients of gRPC-Web say to it and read. */
final class GrpcWebFixture implements AutoCloseable {
    static final String PATH = "/test.Text/Unary";

    /** What the client speaks. */
    enum Kind {
        BINARY("application/grpc-web+proto"),
        TEXT("application/grpc-web-text+proto");

        final String type;

        Kind(String type) {
            this.type = type;
        }

        String encoded(String octets) {
            return this == BINARY
                    ? octets
                    : Base64.getEncoder().encodeToString(octets.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Reads a body: in text, each group of four by itself, as browsers do that read a stream. */
        String decoded(String body) {
            if (this == BINARY) {
                return body;
            }
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            for (int i = 0; i < body.length(); i += 4) {
                octets.writeBytes(Base64.getDecoder().decode(body.substring(i, i + 4)));
            }
            return octets.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** A message of gRPC, or the trailers of gRPC-Web. */
    record Part(boolean trailers, String content) {}

    private final ProxyFixture proxy = StreamingClient.proxy();
    private final GrpcBackend backend = new GrpcBackend();

    GrpcWebFixture() {
        routeTo(backend.address());
    }

    ProxyFixture proxy() {
        return proxy;
    }

    GrpcBackend backend() {
        return backend;
    }

    /** Sends everything to backends that speak gRPC. */
    void routeTo(InetSocketAddress... addresses) {
        proxy.routeTo(addresses).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
    }

    /** Of each way to speak to the data plane, each kind. */
    static Stream<Arguments> all() {
        return Stream.of(Way.values()).flatMap(way -> Stream.of(Kind.values()).map(kind -> Arguments.of(way, kind)));
    }

    /** A message as it is framed. */
    static String message(String content) {
        return new String(
                        ByteBuffer.allocate(5)
                                .put((byte) 0)
                                .putInt(content.length())
                                .array(),
                        StandardCharsets.ISO_8859_1)
                + content;
    }

    static List<Part> parts(String body) {
        ByteBuffer octets = ByteBuffer.wrap(body.getBytes(StandardCharsets.ISO_8859_1));
        List<Part> parts = new ArrayList<>();
        while (octets.hasRemaining()) {
            boolean trailers = octets.get() == (byte) 0x80;
            byte[] content = new byte[octets.getInt()];
            octets.get(content);
            parts.add(new Part(trailers, new String(content, StandardCharsets.ISO_8859_1)));
        }
        return parts;
    }

    /** The head of a call. */
    static StreamingClient call(StreamingClient client, Kind kind, String path, String... more) {
        String[] fields = Arrays.copyOf(more, more.length + 2);
        fields[more.length] = "content-type: " + kind.type;
        fields[more.length + 1] = "x-grpc-web: 1";
        return client.request("POST", path, fields);
    }

    /** What came behind the head, which is always that of a success. */
    static List<Part> answer(StreamingClient client, Kind kind) {
        assertThat(client.status()).isEqualTo(200);
        assertThat(client.field("content-type")).isEqualTo(kind.type);
        assertThat(client.field("grpc-status")).isEmpty();
        End end = client.readToEnd();
        assertThat(end.complete()).isTrue();
        assertThat(end.trailers()).isEmpty();
        return parts(kind.decoded(end.rest()));
    }

    @Override
    public void close() {
        backend.close();
        proxy.close();
    }
}
