package dev.gatehouse.dataplane.control;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a certificate for this data plane: trades the token for the first one, and renews it long before it ends, which no
 * stream notices. One event loop only.
 */
final class NodeCertificates {

    private static final Logger LOG = LoggerFactory.getLogger(NodeCertificates.class);

    /** Between attempts to renew at most; for a data plane whose clock is wrong, between renewals. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private static final int RETRIES = 20;

    private static final Duration SOONEST = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final ControllerConnections connections;
    private final Clock clock;
    private final RandomGenerator random;
    private Optional<NodeCertificate> held = Optional.empty();
    private long timer = -1;
    private boolean closed;

    /** @param random spreads renewals over time */
    NodeCertificates(Vertx vertx, ControllerConnections connections, Clock clock, RandomGenerator random) {
        this.vertx = vertx;
        this.connections = connections;
        this.clock = clock;
        this.random = random;
    }

    /** The certificate held if it is good, else a new one for the token. */
    Future<NodeCertificate> current() {
        return held.filter(certificate -> certificate.validAt(clock.instant()))
                .map(Future::succeededFuture)
                .orElseGet(() -> withToken().map(this::keep));
    }

    /** Does not show this certificate any more: the controller does not accept it. */
    void drop(NodeCertificate refused) {
        if (held.filter(certificate -> certificate.equals(refused)).isPresent()) {
            held = Optional.empty();
        }
    }

    void close() {
        closed = true;
        held = Optional.empty();
        vertx.cancelTimer(timer);
    }

    private Future<NodeCertificate> withToken() {
        return call(Optional.empty(), read(connections.address().token()).map(token -> Optional.of(token.strip())));
    }

    private Future<NodeCertificate> call(Optional<NodeCertificate> shown, Future<Optional<String>> token) {
        Future<Enrolment> made = vertx.executeBlocking(
                        () -> Enrolment.create(connections.address().node()), false)
                .map(Objects::requireNonNull);
        Future<String> ca = ca();
        return Future.all(token, made, ca).compose(ready -> {
            HttpClient client = connections.client(ca.result(), shown);
            return made.result().call(client, connections, token.result()).onComplete(done -> client.close());
        });
    }

    /** What the controller is checked against; read anew each time, as it changes when the authority does. */
    Future<String> ca() {
        return read(connections.address().ca());
    }

    private Future<String> read(Path file) {
        return vertx.executeBlocking(() -> Files.readString(file), false)
                .map(Objects::requireNonNull)
                .recover(failure -> Future.failedFuture("cannot read " + file + ": " + failure));
    }

    private NodeCertificate keep(NodeCertificate certificate) {
        if (closed) {
            return certificate;
        }
        held = Optional.of(certificate);
        Instant now = clock.instant();
        if (!certificate.validAt(now)) {
            LOG.warn(
                    "event=clock_differs reason=\"a certificate that was just given ended at {}\" action=\"correct this"
                            + " machine's clock or the controller's\"",
                    certificate.notAfter());
        }
        renewIn(certificate.validAt(now) ? certificate.renewIn(now, random.nextDouble()) : RETRY);
        return certificate;
    }

    private void renewIn(Duration delay) {
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(Math.max(SOONEST.toMillis(), delay.toMillis()), fired -> renew());
    }

    private void renew() {
        Optional<NodeCertificate> present = held.filter(certificate -> certificate.validAt(clock.instant()));
        if (present.isEmpty()) {
            return; // whoever connects next enrols
        }
        call(present, Future.succeededFuture(Optional.empty()))
                // Nodes outside the cluster always have to show their token.
                .recover(failure ->
                        failure instanceof Enrolment.RefusedException ? withToken() : Future.failedFuture(failure))
                .onSuccess(this::keep)
                .onFailure(failure -> {
                    Duration left =
                            Duration.between(clock.instant(), present.get().notAfter());
                    Duration retry = left.dividedBy(RETRIES).compareTo(RETRY) < 0 ? left.dividedBy(RETRIES) : RETRY;
                    LOG.warn(
                            "event=certificate_not_renewed not_after={} reason=\"{}\" retry_ms={}",
                            present.get().notAfter(),
                            failure.getMessage(),
                            retry.toMillis());
                    if (!closed) {
                        renewIn(retry);
                    }
                });
    }
}
