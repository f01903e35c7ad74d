package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.http1.ChunkDecoder;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.HeadPieces;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests that come over one HTTP/1.1 connection, one after another (RFC 9112, 6.3), in whatever pieces they come. Its
 * receiver says when it is a head's turn and when a body's. Event loop only.
 */
final class Http1RequestReader {
    /** Takes what is read. It may end the connection meanwhile. */
    interface Receiver {
        /**
         * A head is complete, valid during the call.
         *
         * @param readable how many bytes have come with it
         */
        void requestHead(RequestHead head, int readable);

        /** What comes is no head that may be served. */
        void headRefused(Reason reason);

        /** A part of a body, valid during the call. */
        void requestData(ByteBuf in, int from, int length);

        void requestEnd(FieldSection trailers);

        /** What comes is no body, or more than it may be: where the request ends can no longer be told. */
        void bodyRefused(Reason reason);
    }

    private final Worker worker;
    private final Receiver receiver;
    private final HeadPieces pieces = new HeadPieces();
    private @Nullable RequestHead partialHead;
    private @Nullable ChunkDecoder chunks;
    private boolean chunked;
    private long remaining;
    private long bodyBytes;

    Http1RequestReader(Worker worker, Receiver receiver) {
        this.worker = worker;
        this.receiver = receiver;
    }

    /** Whether a head has begun and is not complete. */
    boolean isWithinHead() {
        return !pieces.isEmpty();
    }

    // ---- Heads

    /** Reads on in a head, or begins with one. */
    void head(ByteBuf in, HeadLimits limits) {
        if (pieces.isEmpty()) {
            firstPiece(in, limits);
        } else {
            pieces.add(in, limits.maxBytes());
            RequestHead head = Objects.requireNonNull(partialHead);
            int end = head.parse(pieces.bytes(), pieces.length(), limits);
            if (end != FieldSection.MORE) {
                int behind = pieces.length() - end;
                partialHead = null;
                pieces.clear();
                complete(head, end, in, in.readerIndex() - behind);
            }
        }
    }

    private void firstPiece(ByteBuf in, HeadLimits limits) {
        int from = in.readerIndex();
        byte[] scratch = worker.headBytes();
        int length = Math.min(in.readableBytes(), scratch.length);
        in.getBytes(from, scratch, 0, length);
        RequestHead head = worker.requestHead();
        head.reset(0);
        int end = head.parse(scratch, length, limits);
        if (end == FieldSection.MORE) {
            in.skipBytes(length);
            pieces.begin(scratch, length);
            partialHead = new RequestHead();
            partialHead.reset(0);
            partialHead.parse(pieces.bytes(), length, limits);
        } else {
            complete(head, end, in, from + end);
        }
    }

    private void complete(RequestHead head, int end, ByteBuf in, int behind) {
        if (end == FieldSection.REFUSED) {
            in.skipBytes(in.readableBytes());
            receiver.headRefused(head.reason());
        } else {
            in.readerIndex(behind);
            receiver.requestHead(head, in.readableBytes());
        }
    }

    // ---- Bodies

    /** The request has a body, framed as its head says. */
    void beginBody(RequestHead head) {
        chunked = head.chunked();
        remaining = head.contentLength();
        bodyBytes = 0;
        if (chunked) {
            if (chunks == null) {
                chunks = new ChunkDecoder();
            }
            chunks.reset();
        }
    }

    /** How much of what has come is the body's; of chunks nobody knows before they are read. */
    int bodyHere(int readable) {
        return chunked ? readable : (int) Math.min(remaining, readable);
    }

    /** Whether all of the body is known to have come. */
    boolean isBodyHere(int readable) {
        return !chunked && remaining <= readable;
    }

    /**
     * Reads on in a body.
     *
     * @param maxBytes that it may have; what has a length was judged before
     */
    void body(ByteBuf in, long maxBytes) {
        if (chunked) {
            chunk(in, maxBytes);
            return;
        }
        int length = (int) Math.min(remaining, in.readableBytes());
        remaining -= length;
        data(in, length);
        if (remaining == 0) {
            receiver.requestEnd(FieldSection.none());
        }
    }

    private void chunk(ByteBuf in, long maxBytes) {
        ChunkDecoder decoder = Objects.requireNonNull(chunks);
        switch (decoder.next(in)) {
            case MORE -> {}
            case DATA -> {
                int length = decoder.dataLength();
                bodyBytes += length;
                if (bodyBytes > maxBytes) {
                    refuse(in, Reason.BODY_TOO_LARGE);
                } else {
                    decoder.taken(length);
                    data(in, length);
                }
            }
            case END -> receiver.requestEnd(decoder.trailers());
            case REFUSED -> refuse(in, Reason.BAD_CHUNK);
        }
    }

    private void refuse(ByteBuf in, Reason reason) {
        in.skipBytes(in.readableBytes());
        receiver.bodyRefused(reason);
    }

    /** Passes octets on as they are. */
    void octets(ByteBuf in) {
        data(in, in.readableBytes());
    }

    private void data(ByteBuf in, int length) {
        int from = in.readerIndex();
        in.skipBytes(length);
        receiver.requestData(in, from, length);
    }
}
