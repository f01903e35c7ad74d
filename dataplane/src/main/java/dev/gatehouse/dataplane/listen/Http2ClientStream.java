package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Downstream;
import dev.gatehouse.dataplane.forward.Exchange;
import dev.gatehouse.dataplane.forward.Http2Connection;
import dev.gatehouse.dataplane.forward.Http2Stream;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.grpc.GrpcCall;
import dev.gatehouse.dataplane.grpc.GrpcKind;
import dev.gatehouse.dataplane.grpc.GrpcStatus;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.HeadEncoder;
import dev.gatehouse.dataplane.http2.Http2Exception;
import dev.gatehouse.dataplane.http2.RequestAssembler;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** One request of an HTTP/2 client and its answer. Used for one exchange after another. Event loop only. */
final class Http2ClientStream extends Http2Stream implements Downstream {
    private static final byte[] ACCEPT = Octets.ascii("sec-websocket-accept");

    private final Http2ClientConnection connection;
    private final Worker worker;
    private final Exchange exchange;
    private boolean begun;
    private int headStart;
    private int headEnd;
    private boolean measured;
    private Reason refusal = Reason.NONE;
    private long declared;
    private long bodyBytes;
    private boolean toHead;
    private final GrpcCall grpc = new GrpcCall();
    private boolean webSocket;
    private boolean responseEnded;
    private long responseLeft;
    private final BodyPatience patience;
    private boolean spare;

    Http2ClientStream(Http2ClientConnection connection) {
        this.connection = connection;
        this.worker = connection.loopWorker();
        this.patience = new BodyPatience(worker.ticker());
        this.exchange = new Exchange(
                worker,
                this,
                connection.listener().name(),
                connection.settings().listener());
    }

    @Override
    protected Http2Connection<?> connection() {
        return connection;
    }

    void renewed(int id) {
        renew(id);
        begun = false;
        declared = -1;
        bodyBytes = 0;
        responseEnded = false;
        responseLeft = -1;
        toHead = false;
        grpc.reset();
        spare = false;
    }

    /** Nothing of this exchange can call any more. */
    private void over() {
        if (!spare) {
            spare = true;
            connection.over(this);
        }
    }

    /** Takes the head; {@link #begin} follows, unless the client takes the request back before. */
    void opened(RequestAssembler assembled, boolean endStream) {
        if (endStream) {
            remoteEndWithHead();
        }
        HeadBuffer heads = worker.openedHeads();
        headStart = heads.length();
        headEnd = heads.append(assembled.bytes(), 0, assembled.length()).length();
        measured = assembled.measured();
        webSocket = assembled.webSocket();
        refusal = assembled.tooLarge()
                ? Reason.HEAD_TOO_LARGE
                : assembled.refusedConnect() ? Reason.METHOD_REFUSED : Reason.NONE;
    }

    /** Acts on the head, once. */
    void begin() {
        if (begun) {
            return;
        }
        begun = true;
        RequestHead head = worker.requestHead();
        head.reset(headStart);
        int end = head.parse(
                worker.openedHeads().bytes(), headEnd, connection.settings().limits());
        grpc.begin(head);
        if (refusal != Reason.NONE || end < 0) {
            refuse(refusal != Reason.NONE ? refusal : head.reason());
            return;
        }
        toHead = head.method().equals("HEAD");
        RoutingTable table = connection.settings().table();
        Reason misdirected = connection.settings().judge(head);
        if (misdirected != Reason.NONE) {
            refuse(misdirected);
            return;
        }
        if (measured) {
            declared = head.contentLength();
            if (remoteClosed() && declared > 0) {
                throw Http2Exception.stream(id(), ErrorCode.PROTOCOL_ERROR, "a body is declared and missing");
            }
        }
        patience.begin(connection.settings().listener());
        exchange.begin(
                head,
                0,
                table,
                connection.settings().listener(),
                connection.settings().provenance());
    }

    /** Answers a request that never became an exchange with a backend. */
    private void refuse(Reason reason) {
        int length = answer(OwnAnswer.plain(reason.status(), reason.code()), worker.noFields());
        worker.observer().done(connection.listener().name(), "", reason.status(), reason.code(), 0, 0, length);
        responseEnd(FieldSection.none());
    }

    // ---- What the client sends

    @Override
    protected void onData(ByteBuf in, int from, int length) {
        begin();
        bodyBytes += length;
        if (declared >= 0 && bodyBytes > declared) {
            consumed(length);
            throw Http2Exception.stream(id(), ErrorCode.PROTOCOL_ERROR, "more data than declared");
        }
        if (bodyBytes > exchange.maxBodyBytes()) {
            consumed(length);
            exchange.fail(Reason.BODY_TOO_LARGE);
            return;
        }
        patience.received(length, connection.settings().listener());
        exchange.requestData(in, from, length);
        consumed(length);
    }

    @Override
    protected void onHeaders(byte[] block, int from, int end, boolean endStream) {
        begin();
        FieldSection trailers = connection.readTrailers(id(), block, from, end, endStream);
        remoteEnd(trailers);
    }

    @Override
    protected void onEnd(FieldSection trailers) {
        begin();
        if (declared >= 0 && bodyBytes != declared) {
            throw Http2Exception.stream(id(), ErrorCode.PROTOCOL_ERROR, "less data than declared");
        }
        exchange.requestEnd(trailers);
    }

    @Override
    protected void failed(ErrorCode code) {
        if (begun) {
            connection.abandoned();
            exchange.clientGone();
        } else {
            begun = true;
            worker.observer().done(connection.listener().name(), "", 0, "client-closed", 0, 0, 0);
        }
        over();
    }

    // ---- What the client is sent

    @Override
    public ProxiedAddresses addresses() {
        return connection.settings().addresses();
    }

    @Override
    public void informational(ResponseHead head) {
        if (!isClosed() && head.status() != 101) {
            HeadBuffer out = worker.headBuffer();
            HeadEncoder.response(connection.encoder(), head, worker.noFields(), worker.dateLine(), out);
            sendHead(out, false);
        }
    }

    @Override
    public boolean extendedConnect() {
        return webSocket;
    }

    /** RFC 8441, 5: the 101 of HTTP/1.1 is a 200 here. */
    @Override
    public void switchProtocols(ResponseHead head, AddedFields added) {
        if (isClosed()) {
            return;
        }
        head.drop(ACCEPT, 0, ACCEPT.length, 0);
        HeadBuffer out = worker.headBuffer();
        HeadEncoder.opened(connection.encoder(), head, added, worker.dateLine(), out);
        sendHead(out, false);
    }

    @Override
    public void responseHead(ResponseHead head, AddedFields added) {
        if (isClosed()) {
            return;
        }
        responseLeft = head.endsByLength() ? head.contentLength() : -1;
        responseEnded = head.isWhole();
        grpc.answer(head);
        HeadBuffer out = worker.headBuffer();
        HeadEncoder.response(connection.encoder(), head, added, worker.dateLine(), out);
        sendHead(out, responseEnded);
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {
        if (isClosed()) {
            return;
        }
        if (responseLeft >= 0) {
            responseLeft -= length;
            responseEnded = responseLeft == 0;
        }
        sendData(in, from, length, responseEnded);
    }

    @Override
    public void responseEnd(FieldSection trailers) {
        if (!isClosed() && !responseEnded) {
            responseEnded = true;
            HeadBuffer out = worker.headBuffer();
            if (trailers.count() > 0 && HeadEncoder.trailers(connection.encoder(), trailers, out)) {
                sendTrailers(out);
            } else {
                sendEnd();
            }
        }
        if (isClosed()) {
            over();
        }
    }

    @Override
    protected void localEndFirst() {
        // RFC 9113, 8.1: the rest of the request is not needed.
        cancel(ErrorCode.NO_ERROR);
    }

    /**
     * A backend's CANCEL is passed on as it is: from that, and from no status, every gRPC client makes DEADLINE_EXCEEDED if its
     * own deadline is over, and CANCELLED if it is not ("Errors" in gRPC over HTTP/2).
     */
    @Override
    public int answer(OwnAnswer answer, AddedFields added) {
        String reason = answer.reason();
        if (isClosed()) {
            return 0;
        }
        responseEnded = true;
        if (grpc.kind() == GrpcKind.GRPC && reason.equals(Reason.BACKEND_CANCELLED.code())) {
            cancel(ErrorCode.CANCEL);
            return 0;
        }
        HeadBuffer out = worker.headBuffer();
        if (grpc.kind() == GrpcKind.GRPC) {
            HeadEncoder.ownGrpc(
                    connection.encoder(),
                    GrpcKind.GRPC.type(),
                    grpc.status(answer.status(), reason).number(),
                    GrpcStatus.message(answer.status(), reason),
                    reason,
                    worker.dateLine(),
                    out);
            sendHead(out, true);
            return 0;
        }
        byte[] body = answer.body();
        boolean bodiless = toHead || body.length == 0;
        HeadEncoder.own(connection.encoder(), answer, added, worker.dateLine(), out);
        sendHead(out, bodiless);
        if (bodiless) {
            return 0;
        }
        ByteBuf buffer = Unpooled.wrappedBuffer(body);
        sendData(buffer, 0, body.length, true);
        buffer.release();
        return body.length;
    }

    /** gRPC's messages frame themselves: trailers tell its client more than a reset, whatever came before them. */
    @Override
    public void abort(Reason reason) {
        if (grpc.isAnswering() && reason == Reason.BACKEND_CANCELLED) {
            cancel(ErrorCode.CANCEL);
        } else if (grpc.isAnswering() && !responseEnded && !isClosed()) {
            responseEnded = true;
            HeadBuffer out = worker.headBuffer();
            HeadEncoder.ownGrpcTrailers(
                    connection.encoder(),
                    grpc.status(reason.status(), reason.code()).number(),
                    GrpcStatus.message(reason.status(), reason.code()),
                    reason.code(),
                    out);
            sendTrailers(out);
        } else {
            cancel(ErrorCode.INTERNAL_ERROR);
        }
        if (isClosed()) {
            over();
        }
    }

    // ---- Flow and time

    @Override
    public void readRequestBody(boolean wanted) {
        if (wanted && !isReading()) {
            patience.resumed(connection.settings().listener());
        }
        reading(wanted);
    }

    @Override
    protected void writable() {
        exchange.downstreamWritable(true);
    }

    void tick(long nowMillis) {
        if (nowMillis - stalledSinceMillis() >= connection.settings().listener().bodyTimeoutMs()) {
            // The client takes nothing of its response.
            cancel(ErrorCode.CANCEL);
            failed(ErrorCode.CANCEL);
            return;
        }
        exchange.tick(nowMillis);
        if (remoteClosed() || webSocket || grpc.kind() == GrpcKind.GRPC || !isReading() || !exchange.active()) {
            return;
        }
        Reason exhausted = patience.exhausted(nowMillis, connection.settings().listener());
        if (exhausted != Reason.NONE) {
            exchange.fail(exhausted);
        }
    }
}
