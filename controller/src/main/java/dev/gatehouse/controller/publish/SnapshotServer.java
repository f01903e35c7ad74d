package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.snapshot.proto.EnrollResponse;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the gRPC service {@code SnapshotPush} over HTTP/2 and TLS on Vert.x's event loops: {@code Enroll} gives a node its
 * certificate, {@code Stream} gives one that shows its certificate the snapshot of its fleet. No byte of a snapshot leaves
 * before the node has proved who it is. Thread-safe.
 */
public final class SnapshotServer {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotServer.class);
    private static final int MAX_HEADER_BYTES = 32 * 1024;
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final List<String> PROTOCOLS = List.of("h2");
    private static final Set<String> VERSIONS = Set.of("TLSv1.3");
    private static final String BEARER = "Bearer ";

    private final Vertx vertx;
    private final Publisher publisher;
    private final Admission admission;
    private final PushLimits limits;
    private final RandomGenerator random;
    private final Enrolment enrolment;
    private final HttpServer server;
    private final Set<ServerStream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicLong numbers = new AtomicLong();
    private volatile TrustMaterial trust;

    /**
     * @param trust the controller's certificate and key, and the authority of nodes' certificates
     * @param random spreads the ends of streams over time
     */
    public SnapshotServer(
            Vertx vertx,
            Publisher publisher,
            Admission admission,
            TrustMaterial trust,
            PushLimits limits,
            RandomGenerator random) {
        this.vertx = vertx;
        this.publisher = publisher;
        this.admission = admission;
        this.trust = trust;
        this.limits = limits;
        this.random = random;
        this.enrolment = new Enrolment(publisher, admission.nodes(), () -> this.trust, admission.clock());
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setSslEngineOptions(
                        OpenSSLEngineOptions.isAvailable() ? new OpenSSLEngineOptions() : new JdkSSLEngineOptions())
                .setUseAlpn(true)
                .setAlpnVersions(List.of(HttpVersion.HTTP_2))
                .setEnabledSecureTransportProtocols(VERSIONS)
                .setClientAuth(ClientAuth.REQUEST)
                .setKeyCertOptions(keyCert(trust))
                .setTrustOptions(trusted(trust))
                .setTcpNoDelay(true)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout((int) limits.silence().toMillis());
        options.getInitialSettings().setMaxHeaderListSize(MAX_HEADER_BYTES);
        this.server = vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::accept);
        admission.nodes().onChange(uid -> streams.forEach(stream -> stream.podChanged(uid)));
    }

    /** Listens; the result is the port. */
    public Future<Integer> start(String host, int port) {
        return server.listen(port, host).map(HttpServer::actualPort);
    }

    /** Presents and believes other certificates from now on; streams whose certificates are still believed stay open. */
    public Future<Void> replaceTrust(TrustMaterial next) {
        trust = next;
        ServerSSLOptions options = new ServerSSLOptions();
        options.setClientAuth(ClientAuth.REQUEST);
        options.setKeyCertOptions(keyCert(next));
        options.setTrustOptions(trusted(next));
        options.setEnabledSecureTransportProtocols(VERSIONS);
        options.setApplicationLayerProtocols(PROTOCOLS);
        return server.updateSSLOptions(options).onComplete(done -> recheck()).mapEmpty();
    }

    private void recheck() {
        streams.forEach(stream -> stream.trustChanged(chain -> {
            try {
                enrolment.verify(chain);
                return true;
            } catch (GeneralSecurityException e) {
                return false;
            }
        }));
    }

    /** Takes no more streams, ends the open ones so that their nodes go to another replica at once, and stops listening. */
    public Future<Void> close() {
        streams.forEach(ServerStream::goAway);
        return server.shutdown(GOODBYE);
    }

    private static PemKeyCertOptions keyCert(TrustMaterial trust) {
        return new PemKeyCertOptions()
                .addCertValue(Buffer.buffer(trust.identity().certificatePem()))
                .addKeyValue(Buffer.buffer(trust.identity().keyPem()));
    }

    private static PemTrustOptions trusted(TrustMaterial trust) {
        return new PemTrustOptions().addCertValue(Buffer.buffer(trust.trusted()));
    }

    /** Without a certificate a connection is good for one thing, and need not last. */
    private void connected(HttpConnection connection) {
        if (chain(connection).isEmpty()) {
            long timer = vertx.setTimer(limits.enrolment().toMillis(), nothing -> connection.close());
            connection.closeHandler(nothing -> vertx.cancelTimer(timer));
        }
    }

    static List<Certificate> chain(HttpConnection connection) {
        try {
            return connection.peerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }

    private void accept(HttpServerRequest request) {
        boolean post = HttpMethod.POST.equals(request.method());
        if (post && Frames.STREAM_PATH.equals(request.path())) {
            authenticated(request, credential -> open(request, credential));
        } else if (post && Frames.ENROLL_PATH.equals(request.path())) {
            enroll(request);
        } else {
            GrpcCall.end(
                    request,
                    GrpcStatus.UNIMPLEMENTED,
                    "the calls served here are " + Frames.ENROLL_PATH + " and " + Frames.STREAM_PATH);
        }
    }

    private interface Admitted {
        void with(NodeCredential credential);
    }

    private void authenticated(HttpServerRequest request, Admitted admitted) {
        List<Certificate> chain = chain(request.connection());
        if (chain.isEmpty()) {
            deny(
                    request,
                    "no certificate",
                    GrpcStatus.UNAUTHENTICATED,
                    "a client certificate is required: enrol first");
            return;
        }
        NodeCredential credential;
        try {
            credential = enrolment.verify(chain);
        } catch (GeneralSecurityException e) {
            String reason = String.valueOf(e.getMessage());
            deny(request, reason, GrpcStatus.UNAUTHENTICATED, "the certificate is not accepted");
            return;
        }
        admission
                .nodes()
                .refusal(credential)
                .ifPresentOrElse(
                        reason -> deny(
                                request,
                                credential.identity().uri() + ": " + reason,
                                GrpcStatus.UNAUTHENTICATED,
                                reason),
                        () -> admitted.with(credential));
    }

    private void enroll(HttpServerRequest request) {
        String authorization = request.getHeader("authorization");
        if (authorization == null) {
            authenticated(
                    request,
                    credential -> new EnrollCall(request)
                            .answer(message -> told(
                                    request, credential.identity(), "renewed", enrolment.renew(credential, message))));
            return;
        }
        if (!authorization.startsWith(BEARER)) {
            deny(request, "no bearer token", GrpcStatus.UNAUTHENTICATED, "a ServiceAccount token is required");
            return;
        }
        request.pause();
        Context context = vertx.getOrCreateContext();
        admission
                .tokens()
                .authenticate(authorization.substring(BEARER.length()))
                // One check may serve several calls: it completes wherever it was begun.
                .onComplete(checked -> context.runOnContext(nothing -> {
                    if (checked.failed()) {
                        tokenDenied(request, checked.cause());
                    } else if (!request.response().closed()) {
                        NodeIdentity owner = checked.result();
                        new EnrollCall(request)
                                .answer(message -> told(
                                        request, owner, "enrolled", enrolment.enrol(owner, host(request), message)));
                    }
                }));
    }

    private static String host(HttpServerRequest request) {
        return String.valueOf(request.remoteAddress().hostAddress());
    }

    private static EnrollResponse told(
            HttpServerRequest request, NodeIdentity identity, String what, EnrollResponse response) {
        LOG.info(
                "event=node_{} fleet={} node={} peer={}",
                what,
                identity.fleet(),
                identity.shown(),
                request.remoteAddress());
        return response;
    }

    private void open(HttpServerRequest request, NodeCredential credential) {
        long quarter = Math.max(1, limits.lifetime().toMillis() / 4);
        Duration lifetime = limits.lifetime().minusMillis(random.nextLong(quarter));
        ServerStream stream = new ServerStream(
                numbers.incrementAndGet(),
                vertx,
                publisher,
                limits,
                lifetime,
                admission.nodes(),
                credential,
                request,
                this::closed);
        streams.add(stream);
        admission.nodes().connected(stream.number(), credential.identity(), host(request));
        stream.begin();
    }

    private void closed(ServerStream stream) {
        streams.remove(stream);
        admission.nodes().disconnected(stream.number());
    }

    private void tokenDenied(HttpServerRequest request, Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        if (failure instanceof Authenticator.DeniedException) {
            deny(request, reason, GrpcStatus.UNAUTHENTICATED, "the token is not accepted");
        } else {
            deny(request, reason, GrpcStatus.UNAVAILABLE, "the token cannot be checked now");
        }
    }

    private void deny(HttpServerRequest request, String reason, GrpcStatus status, String toldToPeer) {
        publisher.counters().callDenied();
        LOG.warn("event=call_denied call={} peer={} reason=\"{}\"", request.path(), request.remoteAddress(), reason);
        GrpcCall.end(request, status, toldToPeer);
    }
}
