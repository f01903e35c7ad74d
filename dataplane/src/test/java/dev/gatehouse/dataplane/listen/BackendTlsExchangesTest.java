package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that can be carried, over TLS to the backend. */
final class BackendTlsExchangesTest {
    private static final String NAME = "api.shop.svc";
    private static final TestCertificate CERTIFICATE = TestCertificate.of(NAME);

    /** Octets that a WebSocket's client sends before its end. */
    private static final int UP = 100_000;

    private static final byte[] MESSAGE = {0, 0, 0, 0, 2, 1, 2};

    private final ProxyFixture proxy = new ProxyFixture();

    /** A field: Vert.x closes clients that the garbage collector finds unused, calls in progress or not. */
    private final HttpClientAgent http2 = proxy.vertx()
            .createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));

    @AfterEach
    void close() {
        proxy.close();
    }

    private ProxyFixture trusting() {
        return trusting(upstream -> upstream);
    }

    private ProxyFixture trusting(UnaryOperator<Upstream.Builder> more) {
        try {
            ByteString trusted = ByteString.copyFrom(CERTIFICATE.certificate().getEncoded());
            return proxy.upstream(upstream -> more.apply(upstream)
                    .setTls(Upstream.Tls.newBuilder().setServerName(NAME).addTrusted(trusted)));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** It is not known yet what the backend speaks when the body arrives. */
    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aBodyThatWaitsForTheHandshakeArrivesWhole(HttpVersion version) {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), CERTIFICATE, version)) {
            proxy.routeTo(backend.address());
            trusting();
            try (RawClient client = proxy.client()) {
                for (int i = 0; i < 2; i++) {
                    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
                    assertThat(client.readResponse().rawBody()).endsWith("nobody hello world");
                    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
                    assertThat(client.readResponse().rawBody()).endsWith("nobody hello");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aLargeBodyPassesBothWays(HttpVersion version) {
        String body = "0123456789abcdef".repeat(64 * 1024);
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), CERTIFICATE, version)) {
            proxy.routeTo(backend.address());
            trusting();
            try (RawClient client = proxy.client()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                assertThat(client.readResponse().rawBody()).endsWith("nobody " + body);
            }
        }
    }

    @Test
    void manyExchangesThatComeBeforeTheBackendHasChosenAreAllServed() {
        for (HttpVersion version : List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)) {
            try (TlsBackend backend = new TlsBackend(proxy.vertx(), CERTIFICATE, version)) {
                proxy.routeTo(backend.address());
                trusting();
                List<RawClient> clients = new CopyOnWriteArrayList<>();
                for (int i = 0; i < 20; i++) {
                    clients.add(proxy.client().send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n"));
                }
                for (RawClient client : clients) {
                    try (client) {
                        assertThat(client.readResponse().status()).isEqualTo(200);
                    }
                }
                assertThat(backend.requests()).hasSize(20).doesNotHaveDuplicates();
            }
        }
    }

    private record Call(HttpClientResponse response, Buffer body) {}

    /** One gRPC call over HTTP/2 in clear text, with one message of two octets. */
    private Call call() throws Exception {
        return http2.request(HttpMethod.POST, proxy.port(), "127.0.0.1", "/shop.Api/Get")
                .compose(request -> {
                    // The body is asked for before anything is sent: later might be after its first octets.
                    Future<Call> call = request.response()
                            .compose(response -> response.body().map(body -> new Call(response, body)));
                    return request.putHeader("content-type", "application/grpc")
                            .putHeader("te", "trailers")
                            .send(Buffer.buffer(MESSAGE))
                            .compose(sent -> call);
                })
                .await(20, TimeUnit.SECONDS);
    }

    /** gRPC is HTTP/2 on both sides: its status comes in trailers. */
    @Test
    void grpcReachesABackendWithTls() throws Exception {
        try (TlsBackend backend =
                new TlsBackend(proxy.vertx(), CERTIFICATE, HttpVersion.HTTP_2, HttpVersion.HTTP_1_1)) {
            proxy.routeTo(backend.address()).listener(l -> l.setHttp2Cleartext(true));
            trusting();
            Call call = call();
            assertThat(call.response().version()).isEqualTo(HttpVersion.HTTP_2);
            assertThat(call.body().getBytes()).isEqualTo(MESSAGE);
            assertThat(call.response().getTrailer("grpc-status")).isEqualTo("0");
            assertThat(backend.requests()).containsExactly("POST /shop.Api/Get");
        }
    }

    @Test
    void aGrpcCallIsToldWhichCheckHasFailed() throws Exception {
        try (TlsBackend backend = new TlsBackend(proxy.vertx(), TestCertificate.of(NAME), HttpVersion.HTTP_2)) {
            proxy.routeTo(backend.address()).listener(l -> l.setHttp2Cleartext(true));
            trusting();
            Call call = call();
            assertThat(call.response().getHeader("gatehouse-reason")).isEqualTo("backend-certificate-untrusted");
            assertThat(call.response().getHeader("grpc-status")).isEqualTo("14");
        }
    }

    /** The same backend speaks HTTP/2 for everything else. */
    @Test
    void aWebSocketIsOpenedOverHttp11() {
        try (TlsBackend backend =
                new TlsBackend(proxy.vertx(), CERTIFICATE, HttpVersion.HTTP_2, HttpVersion.HTTP_1_1)) {
            proxy.routeTo(backend.address());
            trusting();
            try (RawClient client = proxy.client();
                    RawClient other = proxy.client()) {
                assertThat(other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                                .readResponse()
                                .rawBody())
                        .contains("HTTP_2");
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
                assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
                // One masked text frame with the mask 0, and the backend's without one.
                client.send(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'});
                assertThat(client.readExactly(4)).isEqualTo("\u0081\u0002hi");
                assertThat(other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                                .readResponse()
                                .rawBody())
                        .contains("HTTP_2");
            }
        }
    }

    /** The header comes before TLS, as load balancers send it, and the connection serves one exchange. */
    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aProxyHeaderStandsBeforeTls(HttpVersion version) {
        List<String> headers = new CopyOnWriteArrayList<>();
        try (TlsBackend tls = new TlsBackend(proxy.vertx(), CERTIFICATE, version);
                RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    headers.add(conversation.line());
                    conversation.relayTo(tls.address().getPort());
                });
                RawClient client = proxy.client()) {
            proxy.routeTo(backend.address());
            trusting(upstream -> upstream.setProxyProtocol(Upstream.ProxyProtocol.V1));
            for (int i = 0; i < 2; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
                assertThat(client.readResponse().rawBody()).endsWith(version + " " + NAME + " nobody hi");
            }
            String header =
                    "PROXY TCP4 127.0.0.1 127.0.0.1 " + client.socket().getLocalPort() + " " + proxy.port() + "\r\n";
            assertThat(headers).containsExactly(header, header);
            assertThat(backend.failures()).isEmpty();
        }
    }

    /** A body without length ends with the connection: only TLS's own end shows that nobody cut it off (RFC 9112, 9.8). */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBodyThatEndsWithTheConnectionIsCompleteOnlyIfTlsEndsToo(boolean cleanly) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                RawClient client = proxy.client()) {
            Thread.ofVirtual().start(() -> answerUntilClose(listening, cleanly));
            proxy.routeTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort()));
            trusting();
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200").containsIgnoringCase("transfer-encoding: chunked");
            assertThat(client.readExactly(10)).isEqualTo("5\r\nhello\r\n");
            if (cleanly) {
                assertThat(client.readExactly(5)).isEqualTo("0\r\n\r\n");
            } else {
                assertThat(client.readToEnd()).isEmpty();
            }
        }
    }

    /** RFC 8446, 6.1: who will send no more says so in TLS, then in TCP; what the backend still has to say arrives. */
    @Test
    void theEndOfAWebSocketsClientEndsTlsAndTheConnectionBelowIt() throws Exception {
        CompletableFuture<List<Integer>> ends = new CompletableFuture<>();
        try (ServerSocket listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                RawClient client = proxy.client()) {
            Thread.ofVirtual().start(() -> ends.completeAsync(() -> openAndReadToTheEnd(listening), Runnable::run));
            proxy.routeTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort()));
            trusting();
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            client.send("u".repeat(UP)).socket().shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("late");
            assertThat(ends.get(20, TimeUnit.SECONDS)).containsExactly(-1, -1);
        }
    }

    /** What a read behind the client's octets gives inside of TLS, and then below it. */
    private static List<Integer> openAndReadToTheEnd(ServerSocket listening) {
        try (Socket plain = listening.accept()) {
            plain.setSoTimeout(10_000);
            SSLSocket tls =
                    (SSLSocket) CERTIFICATE.serverContext().getSocketFactory().createSocket(plain, null, false);
            readHead(tls);
            tls.getOutputStream()
                    .write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            tls.getInputStream().readNBytes(UP);
            int inside = tls.getInputStream().read();
            int below = plain.getInputStream().read();
            tls.getOutputStream().write("late".getBytes(StandardCharsets.US_ASCII));
            tls.close();
            return List.of(inside, below);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A session that is resumed (RFC 8446, 2.2) is as old as its first handshake. */
    @Test
    void theNextConnectionToTheSameAddressResumesTheSession() throws Exception {
        SSLContext context = CERTIFICATE.serverContext();
        List<Long> created = new CopyOnWriteArrayList<>();
        try (ServerSocket listening =
                        context.getServerSocketFactory().createServerSocket(0, 8, InetAddress.getLoopbackAddress());
                RawClient client = proxy.client()) {
            Thread.ofVirtual().start(() -> answerAndClose(listening, created));
            proxy.routeTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort()));
            trusting();
            for (int i = 0; i < 3; i++) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(created).hasSize(3).containsOnly(created.getFirst());
        }
    }

    private static void answerAndClose(ServerSocket listening, List<Long> created) {
        try {
            while (true) {
                try (SSLSocket tls = (SSLSocket) listening.accept()) {
                    readHead(tls);
                    created.add(tls.getSession().getCreationTime());
                    tls.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (SocketException e) {
            assertThat(listening.isClosed()).isTrue();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void readHead(Socket socket) throws IOException {
        int newlines = 0;
        while (newlines < 2) {
            int b = socket.getInputStream().read();
            newlines = b == '\n' ? newlines + 1 : b == '\r' ? newlines : 0;
        }
    }

    private static void answerUntilClose(ServerSocket listening, boolean cleanly) {
        try (Socket plain = listening.accept()) {
            SSLSocket tls =
                    (SSLSocket) CERTIFICATE.serverContext().getSocketFactory().createSocket(plain, null, true);
            readHead(tls);
            tls.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
            if (cleanly) {
                tls.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
