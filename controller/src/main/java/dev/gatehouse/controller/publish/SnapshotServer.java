package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.KeyCertOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the one gRPC call there is, {@code SnapshotPush/Stream}, over HTTP/2 and TLS on Vert.x's event loops. No byte of a
 * snapshot leaves before the node has proved who it is.
 */
public final class SnapshotServer {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotServer.class);
    private static final int MAX_HEADER_BYTES = 32 * 1024;

    private final Vertx vertx;
    private final Publisher publisher;
    private final Authenticator authenticator;
    private final HttpServer server;

    /** @param identity the controller's certificate and key */
    public SnapshotServer(Vertx vertx, Publisher publisher, Authenticator authenticator, KeyCertOptions identity) {
        this.vertx = vertx;
        this.publisher = publisher;
        this.authenticator = authenticator;
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(identity)
                .setTcpNoDelay(true)
                .setIdleTimeout(0);
        options.getInitialSettings().setMaxHeaderListSize(MAX_HEADER_BYTES);
        this.server = vertx.createHttpServer(options).requestHandler(this::accept);
    }

    /** Listens; the result is the port. */
    public Future<Integer> start(String host, int port) {
        return server.listen(port, host).map(HttpServer::actualPort);
    }

    /** Presents another certificate to those that connect from now on; open streams stay. */
    public Future<Void> replaceIdentity(KeyCertOptions identity) {
        var options = new io.vertx.core.net.ServerSSLOptions();
        options.setKeyCertOptions(identity);
        options.setApplicationLayerProtocols(java.util.List.of("h2", "http/1.1"));
        return server.updateSSLOptions(options).mapEmpty();
    }

    /** Ends all streams. */
    public Future<Void> close() {
        return server.close();
    }

    private void accept(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2
                || !HttpMethod.POST.equals(request.method())
                || !Frames.PATH.equals(request.path())) {
            request.response().setStatusCode(404).end();
            return;
        }
        String authorization = request.getHeader("authorization");
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            LOG.warn("event=stream_denied peer={} reason=\"no bearer token\"", request.remoteAddress());
            GrpcStatus.UNAUTHENTICATED.end(request.response(), "a ServiceAccount token is required");
            return;
        }
        request.pause();
        authenticator
                .authenticate(authorization.substring("Bearer ".length()))
                .onSuccess(identity -> new ServerStream(vertx, publisher, identity, request).begin())
                .onFailure(failure -> deny(request, failure));
    }

    private static void deny(HttpServerRequest request, Throwable failure) {
        LOG.warn("event=stream_denied peer={} reason=\"{}\"", request.remoteAddress(), failure.getMessage());
        if (failure instanceof Authenticator.DeniedException) {
            GrpcStatus.UNAUTHENTICATED.end(request.response(), "the token is not accepted");
        } else {
            GrpcStatus.UNAVAILABLE.end(request.response(), "the token cannot be checked now");
        }
        request.resume();
    }
}
