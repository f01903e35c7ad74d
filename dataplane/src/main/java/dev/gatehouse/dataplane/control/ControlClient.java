package dev.gatehouse.dataplane.control;

import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a stream to a controller: gets a certificate, connects, tells what is held, applies what comes, and begins anew with
 * back-off and jitter when the stream ends. The name is resolved at each attempt, so that a data plane finds whichever
 * replica there is. Tables are built on a thread of its own, never on an event loop that carries traffic.
 */
public final class ControlClient implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlClient.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);
    private static final Duration MAX_DELAY = Duration.ofSeconds(3);

    private static final Duration PING = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Context context;
    private final ControllerAddress address;
    private final ControllerConnections connections;
    private final NodeCertificates certificates;
    private final SnapshotReceiver receiver;
    private final RandomGenerator random;
    private final ExecutorService builder = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("table-builder").daemon().factory());
    private Optional<HttpClient> client = Optional.empty();
    private volatile Optional<Instant> lost = Optional.of(Instant.now());
    private int failures;
    private boolean closed;

    /** @param random spreads reconnects over time */
    public ControlClient(Vertx vertx, ControllerAddress address, SnapshotReceiver receiver, RandomGenerator random) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.address = address;
        this.connections = new ControllerConnections(vertx, address);
        this.certificates = new NodeCertificates(vertx, connections, Clock.systemUTC(), random);
        this.receiver = receiver;
        this.random = random;
    }

    /** Begins to connect; returns at once. */
    public void start() {
        context.runOnContext(nothing -> connect());
    }

    private void connect() {
        if (closed) {
            return;
        }
        Future<NodeCertificate> certificate = certificates.current();
        Future<String> ca = certificates.ca();
        Future.all(certificate, ca)
                .onSuccess(ready -> open(certificate.result(), ca.result()))
                .onFailure(failure -> again("it gave no certificate: " + failure.getMessage()));
    }

    private void open(NodeCertificate certificate, String ca) {
        if (closed) {
            return;
        }
        client.ifPresent(HttpClient::close);
        HttpClient next = connections.client(ca, Optional.of(certificate));
        client = Optional.of(next);
        next.request(connections.call(Frames.STREAM_PATH))
                .onSuccess(request -> talk(request, certificate))
                .onFailure(failure -> {
                    if (failure instanceof SSLException) {
                        certificates.drop(certificate);
                    }
                    again("cannot connect: " + failure.getMessage());
                });
    }

    private void talk(HttpClientRequest request, NodeCertificate certificate) {
        HttpConnection connection = request.connection();
        long pings = vertx.setPeriodic(PING.toMillis(), timer -> connection.ping(Buffer.buffer(new byte[8])));
        ClientStream stream = new ClientStream(receiver, builder, context, request, this::connected, ending -> {
            vertx.cancelTimer(pings);
            if (ending.unknown()) {
                certificates.drop(certificate);
            }
            again(ending.reason());
        });
        stream.begin(address.fleet(), Features.all());
    }

    private void connected() {
        failures = 0;
        lost = Optional.empty();
    }

    /** Since when there has been no controller, if there is none. Any thread. */
    public Optional<Instant> lost() {
        return lost;
    }

    /** Waits longer each time, up to a bound, and never as long as the others. */
    private void again(String reason) {
        if (closed) {
            return;
        }
        long bound = Math.min(MAX_DELAY.toMillis(), FIRST_DELAY.toMillis() << Math.min(failures, 10));
        long delay = 1 + random.nextLong(bound);
        failures++;
        if (lost.isEmpty()) {
            lost = Optional.of(Instant.now());
        }
        LOG.warn(
                "event=controller_lost controller={}:{} reason=\"{}\" retry_ms={}",
                address.host(),
                address.port(),
                reason,
                delay);
        vertx.setTimer(delay, timer -> context.runOnContext(nothing -> connect()));
    }

    /** Ends the stream and does not begin another. What is in force stays. */
    @Override
    public void close() {
        context.runOnContext(nothing -> {
            closed = true;
            certificates.close();
            client.ifPresent(HttpClient::close);
        });
        builder.shutdown();
    }
}
