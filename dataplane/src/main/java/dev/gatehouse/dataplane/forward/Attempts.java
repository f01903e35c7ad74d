package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Outcome;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.resilience.Backoff;
import dev.gatehouse.dataplane.resilience.Failure;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.util.concurrent.Future;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints a request has gone to and may still go to: the first, and others after failures that its rule lets be tried
 * again. Reused for one request after another. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // FULL is a sentinel
final class Attempts {
    /** A kept connection that was closed meanwhile is no failure of a backend, and its replacement no retry to be forbidden. */
    private static final int MAX_STALE = 3;

    private final Worker worker;
    private final UpstreamRequest request;
    private final RequestBuffer buffer;
    private final Lease lease;
    private final Progress progress;
    private final Deadlines deadlines;
    private final Caller caller;
    private final Attempt current;

    private CompiledRule rule = CompiledRule.NONE;
    private ListenerSettings settings;
    private @Nullable Upstream upstream;
    private int count;
    private boolean budgeted;
    /** Until the same endpoint is asked again. */
    private @Nullable Future<?> pause;

    Attempts(
            Worker worker,
            UpstreamRequest request,
            RequestBuffer buffer,
            Lease lease,
            Progress progress,
            Deadlines deadlines,
            Caller caller,
            ListenerSettings settings) {
        this.worker = worker;
        this.request = request;
        this.buffer = buffer;
        this.lease = lease;
        this.progress = progress;
        this.deadlines = deadlines;
        this.caller = caller;
        this.settings = settings;
        this.current = new Attempt(worker);
    }

    /** Asks an endpoint of the upstream; otherwise why there is none, {@link Reason#NONE} if there is. */
    Reason first(CompiledRule ofExchange, Upstream of, ListenerSettings current) {
        rule = ofExchange;
        upstream = of;
        settings = current;
        count = 0;
        return next(false);
    }

    /** The attempt that is being made, or was made last. */
    Attempt current() {
        return current;
    }

    private Reason next(boolean freshConnection) {
        Endpoint endpoint = begin();
        if (!endpoint.isNobody()) {
            ask(endpoint, freshConnection);
            return Reason.NONE;
        }
        return endpoint == Endpoint.FULL ? circuitOpen() : Reason.NO_ENDPOINT;
    }

    private Reason circuitOpen() {
        worker.observer().circuitOpen(Objects.requireNonNull(upstream).id(), "requests");
        return Reason.CIRCUIT_OPEN;
    }

    /** Somebody who has room for the request, and counts it. */
    private Endpoint begin() {
        return Objects.requireNonNull(upstream).begin(rule.choice().balancing(), caller);
    }

    private void ask(Endpoint endpoint, boolean freshConnection) {
        count++;
        current.begin(Objects.requireNonNull(upstream), endpoint);
        deadlines.beginTry(rule.retries().perTryTimeoutMs());
        worker.pool(endpoint)
                .acquire(request, worker.connecting(settings, rule.timeouts().connectMs()), freshConnection);
    }

    /** Asks somebody else in the place of one who could not be reached; false if there is nobody or it may not be. */
    boolean insteadOfUnreachable(Reason reason) {
        caller.failed(current.endpoint());
        Endpoint other = begin();
        if (other.isNobody()) {
            return false;
        }
        if (!mayRetry(Failure.CONNECT, buffer.isWhole())) {
            other.ended(Outcome.GIVEN_UP, -1);
            return false;
        }
        current.end(reason);
        ask(other, false);
        return true;
    }

    /** Asks somebody else in the place of one at whom no more requests may wait; false if there is nobody. Nothing has failed. */
    boolean insteadOfBusy() {
        caller.failed(current.endpoint());
        Endpoint other = begin();
        if (other.isNobody()) {
            worker.observer().circuitOpen(Objects.requireNonNull(upstream).id(), "pending");
            return false;
        }
        current.end(Outcome.GIVEN_UP);
        count--;
        ask(other, false);
        return true;
    }

    /**
     * Asks once more in the place of a connection that has failed before a response began; false if it may not be.
     *
     * @param failed the connection; null if that was given up before
     * @param anyByteOfResponse whether the backend had begun to answer at all
     * @param unprocessed whether the backend says that it has not begun to act on the request (RFC 9113, 8.7)
     */
    boolean insteadOfBroken(
            @Nullable UpstreamLink failed, Reason reason, boolean anyByteOfResponse, boolean unprocessed) {
        if (failed != null && failed.used() && !anyByteOfResponse && isClosedMeanwhile(reason)) {
            current.end(Outcome.GIVEN_UP);
            return overAnotherConnection();
        }
        Failure failure = unprocessed ? Failure.REFUSED_STREAM : Failure.RESET;
        return reason != Reason.BACKEND_BAD_RESPONSE && again(failure, outcome(reason, unprocessed));
    }

    /** Whether a kept-alive connection was closed by the backend while the request was on its way (RFC 9112, 9.3.1). */
    private boolean isClosedMeanwhile(Reason reason) {
        return reason == Reason.BACKEND_CLOSED && buffer.isRepeatable();
    }

    private boolean overAnotherConnection() {
        if (count >= MAX_STALE) {
            return false;
        }
        buffer.rewind();
        return next(true) == Reason.NONE;
    }

    /** A backend that leaves in an orderly way, and says how far it came, has not failed. */
    private static Outcome outcome(Reason reason, boolean unprocessed) {
        return unprocessed && reason == Reason.BACKEND_CLOSED ? Outcome.GIVEN_UP : Outcome.BROKEN;
    }

    /** Asks once more in the place of an answer that nobody is to know of; false if it stands. */
    boolean insteadOfAnswer(int status) {
        return rule.retries().onStatus(status) && again(Failure.STATUS, Outcome.ANSWERED);
    }

    /**
     * Ends this attempt and makes another one, if that may be; false if it may not, and nothing has happened. Another endpoint is
     * likelier to do better than this one, and is asked at once; where there is none, this one is asked once more, a little later.
     */
    boolean again(Failure why, Outcome outcome) {
        boolean resendable = why.isHarmless() ? buffer.isWhole() : buffer.isRepeatable();
        if (!progress.mayBeginAgain() || !mayRetry(why, resendable)) {
            return false;
        }
        current.end(outcome);
        if (why == Failure.STATUS) {
            lease.decline();
        } else {
            lease.release(request);
        }
        buffer.rewind();
        caller.failed(current.endpoint());
        // Where one connection has failed the others that were kept are likely to fail as well.
        boolean freshConnection = why != Failure.STATUS;
        Endpoint other = begin();
        if (other.isNobody()) {
            askAgainLater(current.endpoint(), freshConnection);
        } else {
            ask(other, freshConnection);
        }
        return true;
    }

    private void askAgainLater(Endpoint same, boolean freshConnection) {
        deadlines.beginTry(0);
        request.waitForConnection();
        pause = worker.loop()
                .schedule(
                        () -> {
                            if (same.tryBegin()) {
                                ask(same, freshConnection);
                            } else {
                                request.fail(circuitOpen()); // somebody else has taken its place meanwhile
                            }
                            worker.flush();
                        },
                        Backoff.millis(count, worker.random()),
                        TimeUnit.MILLISECONDS);
    }

    /**
     * Whether there may be another try; takes its share of the upstream's budget if so.
     *
     * @param resendable whether all of the request is there, and its method lets it be sent again after this failure
     */
    private boolean mayRetry(Failure why, boolean resendable) {
        Upstream of = upstream;
        if (of == null || count > rule.retries().attempts() || !rule.retries().on(why) || !resendable) {
            return false;
        }
        int percent = rule.retries().budgetPercent();
        if (percent > 0 && !budgeted) {
            if (!of.beginRetrying(percent)) {
                worker.observer().retryRefused(of.id());
                return false;
            }
            budgeted = true;
        }
        worker.observer().retried(of.id(), why.text());
        return true;
    }

    /** The exchange is over. */
    void end() {
        if (budgeted && upstream != null) {
            upstream.endRetrying();
            budgeted = false;
        }
        upstream = null;
        if (pause != null) {
            pause.cancel(false);
            pause = null;
        }
    }
}
