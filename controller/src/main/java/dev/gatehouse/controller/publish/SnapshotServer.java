package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.trust.ServerIdentity;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the one gRPC call there is, {@code SnapshotPush/Stream}, over HTTP/2 and TLS on Vert.x's event loops. No byte of a
 * snapshot leaves before the node has proved who it is. Thread-safe.
 */
public final class SnapshotServer {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotServer.class);
    private static final int MAX_HEADER_BYTES = 32 * 1024;
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final List<String> PROTOCOLS = List.of("h2");
    private static final String BEARER = "Bearer ";

    private final Vertx vertx;
    private final Publisher publisher;
    private final Authenticator authenticator;
    private final PushLimits limits;
    private final RandomGenerator random;
    private final HttpServer server;
    private final Set<ServerStream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicLong numbers = new AtomicLong();

    /**
     * @param identity the controller's certificate and key
     * @param random spreads the ends of streams over time
     */
    public SnapshotServer(
            Vertx vertx,
            Publisher publisher,
            Authenticator authenticator,
            ServerIdentity identity,
            PushLimits limits,
            RandomGenerator random) {
        this.vertx = vertx;
        this.publisher = publisher;
        this.authenticator = authenticator;
        this.limits = limits;
        this.random = random;
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setAlpnVersions(List.of(HttpVersion.HTTP_2))
                .setKeyCertOptions(keyCert(identity))
                .setTcpNoDelay(true)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout((int) limits.silence().toMillis());
        options.getInitialSettings().setMaxHeaderListSize(MAX_HEADER_BYTES);
        this.server = vertx.createHttpServer(options).requestHandler(this::accept);
    }

    /** Listens; the result is the port. */
    public Future<Integer> start(String host, int port) {
        return server.listen(port, host).map(HttpServer::actualPort);
    }

    /** Presents another certificate to those that connect from now on; open streams stay. */
    public Future<Void> replaceIdentity(ServerIdentity identity) {
        ServerSSLOptions options = new ServerSSLOptions();
        options.setKeyCertOptions(keyCert(identity));
        options.setApplicationLayerProtocols(PROTOCOLS);
        return server.updateSSLOptions(options).mapEmpty();
    }

    /** Takes no more streams, ends the open ones so that their nodes go to another replica at once, and stops listening. */
    public Future<Void> close() {
        streams.forEach(ServerStream::goAway);
        return server.shutdown(GOODBYE);
    }

    private static PemKeyCertOptions keyCert(ServerIdentity identity) {
        return new PemKeyCertOptions()
                .addCertValue(Buffer.buffer(identity.certificatePem()))
                .addKeyValue(Buffer.buffer(identity.keyPem()));
    }

    private void accept(HttpServerRequest request) {
        if (!Frames.PATH.equals(request.path()) || !HttpMethod.POST.equals(request.method())) {
            GrpcCall.end(request, GrpcStatus.UNIMPLEMENTED, "the one call served here is " + Frames.PATH);
            return;
        }
        String authorization = request.getHeader("authorization");
        if (authorization == null || !authorization.startsWith(BEARER)) {
            deny(request, "no bearer token", GrpcStatus.UNAUTHENTICATED, "a ServiceAccount token is required");
            return;
        }
        request.pause();
        Context context = vertx.getOrCreateContext();
        authenticator
                .authenticate(authorization.substring(BEARER.length()))
                // One check may serve several streams: it completes wherever it was begun.
                .onComplete(checked -> context.runOnContext(nothing -> {
                    if (checked.succeeded()) {
                        open(request, checked.result());
                    } else {
                        denied(request, checked.cause());
                    }
                }));
    }

    private void open(HttpServerRequest request, NodeIdentity identity) {
        if (request.response().closed()) {
            return;
        }
        long quarter = Math.max(1, limits.lifetime().toMillis() / 4);
        Duration lifetime = limits.lifetime().minusMillis(random.nextLong(quarter));
        ServerStream stream = new ServerStream(
                numbers.incrementAndGet(), vertx, publisher, limits, lifetime, identity, request, streams::remove);
        streams.add(stream);
        stream.begin();
    }

    private void denied(HttpServerRequest request, Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        if (failure instanceof Authenticator.DeniedException) {
            deny(request, reason, GrpcStatus.UNAUTHENTICATED, "the token is not accepted");
        } else {
            deny(request, reason, GrpcStatus.UNAVAILABLE, "the token cannot be checked now");
        }
    }

    private void deny(HttpServerRequest request, String reason, GrpcStatus status, String toldToPeer) {
        publisher.counters().streamDenied();
        LOG.warn("event=stream_denied peer={} reason=\"{}\"", request.remoteAddress(), reason);
        GrpcCall.end(request, status, toldToPeer);
    }
}
