package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Outcome;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Methods;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.resilience.Failure;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;

/**
 * An exchange as pools and backends' connections know it: what there is to send, over what, and what comes back. Reused by its exchange
 * for one request after another. Event loop only.
 */
final class UpstreamRequest {
    private final Exchange exchange;
    private final Deadlines deadlines;
    private final Progress progress;
    private final Response response;
    private final RequestBuffer buffer;
    private final Lease lease = new Lease();
    private final Attempts attempts;
    private Downstream downstream;
    private boolean grpcWeb;
    private boolean isHead;
    private boolean webSocket;

    UpstreamRequest(
            Worker worker,
            Exchange exchange,
            Deadlines deadlines,
            Progress progress,
            Response response,
            Caller caller,
            Downstream client,
            ListenerSettings settings) {
        this.exchange = exchange;
        this.deadlines = deadlines;
        this.progress = progress;
        this.response = response;
        this.buffer = new RequestBuffer(worker);
        this.downstream = client;
        this.attempts = new Attempts(worker, this, buffer, lease, progress, deadlines, caller, settings);
    }

    /** @param translated whether the client speaks gRPC-Web */
    void begin(RequestHead head, Downstream to, boolean translated) {
        isHead = head.method().equals("HEAD");
        webSocket = head.webSocket();
        downstream = to;
        grpcWeb = translated;
    }

    /**
     * Takes the head as the backend is to get it.
     *
     * @param bodyHere how many bytes of the body are at hand already
     */
    void compose(RequestHead head, HeadBuffer composed, int bodyHere, CompiledRule rule) {
        boolean idempotent = Methods.isIdempotent(head.method());
        boolean keep = !progress.isRequestSent()
                && head.contentLength() <= RequestBuffer.KEPT_BYTES
                && rule.retries().keepsBodies(idempotent);
        buffer.begin(composed, bodyHere, head.chunked(), idempotent, keep);
    }

    /** Asks an endpoint of the upstream; otherwise why there is none, {@link Reason#NONE} if there is. */
    Reason ask(CompiledRule rule, Upstream of, ListenerSettings settings) {
        deadlines.begin(rule.timeouts(), settings);
        return attempts.first(rule, of, settings);
    }

    // ---- What the exchange tells

    /** Sends a part of the body that stands in a buffer of the caller's. */
    void data(ByteBuf in, int from, int length) {
        UpstreamLink link = lease.link();
        if (link == null) {
            buffer.append(in, from, length); // while there is no connection; reading has stopped
            return;
        }
        buffer.send(link, in, from, length);
        if (lease.holds(link) && !link.isWritable()) {
            progress.backendTakes(false);
            downstream.readRequestBody(false);
        }
    }

    /** The body is complete. */
    void end(FieldSection trailers) {
        UpstreamLink link = lease.link();
        if (link != null) {
            buffer.sendEnd(link, trailers);
        } else {
            buffer.appendEnd(trailers);
        }
    }

    /** Stops or resumes reading from the backend. */
    void readResponse(boolean reading) {
        UpstreamLink link = lease.link();
        if (link != null) {
            progress.clientTakes(reading);
            link.readResponse(reading);
        }
    }

    /** The backend is late: asks another, if that may be; false if it may not. */
    boolean insteadOfLate() {
        return attempts.again(Failure.TIMEOUT, Outcome.TIMED_OUT);
    }

    /** Nothing is wanted of the backend any more, for a reason of Gatehouse's own. */
    void giveUp(Reason reason) {
        attempts.current().end(reason);
        lease.release(this);
    }

    /** Nothing is wanted of the backend any more, and it is not to blame. */
    void giveUp() {
        attempts.current().end(Outcome.GIVEN_UP);
        lease.release(this);
    }

    /** The exchange is over. */
    void done() {
        buffer.forget();
        attempts.end();
    }

    // ---- What a pool asks and tells, until there is a connection

    /** Whether the request may be sent again if the backend closes before it answers (RFC 9110, 9.2.2). */
    boolean retryable() {
        return buffer.isRepeatable();
    }

    /** The two ends of the client's connection. */
    ProxiedAddresses addresses() {
        return downstream.addresses();
    }

    /** Whether it asks for a WebSocket. */
    boolean wantsWebSocket() {
        return webSocket;
    }

    void connecting(UpstreamConnection opened) {
        lease.dialing(opened);
        waitForConnection();
    }

    void waitingFor(EndpointPool pool, int millis) {
        lease.queued(pool);
        deadlines.waitForPool(millis);
        waitForConnection();
    }

    void waitedFor() {
        lease.dequeued();
        deadlines.endWait();
    }

    /** The body stays with the client meanwhile. */
    void waitForConnection() {
        if (!progress.isRequestSent()) {
            downstream.readRequestBody(false);
        }
    }

    /** A connection is there: the request goes out as far as it is known. */
    void connected(UpstreamLink opened) {
        lease.opened(opened);
        progress.connected();
        opened.send(buffer.bytes(), progress.isRequestSent());
        if (lease.holds(opened) && !progress.isRequestSent()) {
            downstream.readRequestBody(true);
        }
    }

    void unavailable(Reason reason) {
        if (reason != Reason.CIRCUIT_OPEN || !attempts.insteadOfBusy()) {
            exchange.answer(reason);
        }
    }

    /** Nothing was sent, so whatever the method is, another endpoint may be asked. */
    void connectFailed(Reason reason) {
        lease.failed();
        if (!attempts.insteadOfUnreachable(reason)) {
            exchange.answer(reason);
        }
    }

    // ---- What the connection asks and tells

    boolean isHead() {
        return isHead;
    }

    /** Whether all of it was handed to the connection. */
    boolean isSent() {
        return progress.isRequestSent();
    }

    /** Whether the length of the body is not known: it is kept in chunks, and goes out so over HTTP/1.1. */
    boolean isChunked() {
        return buffer.isChunked();
    }

    /** Whether the client speaks gRPC-Web, and understands answers of gRPC. */
    boolean isGrpcWeb() {
        return grpcWeb;
    }

    void writable(boolean writable) {
        progress.backendTakes(writable);
        if (!progress.isRequestSent()) {
            downstream.readRequestBody(writable);
        }
    }

    /** It cannot be sent, or not to its end. */
    void fail(Reason reason) {
        exchange.fail(reason);
    }

    void informational(ResponseHead head) {
        if (!progress.interim()) {
            exchange.answer(Reason.BACKEND_BAD_RESPONSE);
            return;
        }
        response.informational(head);
        pauseResponse();
    }

    /** The backend has opened the WebSocket. */
    void switched(ResponseHead head) {
        boolean ended = progress.switched();
        buffer.forget();
        attempts.current().answered(head.status());
        response.switched(head, attempts.current().endpoint());
        if (ended) {
            exchange.requestEnd(FieldSection.none());
        }
    }

    void responseHead(ResponseHead head) {
        if (downstream.extendedConnect() && head.status() < 300) {
            exchange.answer(Reason.BACKEND_BAD_RESPONSE); // it would be taken for an open tunnel
            return;
        }
        attempts.current().answered(head.status());
        if (attempts.insteadOfAnswer(head.status())) {
            return; // nobody will know of this one
        }
        progress.answered();
        buffer.forget();
        response.head(head, attempts.current().endpoint());
    }

    void responseData(ByteBuf in, int from, int length) {
        progress.passed();
        if (!response.isReplaced()) {
            response.data(in, from, length);
            pauseResponse();
        } else if (response.isTooMuch(length)) {
            lease.release(this);
            responseEnd(FieldSection.none());
        }
    }

    /** Stops reading from the backend while the client does not take what is there. */
    private void pauseResponse() {
        if (exchange.active() && !downstream.isWritable()) {
            readResponse(false);
        }
    }

    void responseEnd(FieldSection trailers) {
        lease.ended();
        attempts.current().end(Outcome.ANSWERED);
        exchange.answered(trailers);
    }

    /**
     * The connection failed or closed before the response was complete.
     *
     * @param unprocessed whether the backend says that it has not begun to act on the request (RFC 9113, 8.7)
     */
    void failed(Reason reason, boolean anyByteOfResponse, boolean unprocessed) {
        UpstreamLink link = lease.ended();
        if (progress.isResponseBegun() || !attempts.insteadOfBroken(link, reason, anyByteOfResponse, unprocessed)) {
            exchange.fail(reason);
        }
    }
}
