package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Outcome;
import dev.gatehouse.dataplane.balance.Outliers;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.http1.Reason;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request at one endpoint: tells the endpoint once when it begins and once how it ended. Reused by its exchange for one
 * attempt after another. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What is scheduled cannot fail.
final class Attempt {
    private final Worker worker;
    private Endpoint endpoint = Endpoint.NONE;
    private @Nullable Upstream upstream;
    private boolean open;
    private boolean alone;
    private long beganNanos;
    private long firstByteNanos;
    private int status;

    Attempt(Worker worker) {
        this.worker = worker;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Begins at an endpoint that counts it already. */
    void begin(Upstream of, Endpoint chosen) {
        upstream = of;
        endpoint = chosen;
        open = true;
        firstByteNanos = -1;
        status = 0;
        beganNanos = System.nanoTime();
    }

    /** As {@link #begin}, with a connection of the endpoint's to itself, whose place it has already. */
    void beginAlone(Upstream of, Endpoint chosen) {
        begin(of, chosen);
        alone = true;
    }

    /** The head of the answer is there. */
    void answered(int answerStatus) {
        status = answerStatus;
        firstByteNanos = System.nanoTime() - beganNanos;
    }

    /** Ends the attempt, if there is one. */
    void end(Outcome outcome) {
        if (open) {
            open = false;
            endpoint.ended(outcome, firstByteNanos);
            if (alone) {
                alone = false;
                endpoint.capacity().disconnected();
            }
            judge(outcome);
        }
    }

    private void judge(Outcome outcome) {
        Upstream of = upstream;
        if (of == null) {
            return;
        }
        Endpoint judged = endpoint;
        long millis =
                of.outliers().observe(judged, outcome, status, worker.ticker().nowMillis());
        if (millis != Outliers.NOBODY) {
            worker.observer().ejected(of.id());
            worker.loop().schedule(() -> of.outliers().comeBack(judged), millis, TimeUnit.MILLISECONDS);
        }
    }

    /** Ends the attempt, if there is one, for a reason of Gatehouse's own. */
    void end(Reason reason) {
        end(outcome(reason));
    }

    private static Outcome outcome(Reason reason) {
        return switch (reason) {
            case CONNECT_FAILED,
                    CONNECT_TIMEOUT,
                    RESOLVE_FAILED,
                    BACKEND_CERTIFICATE_UNTRUSTED,
                    BACKEND_CERTIFICATE_NAME,
                    BACKEND_CERTIFICATE_EXPIRED,
                    BACKEND_TLS_REFUSED,
                    BACKEND_TLS_FAILED -> Outcome.CONNECT_FAILED;
            case BACKEND_CLOSED,
                    BACKEND_RESET,
                    BACKEND_CANCELLED,
                    BACKEND_REFUSED,
                    BACKEND_CALMING,
                    BACKEND_SECURITY,
                    BACKEND_BAD_RESPONSE -> Outcome.BROKEN;
            case REQUEST_TIMEOUT, FIRST_BYTE_TIMEOUT, IDLE_TIMEOUT, TRY_TIMEOUT -> Outcome.TIMED_OUT;
            default -> Outcome.GIVEN_UP;
        };
    }
}
