package dev.gatehouse.dataplane.http2;

import io.netty.buffer.ByteBuf;

/**
 * What a {@link FrameReader} finds. Every method may throw {@link Http2Exception}. Stream ids have been checked for being zero
 * or not where the frame demands it, nothing else about them. Event loop only; arguments are valid during the call.
 */
public interface FrameListener {
    /** Whether what follows is to wait; asked before each frame. */
    boolean isPaused();

    /**
     * A DATA frame begins.
     *
     * @param flowControlled bytes that count against the windows: the payload with its padding
     */
    void dataBegin(int streamId, int flowControlled);

    /** Some octets of the current DATA frame. */
    void data(int streamId, ByteBuf in, int from, int length);

    /** The current DATA frame has ended. */
    void dataEnd(int streamId, boolean endStream);

    /**
     * A whole header block.
     *
     * @param dependsOn stream of the priority fields; -1 if there are none
     */
    void headers(int streamId, byte[] block, int from, int end, boolean endStream, int dependsOn);

    void priority(int streamId, int dependsOn);

    /** @param code as sent; unknown ones are possible */
    void resetStream(int streamId, int code);

    void setting(int id, long value);

    /** All settings of a frame were told. */
    void settingsEnd();

    void settingsAck();

    void ping(boolean ack, long payload);

    void goAway(int lastStreamId, int code);

    /** @param streamId 0 for the connection */
    void windowUpdate(int streamId, int increment);
}
