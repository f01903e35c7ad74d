package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.grpc.Base64Reader;
import dev.gatehouse.dataplane.grpc.GrpcKind;
import dev.gatehouse.dataplane.http1.ChunkDecoder;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.http2.ClosedStreams;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.HeadEncoder;
import dev.gatehouse.dataplane.http2.ResponseAssembler;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** One exchange on an HTTP/2 connection to a backend. Event loop only. */
final class UpstreamHttp2Stream extends Http2Stream implements UpstreamLink {
    private static final byte[] NO_SUFFIX = {};

    private final UpstreamHttp2Connection connection;
    private final boolean used;
    private @Nullable UpstreamRequest request;
    /** What reads the body of a gRPC-Web request in text. */
    private @Nullable Base64Reader text;

    private boolean headed;
    private boolean answered;
    private long declared = -1;
    private long bodyBytes;

    UpstreamHttp2Stream(UpstreamHttp2Connection connection, UpstreamRequest request, boolean used) {
        this.connection = connection;
        this.request = request;
        this.used = used;
    }

    void begin(int id) {
        renew(id);
    }

    @Override
    protected Http2Connection<?> connection() {
        return connection;
    }

    // ---- The request

    @Override
    public void send(ByteBuf bytes, boolean complete) {
        Worker worker = connection.loopWorker();
        int length = bytes.readableBytes();
        byte[] octets = new byte[length];
        bytes.getBytes(bytes.readerIndex(), octets);
        RequestHead head = worker.composedHead();
        head.reset(0);
        int end = head.parse(octets, length, new HeadLimits(length, Integer.MAX_VALUE, length));
        if (end < 0) {
            throw new IllegalStateException("a head of our own making is refused: " + head.reason());
        }
        HeadBuffer block = worker.headBuffer();
        if (request != null && request.isGrpcWeb() && GrpcKind.of(head).isWeb()) {
            text = GrpcKind.of(head) == GrpcKind.WEB_TEXT ? new Base64Reader() : null;
            byte[] type = GrpcKind.GRPC.like(head, NO_SUFFIX);
            HeadEncoder.grpcRequest(connection.encoder(), head, connection.isTls(), type, block);
        } else {
            HeadEncoder.request(connection.encoder(), head, connection.isTls(), block);
        }
        int from = bytes.readerIndex() + end;
        if (length == end) {
            sendHead(block, complete);
        } else if (request != null && request.isChunked()) {
            sendUnframed(block, bytes.slice(from, length - end));
        } else {
            sendHead(block, false);
            sendBody(bytes, from, length - end, complete);
        }
    }

    /** Sends a part of the body; of a gRPC-Web body in text, what it stands for. False if it cannot be read: then all is over. */
    private boolean sendBody(ByteBuf in, int from, int length, boolean complete) {
        Base64Reader reader = text;
        if (reader == null) {
            sendData(in, from, length, complete);
            return true;
        }
        ByteBuf plain = connection.loopWorker().allocate(Base64Reader.most(length));
        boolean valid = reader.read(in, from, length, plain) && (!complete || reader.isWhole());
        if (valid && plain.isReadable()) {
            sendData(plain, 0, plain.readableBytes(), complete);
        } else if (valid && complete) {
            sendEnd();
        }
        plain.release();
        if (!valid) {
            unreadable();
        }
        return valid;
    }

    private void unreadable() {
        UpstreamRequest current = request;
        if (current != null) {
            current.fail(Reason.BAD_GRPC_WEB);
        }
    }

    /** HTTP/2 has frames of its own (RFC 9113, 8.1). */
    private void sendUnframed(HeadBuffer block, ByteBuf chunked) {
        ChunkDecoder decoder = new ChunkDecoder();
        ChunkDecoder.Event event = decoder.next(chunked);
        if (event == ChunkDecoder.Event.END && decoder.trailers().count() == 0) {
            sendHead(block, true);
            return;
        }
        sendHead(block, false);
        while (event == ChunkDecoder.Event.DATA) {
            int length = decoder.dataLength();
            if (!sendBody(chunked, chunked.readerIndex(), length, false)) {
                return;
            }
            chunked.skipBytes(length);
            decoder.taken(length);
            event = decoder.next(chunked);
        }
        if (event == ChunkDecoder.Event.END) {
            end(decoder.trailers());
        }
    }

    @Override
    public boolean data(ByteBuf in, int from, int length) {
        if (!isClosed()) {
            sendBody(in, from, length, false);
        }
        return false;
    }

    @Override
    public boolean end(FieldSection trailers) {
        if (isClosed()) {
            return false;
        }
        if (text != null && !text.isWhole()) {
            unreadable();
            return false;
        }
        HeadBuffer block = connection.loopWorker().headBuffer();
        if (trailers.count() > 0 && HeadEncoder.trailers(connection.encoder(), trailers, block)) {
            sendTrailers(block);
        } else {
            sendEnd();
        }
        return false;
    }

    @Override
    protected void writable() {
        if (request != null) {
            request.writable(true);
        }
    }

    @Override
    protected void localEndFirst() {
        // The usual order: the response is still to come.
    }

    // ---- The response

    @Override
    protected void onHeaders(byte[] block, int from, int end, boolean endStream) {
        answered = true;
        UpstreamRequest current = request;
        if (headed) {
            remoteEnd(connection.readTrailers(id(), block, from, end, endStream));
            return;
        }
        ResponseAssembler assembled =
                connection.reader().response(connection.decoder(), block, from, end, endStream, connection.limits());
        if (current == null) {
            return;
        }
        ResponseHead head = connection.loopWorker().responseHead();
        head.reset(0);
        if (assembled.malformed()
                || assembled.tooLarge()
                || head.parse(assembled.bytes(), assembled.length(), connection.limits(), current.isHead()) < 0
                || head.status() == 101
                || (head.status() < 200 && endStream)) {
            broken();
            return;
        }
        if (head.status() < 200) {
            current.informational(head);
            return;
        }
        headed = true;
        head.endWithStream(endStream);
        if (assembled.measured() && head.framing() == ResponseHead.Framing.LENGTH) {
            declared = head.contentLength();
        }
        if (endStream && declared > 0) {
            broken();
            return;
        }
        current.responseHead(head);
        if (endStream) {
            remoteEnd(FieldSection.none());
        }
    }

    @Override
    protected void onData(ByteBuf in, int from, int length) {
        UpstreamRequest current = request;
        bodyBytes += length;
        if (current != null) {
            if (!headed || (declared >= 0 && bodyBytes > declared)) {
                consumed(length);
                broken();
                return;
            }
            current.responseData(in, from, length);
        }
        consumed(length);
    }

    @Override
    protected void onEnd(FieldSection trailers) {
        UpstreamRequest current = request;
        if (current == null) {
            return;
        }
        if (!headed || (declared >= 0 && bodyBytes != declared)) {
            broken();
            return;
        }
        request = null;
        if (!localClosed()) {
            cancel(ErrorCode.NO_ERROR); // the rest of the request is not wanted
        }
        current.responseEnd(trailers);
    }

    private void broken() {
        UpstreamRequest current = request;
        request = null;
        cancel(ErrorCode.PROTOCOL_ERROR);
        if (current != null) {
            current.failed(Reason.BACKEND_BAD_RESPONSE, answered, false);
        }
    }

    /** With its connection, or for what the backend does wrong. */
    @Override
    protected void failed(ErrorCode code) {
        failed(code == ErrorCode.CANCEL ? connection.closedFor() : Reason.BACKEND_BAD_RESPONSE, code);
    }

    @Override
    protected void resetByPeer(ErrorCode code) {
        Reason reason = switch (code) {
            case CANCEL -> Reason.BACKEND_CANCELLED;
            case REFUSED_STREAM -> Reason.BACKEND_REFUSED;
            case ENHANCE_YOUR_CALM -> Reason.BACKEND_CALMING;
            case INADEQUATE_SECURITY -> Reason.BACKEND_SECURITY;
            default -> Reason.BACKEND_RESET;
        };
        failed(reason, code);
    }

    private void failed(Reason reason, ErrorCode code) {
        UpstreamRequest current = request;
        request = null;
        if (current != null) {
            current.failed(reason, answered, code == ErrorCode.REFUSED_STREAM);
        }
    }

    /** The backend says that it has not looked at this stream. */
    void refused() {
        connection.remove(this, ClosedStreams.End.BY_PEER);
        failed(connection.closedFor(), ErrorCode.REFUSED_STREAM);
    }

    @Override
    public void readResponse(boolean wanted) {
        if (wanted != isReading()) {
            reading(wanted);
        }
    }

    @Override
    public void abandon() {
        request = null;
        cancel(ErrorCode.CANCEL);
    }

    @Override
    public boolean used() {
        return used;
    }
}
