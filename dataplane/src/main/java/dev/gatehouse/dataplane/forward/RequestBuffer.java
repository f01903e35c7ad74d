package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.ResponseWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * A request as a backend gets it, in HTTP/1.1's form, kept for as long as it may have to be sent again. What went out in one
 * piece with the head is kept at no cost; what is sent later is copied only if the rule wants bodies kept, and up to a bound
 * beyond which the request cannot be sent again. Reused for one exchange after another. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // EMPTY_BUFFER stands for none
final class RequestBuffer {
    /** Of a request that is kept for retries, head and body together. */
    static final int KEPT_BYTES = 64 * 1024;

    private static final byte[] CRLF = {'\r', '\n'};

    private final Worker worker;
    /** The head, and what of the body belongs to it. */
    private ByteBuf first = Unpooled.EMPTY_BUFFER;
    /** How much of it is the request's own: what is sent later may leave a piece of its framing behind. */
    private int firstLength;
    /** What of the body was sent later. */
    private ByteBuf rest = Unpooled.EMPTY_BUFFER;

    private boolean chunked;
    private boolean idempotent;
    private boolean keeping;
    private boolean whole;
    private boolean apart;

    RequestBuffer(Worker worker) {
        this.worker = worker;
    }

    /**
     * Begins with a head.
     *
     * @param bodyHere how many bytes of the body are at hand already: room is made for them behind the head
     * @param methodIdempotent whether a backend may get it twice
     * @param keep whether what is sent later is to be kept, too
     */
    void begin(HeadBuffer head, int bodyHere, boolean bodyChunked, boolean methodIdempotent, boolean keep) {
        chunked = bodyChunked;
        idempotent = methodIdempotent;
        keeping = keep;
        whole = true;
        apart = false;
        int body = bodyHere <= Outlet.COPY_LIMIT
                ? bodyHere + (chunked && bodyHere > 0 ? UpstreamConnection.CHUNK_FRAMING : 0)
                : 0;
        first = worker.allocate(head.length() + body);
        first.writeBytes(head.bytes(), 0, head.length());
    }

    /** What there is to send first; stays this object's. */
    ByteBuf bytes() {
        return first;
    }

    /** Whether the body is of unknown length, and kept in chunks. */
    boolean isChunked() {
        return chunked;
    }

    /** Whether everything that came of the request is still there. */
    boolean isWhole() {
        return whole;
    }

    /** Whether it may be sent again even though a backend may have acted on it (RFC 9110, 9.2.2). */
    boolean isRepeatable() {
        return whole && idempotent;
    }

    /**
     * Keeps a part of the body while there is no connection. A body of unknown length is kept in chunks: what the backend
     * speaks may be known only when it is connected.
     */
    void append(ByteBuf in, int from, int length) {
        write(first, in, from, length);
    }

    /** Ends the body while there is no connection. */
    void appendEnd(FieldSection trailers) {
        if (chunked) {
            writeEnd(first, trailers);
        }
    }

    private void write(ByteBuf out, ByteBuf in, int from, int length) {
        if (chunked) {
            out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes(in, from, length);
        if (chunked) {
            out.writeBytes(CRLF);
        }
    }

    private void writeEnd(ByteBuf out, FieldSection trailers) {
        HeadBuffer end = worker.headBuffer();
        ResponseWriter.lastChunk(trailers, end);
        out.writeBytes(end.bytes(), 0, end.length());
    }

    /** Sends a part of the body. */
    void send(UpstreamLink link, ByteBuf in, int from, int length) {
        int before = first.writerIndex();
        if (!link.data(in, from, length) && keepsMore(before, length)) {
            write(rest, in, from, length);
        }
    }

    /** Ends the body. */
    void sendEnd(UpstreamLink link, FieldSection trailers) {
        int before = first.writerIndex();
        if (!link.end(trailers) && keepsMore(before, 0) && chunked) {
            writeEnd(rest, trailers);
        }
    }

    /** Whether a part that was sent by itself is to be kept. If it cannot be, all is given up. */
    private boolean keepsMore(int firstBefore, int length) {
        if (!whole) {
            return false;
        }
        int kept = (apart ? firstLength : firstBefore) + rest.readableBytes();
        if (!keeping || kept + length + UpstreamConnection.CHUNK_FRAMING > KEPT_BYTES) {
            forget();
            return false;
        }
        if (!apart) {
            apart = true;
            firstLength = firstBefore;
            rest = worker.allocate(Math.max(length + UpstreamConnection.CHUNK_FRAMING, 512));
        }
        return true;
    }

    /** Makes it ready to be sent once more. What another connection still has to send is not touched. */
    void rewind() {
        int length = apart ? firstLength : first.writerIndex();
        if (apart || first.refCnt() > 1) {
            ByteBuf again = worker.allocate(length + rest.readableBytes());
            again.writeBytes(first, 0, length).writeBytes(rest);
            boolean kept = keeping;
            release();
            first = again;
            keeping = kept;
            apart = false;
        } else {
            first.readerIndex(0);
        }
    }

    /** It will not be sent again. */
    void forget() {
        whole = false;
        release();
    }

    private void release() {
        if (first != Unpooled.EMPTY_BUFFER) {
            first.release();
            first = Unpooled.EMPTY_BUFFER;
        }
        if (rest != Unpooled.EMPTY_BUFFER) {
            rest.release();
            rest = Unpooled.EMPTY_BUFFER;
        }
    }
}
