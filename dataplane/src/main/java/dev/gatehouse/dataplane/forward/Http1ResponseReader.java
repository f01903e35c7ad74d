package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.ChunkDecoder;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.HeadPieces;
import dev.gatehouse.dataplane.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the responses that come over one HTTP/1.1 connection, one after another (RFC 9112, 6.3), in whatever pieces they
 * come. Heads go to the request that waits for them, bodies and their ends to the connection. Event loop only.
 */
final class Http1ResponseReader {
    /** Takes what follows the heads. It may end the request meanwhile. */
    interface Receiver {
        /** A part of a body, valid during the call. */
        void responseData(ByteBuf in, int from, int length);

        /** @param reusable whether the backend will take another request over this connection */
        void responseEnd(FieldSection trailers, boolean reusable);

        /** Not HTTP/1.1, or nothing that the request allows: where the response ends can no longer be told. */
        void responseMalformed();
    }

    private enum Phase {
        HEAD,
        /** Nothing follows the head. */
        NOTHING,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE,
        /** An open WebSocket: octets pass as they are. */
        TUNNEL
    }

    private static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 200, 0);

    private final Worker worker;
    private final Receiver receiver;
    private final HeadPieces pieces = new HeadPieces();
    private Phase phase = Phase.HEAD;
    private @Nullable ChunkDecoder chunks;
    private @Nullable ResponseHead partialHead;
    private long remaining;
    private boolean keepAlive;
    private boolean begun;

    Http1ResponseReader(Worker worker, Receiver receiver) {
        this.worker = worker;
        this.receiver = receiver;
    }

    /** The next response is awaited. */
    void begin() {
        phase = Phase.HEAD;
        begun = false;
        partialHead = null;
        pieces.clear();
    }

    /** Whether any octet of the response has come. */
    boolean begun() {
        return begun;
    }

    /** Whether the connection is a tunnel now. */
    boolean isTunnel() {
        return phase == Phase.TUNNEL;
    }

    /** Whether the close of the connection is the end of what it carries now. */
    boolean endsWithConnection() {
        return phase == Phase.UNTIL_CLOSE || phase == Phase.TUNNEL;
    }

    /**
     * Whether the connection may serve another request once this response is over, whose head is there and whose body, as far as
     * is known, has no more octets than this.
     */
    boolean endsWithin(int octets) {
        return keepAlive
                && switch (phase) {
                    case NOTHING, CHUNKED -> true;
                    case LENGTH -> remaining <= octets;
                    case HEAD, UNTIL_CLOSE, TUNNEL -> false;
                };
    }

    /** Reads on, as far as the next thing that the receiver or the request is to be told. */
    void read(ByteBuf in, UpstreamRequest request) {
        if (phase == Phase.HEAD) {
            head(in, request);
        } else {
            readBody(in);
        }
    }

    /** As {@link #read}, once the head is there, for whoever receives the body: the request may be gone. */
    void readBody(ByteBuf in) {
        switch (phase) {
            case HEAD, NOTHING -> throw new IllegalStateException("no body in phase " + phase);
            case LENGTH -> {
                int length = (int) Math.min(remaining, in.readableBytes());
                remaining -= length;
                data(in, length);
                if (remaining == 0) {
                    end(FieldSection.none(), in);
                }
            }
            case CHUNKED -> chunk(in);
            case UNTIL_CLOSE, TUNNEL -> data(in, in.readableBytes());
        }
    }

    private void data(ByteBuf in, int length) {
        int from = in.readerIndex();
        in.skipBytes(length);
        receiver.responseData(in, from, length);
    }

    private void chunk(ByteBuf in) {
        ChunkDecoder decoder = Objects.requireNonNull(chunks);
        switch (decoder.next(in)) {
            case MORE -> {}
            case DATA -> {
                int length = decoder.dataLength();
                decoder.taken(length);
                data(in, length);
            }
            case END -> end(decoder.trailers(), in);
            case REFUSED -> receiver.responseMalformed();
        }
    }

    /** What comes behind a response was not asked for, so the connection is in no known state. */
    private void end(FieldSection trailers, ByteBuf in) {
        receiver.responseEnd(trailers, keepAlive && !in.isReadable());
    }

    private void head(ByteBuf in, UpstreamRequest request) {
        begun = true;
        if (pieces.isEmpty()) {
            firstPiece(in, request);
        } else {
            pieces.add(in, LIMITS.maxBytes());
            ResponseHead head = Objects.requireNonNull(partialHead);
            int end = head.parse(pieces.bytes(), pieces.length(), LIMITS, request.isHead());
            if (end != FieldSection.MORE) {
                int behind = pieces.length() - end;
                partialHead = null;
                pieces.clear();
                complete(head, end, in, in.readerIndex() - behind, request);
            }
        }
    }

    private void firstPiece(ByteBuf in, UpstreamRequest request) {
        int from = in.readerIndex();
        byte[] scratch = worker.headBytes();
        int length = Math.min(in.readableBytes(), scratch.length);
        in.getBytes(from, scratch, 0, length);
        ResponseHead head = worker.responseHead();
        head.reset(0);
        int end = head.parse(scratch, length, LIMITS, request.isHead());
        if (end == FieldSection.MORE) {
            in.skipBytes(length);
            pieces.begin(scratch, length);
            partialHead = new ResponseHead();
            partialHead.reset(0);
        } else {
            complete(head, end, in, from + end, request);
        }
    }

    private void complete(ResponseHead head, int end, ByteBuf in, int behind, UpstreamRequest request) {
        if (end == FieldSection.REFUSED) {
            receiver.responseMalformed();
        } else {
            in.readerIndex(behind);
            received(head, in, request);
        }
    }

    private void received(ResponseHead head, ByteBuf in, UpstreamRequest request) {
        int status = head.status();
        if (status < 200) {
            if (status == 101) {
                if (head.webSocket() && request.wantsWebSocket()) {
                    phase = Phase.TUNNEL;
                    request.switched(head);
                } else {
                    // Nothing of the kind was asked for, so nothing can have been agreed (RFC 9110, 7.8).
                    receiver.responseMalformed();
                }
            } else {
                request.informational(head);
            }
            return;
        }
        keepAlive = head.keepAlive();
        remaining = head.contentLength();
        switch (head.framing()) {
            case NONE -> {
                phase = Phase.NOTHING;
                request.responseHead(head);
                end(FieldSection.none(), in);
            }
            case LENGTH -> {
                phase = Phase.LENGTH;
                request.responseHead(head);
            }
            case CHUNKED -> {
                if (chunks == null) {
                    chunks = new ChunkDecoder();
                }
                chunks.reset();
                phase = Phase.CHUNKED;
                request.responseHead(head);
            }
            case UNTIL_CLOSE -> {
                phase = Phase.UNTIL_CLOSE;
                request.responseHead(head);
            }
        }
    }
}
