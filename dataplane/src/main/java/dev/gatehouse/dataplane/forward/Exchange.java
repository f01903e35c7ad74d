package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Outcome;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.grpc.GrpcKind;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Methods;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.match.Choice;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.resilience.Failure;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, from {@link #begin} until the observer's {@code done}, which is called exactly once. Holds the
 * request's head until the backend answers, so that a failure before that can be retried. Reused by its client for one
 * exchange after another. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // NO_ROUTE and NONE are sentinels
public final class Exchange {
    /** Interim responses to one request. They move the deadline, so that there must be an end of them. */
    private static final int MAX_INTERIM = 100;

    private static final byte[] NOTHING = {};
    private static final byte[] HSTS = Octets.ascii("strict-transport-security");

    private final Worker worker;
    private final Downstream client;
    private final ExchangeObserver observer;
    private final String listener;
    private final Attempts attempts;
    private final RequestBuffer request;
    private final Deadlines deadlines;
    private final Filtering filtering;
    private final Caller caller;
    private final Affinity affinity;

    private ListenerSettings settings;
    /** The client, or what stands before it to speak its language. */
    private Downstream downstream;

    private CompiledRule rule = RoutingTable.NO_ROUTE;
    private @Nullable UpstreamLink connection;
    private @Nullable UpstreamConnection connecting;
    private @Nullable EndpointPool queuedIn;
    private boolean active;
    private byte[] hsts = NOTHING;
    private boolean isHead;
    private boolean webSocket;
    private boolean tunnel;
    private boolean idempotent;
    private boolean requestChunked;
    private boolean requestSent;
    /** Whether the client said that it is done when that was known or, for a WebSocket, before it was open. */
    private boolean endedBefore;
    /** Whether the backend does not take what it is sent. */
    private boolean stalled;
    /** Whether the client does not take what there is, so that nothing more is read from the backend. */
    private boolean paused;

    private boolean responseBegun;
    private int interim;
    private int status;
    private long startNanos;
    private long bytesIn;
    private long bytesOut;

    public Exchange(Worker worker, Downstream client, String listener, ListenerSettings settings) {
        this(worker, client, worker.observer(), listener, settings);
    }

    Exchange(Worker worker, Downstream client, ExchangeObserver observer, String listener, ListenerSettings settings) {
        this.worker = worker;
        this.observer = observer;
        this.client = client;
        this.downstream = client;
        this.listener = listener;
        this.settings = settings;
        this.request = new RequestBuffer(worker);
        this.deadlines = new Deadlines(worker.ticker());
        this.caller = new Caller(worker.random());
        this.affinity = new Affinity(worker);
        this.attempts = new Attempts(worker, this, request, deadlines, caller, settings);
        this.filtering = new Filtering(worker);
    }

    /** Of the request that is in progress. */
    public long maxBodyBytes() {
        return filtering.maxBodyBytes();
    }

    /** Whether the exchange has begun and not ended. */
    public boolean active() {
        return active;
    }

    /** Whether a part of the response is on its way. */
    public boolean responseBegun() {
        return responseBegun;
    }

    /**
     * Routes the request and sends its head to a backend.
     *
     * @param bodyHere how many bytes of the body are at hand already: room is made for them behind the head
     */
    public void begin(
            RequestHead head, int bodyHere, RoutingTable table, ListenerSettings current, Provenance provenance) {
        reset(head, current);
        if (!requestSent && head.method().equals("POST") && GrpcKind.of(head).isWeb()) {
            downstream = new GrpcWebDownstream(worker, client, head);
        }
        head.receivedFrom(provenance);
        route(head, bodyHere, table, provenance);
    }

    /**
     * Begins with a copy of what another exchange has composed, for another backend.
     *
     * @param composed the head; a body follows as it comes
     */
    void beginCopy(RequestHead head, HeadBuffer composed, Upstream to, ListenerSettings current) {
        reset(head, current);
        rule = CompiledRule.NONE;
        request.begin(composed, 0, requestChunked, false);
        deadlines.begin(rule.timeouts(), settings);
        ask(to);
    }

    private void reset(RequestHead head, ListenerSettings current) {
        active = true;
        settings = current;
        startNanos = System.nanoTime();
        caller.reset(startNanos);
        bytesIn = 0;
        bytesOut = 0;
        status = 0;
        interim = 0;
        responseBegun = false;
        stalled = false;
        paused = false;
        endedBefore = false;
        requestChunked = head.chunked();
        requestSent = !requestChunked && head.contentLength() == 0;
        isHead = head.method().equals("HEAD");
        webSocket = head.webSocket();
        tunnel = false;
        idempotent = Methods.isIdempotent(head.method());
        deadlines.endWait();
        downstream = client;
    }

    private void route(RequestHead head, int bodyHere, RoutingTable table, Provenance provenance) {
        rule = table.route(head);
        hsts = provenance.tls() ? rule.hsts() : NOTHING;
        AddedFields added = worker.noFields();
        OwnAnswer own = filtering.begin(rule, head, provenance, settings, added);
        if (own != null) {
            answer(own, added);
            return;
        }
        Selection selection = rule.choice() == Choice.PLAIN
                ? rule.backends().pick()
                : affinity.choose(
                        rule, head, table.sessionKeys(), provenance.isSecure(head, rule.onlyTlsHere()), caller);
        if (!selection.unavailable().isEmpty()) {
            answer(503, selection.unavailable());
            return;
        }
        if (!compose(head, bodyHere, provenance)) {
            answer(Reason.BAD_REWRITE);
            return;
        }
        deadlines.begin(rule.timeouts(), settings);
        ask(selection.upstream());
    }

    private void ask(Upstream upstream) {
        Reason nobody = attempts.first(rule, upstream, settings);
        if (nobody != Reason.NONE) {
            answer(nobody);
        }
    }

    /** False if what the rule makes of the path must not be forwarded. */
    private boolean compose(RequestHead head, int bodyHere, Provenance provenance) {
        HeadBuffer out = worker.headBuffer();
        if (!filtering.compose(rule, head, provenance, affinity, out)) {
            return false;
        }
        boolean keep = !requestSent
                && head.contentLength() <= RequestBuffer.KEPT_BYTES
                && rule.retries().keepsBodies(idempotent);
        request.begin(out, bodyHere, requestChunked, keep);
        if (!webSocket && !isGrpcWeb()) {
            filtering.mirror(head, out, downstream.addresses(), listener, settings);
        }
        return true;
    }

    /** Tries again what may be tried again; false if it may not, and nothing has happened. */
    private boolean retry(Failure why, Outcome outcome) {
        boolean resendable = request.isWhole() && interim == 0 && !responseBegun && (idempotent || why.isHarmless());
        if (!attempts.mayRetry(why, resendable)) {
            return false;
        }
        attempts.current().end(outcome);
        release();
        attempts.retry(why);
        return true;
    }

    /** Whether the request may be sent again if the backend closes before it answers (RFC 9110, 9.2.2). */
    boolean retryable() {
        return idempotent && request.isWhole();
    }

    /** The two ends of the client's connection. */
    ProxiedAddresses addresses() {
        return downstream.addresses();
    }

    boolean isHead() {
        return isHead;
    }

    /** Whether the whole request was handed to the backend's connection. */
    boolean requestSent() {
        return requestSent;
    }

    void connecting(UpstreamConnection opened) {
        connecting = opened;
        waitForConnection();
    }

    void waitingFor(EndpointPool pool, int millis) {
        queuedIn = pool;
        deadlines.waitForPool(millis);
        waitForConnection();
    }

    void waitedFor() {
        queuedIn = null;
        deadlines.endWait();
    }

    /** The body stays with the client meanwhile. */
    void waitForConnection() {
        if (!requestSent) {
            downstream.readRequestBody(false);
        }
    }

    /** A connection is there: the request goes out as far as it is known. */
    void connected(UpstreamLink opened) {
        connecting = null;
        connection = opened;
        stalled = false;
        extendDeadline();
        opened.send(request.bytes(), requestSent);
        if (!requestSent) {
            downstream.readRequestBody(true);
        }
    }

    void unavailable(Reason reason) {
        if (reason != Reason.CIRCUIT_OPEN || !attempts.insteadOfBusy()) {
            answer(reason);
        }
    }

    /** Nothing was sent, so whatever the method is, another endpoint may be asked. */
    void connectFailed(Reason reason) {
        connecting = null;
        if (!attempts.insteadOfUnreachable(reason)) {
            answer(reason);
        }
    }

    /** Passes on a part of the request body that stands in a buffer of the caller's. */
    public void requestData(ByteBuf in, int from, int length) {
        bytesIn += length;
        if (!active) {
            return;
        }
        filtering.requestData(in, from, length);
        if (tunnel) {
            extendDeadline();
        }
        UpstreamLink link = connection;
        if (link == null) {
            request.append(in, from, length); // while there is no connection; reading has stopped
            return;
        }
        request.send(link, in, from, length);
        if (!link.isWritable()) {
            stalled = true;
            extendDeadline();
            downstream.readRequestBody(false);
        }
    }

    /** The request body is complete. A length of nothing has said so before: the end may still come by itself in HTTP/2. */
    public void requestEnd(FieldSection trailers) {
        if (!active || requestSent) {
            endedBefore = true;
            return;
        }
        requestSent = true;
        filtering.requestEnd(trailers);
        extendDeadline();
        UpstreamLink link = connection;
        if (link != null) {
            request.sendEnd(link, trailers);
        } else {
            request.appendEnd(trailers);
        }
    }

    /** Whether the length of the body is not known: it is kept in chunks, and goes out so over HTTP/1.1. */
    boolean isChunked() {
        return requestChunked;
    }

    void upstreamWritable(boolean writable) {
        stalled = !writable;
        extendDeadline();
        if (!requestSent) {
            downstream.readRequestBody(writable);
        }
    }

    /** The client takes data again. */
    public void downstreamWritable(boolean writable) {
        if (connection != null) {
            paused = !writable;
            extendDeadline();
            connection.readResponse(writable);
        }
    }

    void informational(ResponseHead head) {
        if (++interim > MAX_INTERIM) {
            answer(Reason.BACKEND_BAD_RESPONSE);
            return;
        }
        extendDeadline();
        downstream.informational(head);
        pauseResponse();
    }

    /** Stops reading from the backend while the client does not take what is there. */
    private void pauseResponse() {
        if (active && !downstream.isWritable() && connection != null) {
            paused = true;
            connection.readResponse(false);
        }
    }

    /** Whether the client speaks gRPC-Web, and understands answers of gRPC. */
    boolean isGrpcWeb() {
        return downstream != client;
    }

    /** Whether the request asks for a WebSocket. */
    boolean wantsWebSocket() {
        return webSocket;
    }

    /** The backend has opened the WebSocket. */
    void switched(ResponseHead head) {
        responseBegun = true;
        tunnel = true;
        requestSent = false;
        extendDeadline();
        request.forget();
        status = 101;
        attempts.current().answered(status);
        AddedFields added = worker.noFields();
        filtering.response(head, added);
        affinity.response(attempts.current().endpoint(), caller, head, added);
        downstream.switchProtocols(head, added);
        if (endedBefore) {
            requestEnd(FieldSection.none());
        }
    }

    void responseHead(ResponseHead head) {
        if (downstream.extendedConnect() && head.status() < 300) {
            answer(Reason.BACKEND_BAD_RESPONSE); // it would be taken for an open tunnel
            return;
        }
        attempts.current().answered(head.status());
        if (rule.retries().onStatus(head.status()) && retry(Failure.STATUS, Outcome.ANSWERED)) {
            return; // nobody will know of this answer
        }
        responseBegun = true;
        deadlines.answered();
        request.forget();
        status = head.status();
        AddedFields added = worker.noFields();
        OwnAnswer page = filtering.response(head, added);
        affinity.response(attempts.current().endpoint(), caller, head, added);
        if (hsts.length > 0) {
            head.drop(HSTS, 0, HSTS.length, 0);
            added.add(HSTS, hsts);
        }
        if (page == null) {
            downstream.responseHead(head, added);
        } else {
            bytesOut += downstream.answer(page, added);
        }
    }

    void responseData(ByteBuf in, int from, int length) {
        extendDeadline();
        if (filtering.replaced()) {
            discard(length);
            return;
        }
        bytesOut += length;
        downstream.responseData(in, from, length);
        pauseResponse();
    }

    /** A page has gone out. What it replaces is read all the same, so that the connection can be used again, but not forever. */
    private void discard(int length) {
        if (filtering.isTooMuch(length)) {
            release();
            responseEnd(FieldSection.none());
        }
    }

    void responseEnd(FieldSection trailers) {
        connection = null;
        attempts.current().end(Outcome.ANSWERED);
        done(filtering.replaced() ? Reason.ERROR_PAGE.code() : "");
        downstream.responseEnd(filtering.replaced() ? FieldSection.none() : trailers);
    }

    private void extendDeadline() {
        if (tunnel) {
            deadlines.extendTunnel(isClosingTunnel() || stalled);
        } else {
            deadlines.extend(wantsAnswer());
        }
    }

    /** Whether the backend has the whole request, and the client nothing of the answer. */
    private boolean wantsAnswer() {
        return requestSent && !responseBegun;
    }

    /** Whether it is the backend's turn to end a tunnel. */
    private boolean isClosingTunnel() {
        return tunnel && requestSent;
    }

    /**
     * The connection failed or closed before the response was complete.
     *
     * @param unprocessed whether the backend says that it has not begun to act on the request (RFC 9113, 8.7)
     */
    void upstreamFailed(Reason reason, boolean anyByteOfResponse, boolean unprocessed) {
        UpstreamLink failed = connection;
        connection = null;
        if (responseBegun) {
            attempts.current().end(reason);
            done(reason.code());
            downstream.abort(reason);
            return;
        }
        if (failed != null && closedMeanwhile(failed, reason, anyByteOfResponse)) {
            attempts.current().end(Outcome.GIVEN_UP);
            if (!attempts.overAnotherConnection()) {
                answer(reason);
            }
            return;
        }
        Failure failure = unprocessed ? Failure.REFUSED_STREAM : Failure.RESET;
        if (reason == Reason.BACKEND_BAD_RESPONSE || !retry(failure, outcome(reason, unprocessed))) {
            answer(reason);
        }
    }

    /** A backend that leaves in an orderly way, and says how far it came, has not failed. */
    private static Outcome outcome(Reason reason, boolean unprocessed) {
        return unprocessed && reason == Reason.BACKEND_CLOSED ? Outcome.GIVEN_UP : Outcome.BROKEN;
    }

    /** A kept-alive connection that the backend closed while the request was on its way (RFC 9112, 9.3.1). */
    private boolean closedMeanwhile(UpstreamLink failed, Reason reason, boolean anyByteOfResponse) {
        return !anyByteOfResponse && failed.used() && retryable() && reason == Reason.BACKEND_CLOSED;
    }

    /** The client is gone. */
    public void clientGone() {
        if (active) {
            attempts.current().end(Outcome.GIVEN_UP);
            release();
            done("client-closed");
        }
    }

    /** Ends the exchange with an answer of Gatehouse's own; where a response has begun, by breaking it off. */
    public void fail(Reason reason) {
        if (!active) {
            return;
        }
        if (responseBegun) {
            attempts.current().end(reason);
            release();
            done(reason.code());
            downstream.abort(reason);
        } else {
            answer(reason);
        }
    }

    private void answer(Reason reason) {
        attempts.current().end(reason);
        answer(reason.status(), reason.code());
    }

    private void answer(int code, String reason) {
        answer(OwnAnswer.plain(code, reason), worker.noFields());
    }

    private void answer(OwnAnswer own, AddedFields added) {
        release();
        if (hsts.length > 0) {
            added.add(HSTS, hsts);
        }
        OwnAnswer made = filtering.own(own, added);
        status = made.status();
        bytesOut += downstream.answer(made, added);
        done(made.reason());
        downstream.responseEnd(FieldSection.none());
    }

    private void release() {
        if (queuedIn != null) {
            queuedIn.stopWaiting(this);
            queuedIn = null;
        }
        if (connecting != null) {
            connecting.abandon();
            connecting = null;
        }
        if (connection != null) {
            connection.abandon();
            connection = null;
        }
    }

    private void done(String reason) {
        active = false;
        request.forget();
        attempts.end();
        filtering.done(requestSent);
        affinity.done(observer, rule, status);
        observer.done(listener, rule.id(), status, reason, System.nanoTime() - startNanos, bytesIn, bytesOut);
    }

    /** Acts on deadlines that have passed. */
    public void tick(long nowMillis) {
        if (!active) {
            return;
        }
        if (deadlines.isPoolLate(nowMillis)) {
            fail(Reason.POOL_FULL);
        } else if (tunnel) {
            if (deadlines.isSilent(nowMillis)) {
                fail(stalled || isClosingTunnel() ? Reason.REQUEST_TIMEOUT : Reason.TUNNEL_IDLE);
            }
        } else if (deadlines.isWholeLate(nowMillis)) {
            fail(Reason.REQUEST_TIMEOUT);
        } else if (deadlines.isTryLate(nowMillis)) {
            late(Reason.TRY_TIMEOUT);
        } else if (deadlines.isSilent(nowMillis) && waitsForBackend()) {
            late(deadlines.silence(wantsAnswer()));
        }
    }

    private void late(Reason reason) {
        if (!retry(Failure.TIMEOUT, Outcome.TIMED_OUT)) {
            fail(reason);
        }
    }

    /** Whether it is for the backend to go on, and not for the client. */
    private boolean waitsForBackend() {
        return (requestSent || stalled) && !paused;
    }
}
