package dev.gatehouse.dataplane.listen;

import dev.gatehouse.testkit.TestCertificate;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLPeerUnverifiedException;

/** A backend with TLS that answers with what it has seen: version, server name, who the client is, body. */
final class TlsBackend implements AutoCloseable {
    private final HttpServer server;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<String> seen = new CopyOnWriteArrayList<>();

    TlsBackend(Vertx vertx, TestCertificate certificate, HttpVersion... spoken) {
        this(vertx, certificate, options -> options.setAlpnVersions(List.of(spoken)));
    }

    TlsBackend(Vertx vertx, TestCertificate certificate, UnaryOperator<HttpServerOptions> change) {
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setSni(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertValue(Buffer.buffer(certificate.certificatePem()))
                        .addKeyValue(Buffer.buffer(certificate.keyPem())));
        server = vertx.createHttpServer(change.apply(options))
                .connectionHandler(connection -> connections.incrementAndGet())
                .webSocketHandler(socket -> socket.textMessageHandler(socket::writeTextMessage))
                .requestHandler(this::answer);
        try {
            server.listen(0, "127.0.0.1").await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Only for clients with a certificate of this authority. */
    static UnaryOperator<HttpServerOptions> demanding(TestCertificate authority, HttpVersion version) {
        return options -> options.setAlpnVersions(List.of(version))
                .setClientAuth(ClientAuth.REQUIRED)
                .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(authority.certificatePem())));
    }

    private void answer(HttpServerRequest request) {
        String client = client(request);
        request.body().onSuccess(body -> {
            seen.add(request.method() + " " + request.uri());
            boolean grpc = "application/grpc".equals(request.getHeader("content-type"));
            if (grpc) {
                request.response()
                        .putHeader("content-type", "application/grpc")
                        .setChunked(true)
                        .putTrailer("grpc-status", "0");
            }
            request.response()
                    .end(
                            grpc
                                    ? body
                                    : Buffer.buffer(String.join(
                                            " ",
                                            request.version().name(),
                                            String.valueOf(request.connection().indicatedServerName()),
                                            client,
                                            body.toString())));
        });
    }

    private static String client(HttpServerRequest request) {
        try {
            return ((X509Certificate) request.sslSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        } catch (SSLPeerUnverifiedException e) {
            return "nobody";
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort());
    }

    /** Connections whose handshake was completed. */
    int connections() {
        return connections.get();
    }

    /** Methods and targets of the requests that arrived. */
    List<String> requests() {
        return List.copyOf(seen);
    }

    @Override
    public void close() {
        try {
            server.close().await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
