package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http2.ClosedStreams;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.FlowWindows;
import dev.gatehouse.dataplane.http2.Http2Exception;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * One stream: both windows, what waits for the peer's window, and which side has said everything (RFC 9113, 5). Used for one
 * exchange after another. Event loop only.
 */
public abstract class Http2Stream {
    private static final byte[] NOTHING = {};

    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(0);
    private final FlowWindows windows = new FlowWindows();
    private int id;
    private int withheld;
    private boolean reading;
    private boolean remoteClosed;
    private boolean localClosed;
    private boolean closed = true;
    private boolean ending;
    private byte[] endBlock = NOTHING;
    private long stalledSinceMillis;

    /** The connection that it belongs to. */
    protected abstract Http2Connection<?> connection();

    /** Begins with a new id. */
    protected final void renew(int newId) {
        id = newId;
        withheld = 0;
        reading = true;
        remoteClosed = false;
        localClosed = false;
        closed = false;
        ending = false;
        endBlock = NOTHING;
        stalledSinceMillis = Long.MAX_VALUE;
    }

    final void opened(int send, int receive) {
        windows.open(send, receive);
    }

    public final int id() {
        return id;
    }

    final int sendWindow() {
        return windows.send();
    }

    final void sent(int bytes) {
        windows.sent(bytes);
    }

    /** False if the window would grow beyond what there may be. */
    final boolean widen(int difference) {
        return windows.widen(difference);
    }

    public final boolean remoteClosed() {
        return remoteClosed;
    }

    /** Whether the stream is over. */
    public final boolean isClosed() {
        return closed;
    }

    /** Whether our side has said everything. */
    protected final boolean localClosed() {
        return localClosed;
    }

    // ---- What the peer sends

    final void received(int flowControlled) {
        if (!windows.received(flowControlled)) {
            throw Http2Exception.stream(id, ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows");
        }
    }

    /** A part of the body. */
    protected abstract void onData(ByteBuf in, int from, int length);

    /** Another header block on this stream. */
    protected abstract void onHeaders(byte[] block, int from, int end, boolean endStream);

    /** The peer has said everything; called once. */
    protected abstract void onEnd(FieldSection trailers);

    /** The stream is over before its time, and already taken out. */
    protected abstract void failed(ErrorCode code);

    /** The peer has ended the stream with RST_STREAM, and it is already taken out. */
    protected void resetByPeer(ErrorCode code) {
        failed(code);
    }

    protected final void remoteEnd(FieldSection trailers) {
        remoteClosed = true;
        onEnd(trailers);
        closeIfOver();
    }

    /** The head was all that the peer says; {@link #onEnd} is not called. */
    protected final void remoteEndWithHead() {
        remoteClosed = true;
    }

    /** The octets are passed on: their room is the peer's again, unless reading is stopped. */
    protected final void consumed(int bytes) {
        if (!reading && !closed) {
            withheld += bytes;
            return;
        }
        connection().creditConnection(bytes);
        int told = remoteClosed || closed ? 0 : windows.credit(bytes);
        if (told > 0) {
            connection().frames().windowUpdate(id, told);
        }
    }

    /** Stops or resumes giving room to the peer; what its window allows may still come. */
    protected final void reading(boolean wanted) {
        reading = wanted;
        if (wanted && withheld > 0) {
            int bytes = withheld;
            withheld = 0;
            consumed(bytes);
        }
    }

    protected final boolean isReading() {
        return reading;
    }

    // ---- What we send

    protected final void sendHead(HeadBuffer block, boolean endStream) {
        connection().frames().headers(id, block, endStream);
        if (endStream) {
            localEnd();
        }
    }

    /** Sends a part of the body that stays the caller's; what the windows do not take waits. */
    protected final void sendData(ByteBuf in, int from, int length, boolean endStream) {
        Http2Connection<?> connection = connection();
        int at = from;
        int left = length;
        if (waiting.isEmpty()) {
            while (left > 0) {
                int part = connection.dataFrame(this, in, at, left, endStream);
                if (part == 0) {
                    break;
                }
                at += part;
                left -= part;
            }
        }
        if (left > 0) {
            if (waiting.isEmpty()) {
                stalledSinceMillis = connection.worker().ticker().nowMillis();
            }
            waiting.add(in.retainedSlice(at, left));
            ending |= endStream;
        } else if (endStream) {
            localEnd();
        }
    }

    /** Ends our side behind everything that was sent. */
    protected final void sendEnd() {
        if (waiting.isEmpty()) {
            connection().frames().dataEnd(id);
            localEnd();
        } else {
            ending = true;
        }
    }

    /** As {@link #sendEnd}, with trailers. */
    protected final void sendTrailers(HeadBuffer block) {
        if (waiting.isEmpty()) {
            sendHead(block, true);
        } else {
            ending = true;
            endBlock = Arrays.copyOf(block.bytes(), block.length());
        }
    }

    /** Sends what has waited, as far as it may go now. */
    final void resume() {
        if (closed) {
            return;
        }
        Http2Connection<?> connection = connection();
        boolean waited = !waiting.isEmpty();
        while (!waiting.isEmpty() && connection.isChannelWritable()) {
            ByteBuf first = waiting.peek();
            boolean last = ending && endBlock.length == 0 && waiting.size() == 1;
            int part = connection.dataFrame(this, first, first.readerIndex(), first.readableBytes(), last);
            if (part == 0) {
                return;
            }
            stalledSinceMillis = connection.worker().ticker().nowMillis();
            first.skipBytes(part);
            if (!first.isReadable()) {
                waiting.remove().release();
            }
        }
        if (!waiting.isEmpty()) {
            return;
        }
        stalledSinceMillis = Long.MAX_VALUE;
        if (waited && ending) {
            if (endBlock.length > 0) {
                HeadBuffer block = connection.worker().headBuffer();
                block.append(endBlock);
                sendHead(block, true);
            } else {
                localEnd();
            }
        } else if (!localClosed && isWritable()) {
            writable();
        }
    }

    /** Room for more data is there again. */
    protected abstract void writable();

    /** Whether data that is sent now goes out now. */
    public final boolean isWritable() {
        return waiting.isEmpty() && connection().isChannelWritable();
    }

    /** Since when the peer takes nothing of what waits for it; far in the future if nothing waits. */
    protected final long stalledSinceMillis() {
        return stalledSinceMillis;
    }

    private void localEnd() {
        localClosed = true;
        ending = false;
        closeIfOver();
    }

    private void closeIfOver() {
        if (closed || !localClosed) {
            return;
        }
        if (remoteClosed) {
            connection().remove(this, ClosedStreams.End.BY_PEER);
        } else {
            localEndFirst();
        }
    }

    /** Our side has said everything and the peer has not. */
    protected abstract void localEndFirst();

    /** Ends the stream at once. */
    protected final void cancel(ErrorCode code) {
        if (!closed) {
            connection().reset(this, code);
        }
    }

    /** Gives back what the stream holds; called when it is taken out. */
    final void closed() {
        closed = true;
        if (withheld > 0) {
            connection().creditConnection(withheld);
            withheld = 0;
        }
        while (!waiting.isEmpty()) {
            waiting.remove().release();
        }
    }
}
