package dev.gatehouse.dataplane.control;

import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a stream to a controller: connects, tells what is held, applies what comes, and begins anew with back-off and
 * jitter when the stream ends. The name is resolved at each attempt, so that a data plane finds whichever replica there
 * is. Tables are built on a thread of its own, never on an event loop that carries traffic.
 */
public final class ControlClient implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlClient.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);
    private static final Duration MAX_DELAY = Duration.ofSeconds(3);

    /** A controller that vanishes with its machine closes nothing: it is missed when it answers no ping for this long. */
    private static final Duration SILENCE = Duration.ofSeconds(6);

    private static final Duration PING = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Context context;
    private final ControllerAddress address;
    private final SnapshotReceiver receiver;
    private final RandomGenerator random;
    private final ExecutorService builder = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("table-builder").daemon().factory());
    private Optional<HttpClient> client = Optional.empty();
    private int failures;
    private boolean closed;

    /** @param random spreads reconnects over time */
    public ControlClient(Vertx vertx, ControllerAddress address, SnapshotReceiver receiver, RandomGenerator random) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.address = address;
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
        vertx.<String[]>executeBlocking(
                        () -> new String[] {Files.readString(address.token()).strip(), Files.readString(address.ca())},
                        false)
                .onSuccess(files -> open(files[0], files[1]))
                .onFailure(failure -> again("cannot read " + failure.getMessage()));
    }

    private void open(String token, String ca) {
        HttpClient next = vertx.createHttpClient(new HttpClientOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setVerifyHost(true)
                .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(ca)))
                .setHttp2ConnectionWindowSize(16 * 1024 * 1024)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout((int) SILENCE.toMillis())
                .setConnectTimeout(3_000));
        client.ifPresent(HttpClient::close);
        client = Optional.of(next);
        next.request(new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setHost(address.host())
                        .setPort(address.port())
                        .setURI(Frames.PATH)
                        .putHeader("content-type", Frames.CONTENT_TYPE)
                        .putHeader("te", "trailers")
                        .putHeader("authorization", "Bearer " + token))
                .onSuccess(this::talk)
                .onFailure(failure -> again("cannot connect: " + failure.getMessage()));
    }

    private void talk(HttpClientRequest request) {
        HttpConnection connection = request.connection();
        long pings = vertx.setPeriodic(PING.toMillis(), timer -> connection.ping(Buffer.buffer(new byte[8])));
        ClientStream stream = new ClientStream(receiver, builder, context, request, this::connected, reason -> {
            vertx.cancelTimer(pings);
            again(reason);
        });
        stream.begin(address.node(), address.fleet(), Features.all());
    }

    private void connected() {
        failures = 0;
    }

    /** Waits longer each time, up to a bound, and never as long as the others. */
    private void again(String reason) {
        if (closed) {
            return;
        }
        long bound = Math.min(MAX_DELAY.toMillis(), FIRST_DELAY.toMillis() << Math.min(failures, 10));
        long delay = 1 + random.nextLong(bound);
        failures++;
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
            client.ifPresent(HttpClient::close);
        });
        builder.shutdown();
    }
}
